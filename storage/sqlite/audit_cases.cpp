// Cases: the row as filed against its digest, the row as it stands against its events replayed.
#include "storage/sqlite/audit_line.hpp"
#include "storage/steps.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace saiduan::auditing {
namespace {

constexpr const char* cases_sql =
    "SELECT id, complaint, agency, is_primary, received_at, epoch, key, state, priority, demoted,"
    " version, alerts, held, holder, claimed_at, contacted_at, resolved_at, outcome FROM cases"
    " WHERE complaint = ? ORDER BY id";
constexpr const char* events_sql = "SELECT id, kind, at, fact FROM events WHERE case_id = ?"
                                   " AND case_id <> 0 ORDER BY id";
constexpr int key_column = 6; // the columns before it stand in the digest as they are

struct Filed {
    std::string digest;
    Primary primary; // event and at, and the digests if there are any
    CaseRow row;     // as it began
};

std::optional<Filed> parse_filed(const Query& event) {
    const std::string fact = event.text(3);
    const auto w = words(fact);
    const bool shaped = w.size() >= 3 && w.size() <= 5 && is_digest(w[0]) && w[1].size() == 1 &&
                        w[1][0] >= '0' && w[1][0] <= '2' && (w[2] == "0" || w[2] == "1");
    if (event.integer(1) != 0 || !shaped)
        return std::nullopt;
    Filed out;
    out.digest = w[0];
    out.row.summary.priority = static_cast<Priority>(w[1][0] - '0');
    out.row.summary.demoted = w[2] == "1";
    out.primary.event = event.integer(0);
    out.primary.at = event.integer(2);
    if (w.size() > 3)
        out.primary.receipt = w[3];
    if (w.size() > 4)
        out.primary.idempotency = w[4];
    return out;
}

std::string case_digest(
    const Query& row, const CaseRow& began, std::string_view key, std::string_view complaint
) {
    Record record{"case"};
    for (int i = 0; i < key_column; ++i)
        add_column(record, row, i);
    record.add_blob(key).add(static_cast<std::int64_t>(began.summary.priority));
    record.add(std::int64_t{began.summary.demoted});
    return to_hex(record.add_blob(complaint).digest());
}

// Columns that differ from the replayed case.
std::vector<std::string> differing(const Query& row, const CaseRow& c) {
    std::vector<std::string> out;
    const auto check = [&](const char* name, int column, std::optional<std::int64_t> expected) {
        if (row.optional_integer(column) != expected)
            out.emplace_back(name);
    };
    check("state", 7, static_cast<std::int64_t>(c.summary.state));
    check("priority", 8, static_cast<std::int64_t>(c.summary.priority));
    check("demoted", 9, c.summary.demoted);
    check("version", 10, c.summary.version);
    check("alerts", 11, c.summary.alerts);
    check("held", 12, c.held);
    check("holder", 13, c.holder == 0 ? std::nullopt : std::optional{c.holder});
    check("claimed_at", 14, c.claimed_at);
    check("contacted_at", 15, c.contacted_at);
    check("resolved_at", 16, c.resolved_at);
    if (row.text(17) != c.outcome)
        out.emplace_back("outcome");
    return out;
}

} // namespace

CasesOf audit_cases(
    Connection& db,
    ComplaintId complaint,
    std::string_view complaint_digest,
    const std::vector<std::string>* erased_keys,
    AuditReport& report
) {
    Findings findings{report};
    CasesOf out;
    const auto wrong = [&](std::string sentence) {
        findings.add(std::move(sentence));
        out.good = false;
    };
    Query row = db.query(cases_sql);
    row.bind(complaint);
    for (; row.step(); ++out.count) {
        const CaseId id = row.integer(0);
        Query event = db.query(events_sql);
        auto filed = event.bind(id).step() ? parse_filed(event) : std::nullopt;
        if (!filed) {
            wrong(fmt::format("cases: row {} was added: no event files it", id));
            continue;
        }
        const auto place = static_cast<std::size_t>(out.count);
        std::string key;
        if (!erased_keys) {
            Record record{"key"};
            key = add_column(record, row, key_column).digest();
        } else if (place < erased_keys->size() && row.type(key_column) == Query::Type::null) {
            key = *from_hex((*erased_keys)[place]);
        }
        if (case_digest(row, filed->row, key, complaint_digest) != filed->digest)
            wrong(fmt::format(
                "cases: row {}, or row {} of complaints, contradicts event {}, which filed it",
                id,
                complaint,
                filed->primary.event
            ));
        CaseRow now = filed->row;
        std::int64_t last = filed->primary.event;
        while (event.step()) {
            last = event.integer(0);
            const auto kind = static_cast<EventKind>(event.integer(1));
            now = advance(std::move(now), move_of(kind, event.integer(2), event.text(3)));
        }
        if (const auto columns = differing(row, now); !columns.empty())
            wrong(fmt::format(
                "cases: row {} contradicts its events up to event {}: {}",
                id,
                last,
                fmt::join(columns, ", ")
            ));
        if (row.integer(3) == 1 && !filed->primary.receipt.empty()) {
            out.primary = std::move(filed->primary);
            out.primary.outcome = now.outcome;
        }
    }
    return out;
}

} // namespace saiduan::auditing
