// Complaints and cases, and what hangs on them, against what the events say.
#include "storage/sqlite/audit_line.hpp"

#include "storage/vault/secret.hpp"

#include <fmt/format.h>

namespace saiduan::auditing {
namespace {

constexpr const char* complaints_sql =
    "SELECT c.id, received_at, channel, queue, priority, demoted, review, child, province,"
    " language, categories, role, sex, age_band, nationality, shred, sealed, oversight_epoch,"
    " oversight_key, marks, receipt_check, receipt_key, receipt_pending, erased_at, s.key"
    " FROM complaints c"
    " LEFT JOIN shred_keys s ON s.id = c.shred ORDER BY c.id";
constexpr const char* spare_shreds_sql =
    "SELECT id FROM shred_keys WHERE id NOT IN (SELECT shred FROM complaints) ORDER BY id";
constexpr const char* count_sql = "SELECT count(*) FROM complaints";
constexpr const char* case_list_sql = "SELECT c.id, c.complaint, p.id FROM cases c"
                                      " LEFT JOIN complaints p ON p.id = c.complaint ORDER BY c.id";
constexpr const char* filed_sql =
    "SELECT id FROM events WHERE case_id = ? AND case_id <> 0 AND kind = 0 ORDER BY id LIMIT 1";
constexpr int shred_column = 15, sealed_column = 16, epoch_column = 17, key_column = 18;
constexpr int marks_column = 19, check_column = 20, receipt_key_column = 21, pending_column = 22;
constexpr int erased_column = 23, shred_key_column = 24;
constexpr std::uint64_t progress_every = 256;

std::string sealed_digest(const Query& row) {
    Record record{"sealed"};
    add_column(record, row, sealed_column);
    add_column(record, row, epoch_column);
    add_column(record, row, key_column);
    return add_blob_or_null(record, row, marks_column).digest();
}

std::string complaint_digest(const Query& row, std::string_view sealed) {
    Record record{"complaint"};
    for (int i = 0; i < sealed_column; ++i)
        add_column(record, row, i);
    return record.add_blob(sealed).digest();
}

std::string receipt_digest(const Query& row) {
    Record record{"receipt"};
    add_column(record, row, 0);
    add_column(record, row, check_column);
    add_column(record, row, receipt_key_column);
    add_blob_or_null(record, row, pending_column);
    return to_hex(add_column(record, row, shred_key_column).digest());
}

} // namespace

Line::Line(Connection& db, Said& said, AuditReport& report)
    : db_(db), said_(said), report_(report), findings_(report), retries_(db, said, report),
      counters_(report), marks_(db, said, report) {}

// Numbers without a gap, each with a complaint; the rest follows from the complaints.
void Line::list_cases() {
    CaseId next = 1;
    const auto missing = [&](CaseId until) {
        for (; next < until && next <= said_.cases; ++next) {
            Query filed = db_.query(filed_sql);
            const bool there = filed.bind(next).step();
            findings_.add(fmt::format(
                "cases: row {} is missing: event {} files it", next, there ? filed.integer(0) : 0
            ));
        }
    };
    Query q = db_.query(case_list_sql);
    while (q.step()) {
        const CaseId id = q.integer(0);
        if (id < next || id > said_.cases) {
            findings_.add(fmt::format("cases: row {} was added: no event files it", id));
            continue;
        }
        missing(id);
        next = id + 1;
        if (q.type(2) == Query::Type::null)
            findings_.add(fmt::format(
                "complaints: row {} is missing: case {} is part of it", q.integer(1), id
            ));
    }
    missing(said_.cases + 1);
}

// The digest of the sealed part, and whether erasure and row agree.
std::string Line::sealed_part(const Query& row, const Said::Erased* erased) {
    const ComplaintId id = row.integer(0);
    const auto erased_at = row.optional_integer(erased_column);
    if (!erased) {
        if (erased_at)
            findings_.add(fmt::format("complaints: row {} is erased, but no event says so", id));
        return sealed_digest(row);
    }
    bool gone = erased_at == erased->at;
    for (int i = sealed_column; i < erased_column; ++i)
        gone = gone && row.type(i) == Query::Type::null;
    if (!gone)
        findings_.add(fmt::format(
            "complaints: row {} contradicts event {}, which erased it", id, erased->event
        ));
    return *from_hex(erased->sealed);
}

void Line::complaint(const Query& row) {
    const ComplaintId id = row.integer(0);
    ++report_.rows;
    const auto found = said_.erased.find(id);
    const Said::Erased* erased = found == said_.erased.end() ? nullptr : &found->second;
    const std::string sealed = sealed_part(row, erased);
    const std::string digest = complaint_digest(row, sealed);
    const CasesOf cases = audit_cases(db_, id, digest, erased ? &erased->keys : nullptr, report_);
    report_.rows += static_cast<std::uint64_t>(cases.count);
    if (cases.count == 0)
        return findings_.add(fmt::format("complaints: row {} was added: no event files it", id));
    if (cases.primary.event == 0)
        return findings_.add(fmt::format("complaints: row {} has no primary case", id));
    if (!erased)
        receipt(row, cases.primary);
    else if (row.text(shred_key_column) != std::string(Key::size, '\0'))
        findings_.add(fmt::format(
            "shred_keys: row {} contradicts event {}, which erased complaint {}",
            row.integer(shred_column),
            erased->event,
            id
        ));
    retries_.complaint(id, cases.primary, erased != nullptr);
    marks_.complaint(id, row.text(marks_column));
    if (cases.good)
        counters_.complaint(row, cases.primary.outcome);
    else
        counters_.give_up();
}

void Line::receipt(const Query& row, const Primary& primary) {
    const ComplaintId id = row.integer(0);
    Fact fact{primary.receipt, primary.event};
    if (const auto it = said_.hardened.find(id); it != said_.hardened.end())
        fact = it->second;
    if (receipt_digest(row) != fact.value)
        findings_.add(fmt::format(
            "complaints: the receipt in row {}, or row {} of shred_keys, contradicts event {}",
            id,
            row.integer(shred_column),
            fact.event
        ));
}

void Line::read(const AuditSubject& subject) {
    std::uint64_t total = 0, done = 0;
    {
        Query q = db_.query(count_sql);
        q.step();
        total = static_cast<std::uint64_t>(q.integer(0));
    }
    list_cases();
    {
        Query q = db_.query(complaints_sql);
        while (q.step()) {
            if (done % progress_every == 0)
                subject.progress("complaints", done, total);
            ++done;
            complaint(q);
        }
    }
    Query spare = db_.query(spare_shreds_sql);
    while (spare.step())
        findings_.add(
            fmt::format("shred_keys: row {} was added: no complaint has it", spare.integer(0))
        );
    retries_.rest();
    counters_.compare(db_);
    marks_.rest();
}

void audit_line(Connection& db, Said& said, const AuditSubject& subject, AuditReport& report) {
    Line{db, said, report}.read(subject);
}

} // namespace saiduan::auditing
