// What is derived from complaints: idempotency keys, counters and the index of marks.
#include "storage/sqlite/audit_line.hpp"
#include "storage/sqlite/counters.hpp"
#include "storage/sqlite/read_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace saiduan::auditing {
namespace {

constexpr const char* retries_sql =
    "SELECT id, mark, fingerprint, complaint, answer, created_at FROM idempotency ORDER BY id";
constexpr const char* counters_sql =
    "SELECT month, province, channel, language, role, sex, age_band, nationality, queue, priority,"
    " outcome, category, complaints FROM counters";
constexpr const char* marks_sql = "SELECT mark FROM marks WHERE complaint = ? ORDER BY mark";
constexpr const char* stray_marks_sql =
    "SELECT m.complaint FROM marks m LEFT JOIN complaints p ON p.id = m.complaint"
    " WHERE p.id IS NULL";

constexpr char separator = '\x1f';
constexpr int dimensions = 12;
constexpr UnixMs time_max = 253'402'300'799'999 - 7LL * 3'600'000; // year 9999 in Bangkok

std::string shown(std::string cell) {
    std::replace(cell.begin(), cell.end(), separator, '/');
    return cell;
}

} // namespace

Retries::Retries(Connection& db, const Said& said, AuditReport& report)
    : said_(said), findings_(report) {
    Query q = db.query(retries_sql);
    while (q.step()) {
        ++report.rows;
        Record record{"idempotency"};
        for (int i = 0; i < 6; ++i)
            add_column(record, q, i);
        const Row row{q.integer(0), to_hex(record.digest())};
        if (!rows_.emplace(q.integer(3), row).second)
            findings_.add(fmt::format(
                "idempotency: row {} was added: complaint {} has another", row.id, q.integer(3)
            ));
    }
}

void Retries::complaint(ComplaintId id, const Primary& primary, bool erased) {
    const auto it = rows_.find(id);
    if (it == rows_.end()) {
        const bool purged = said_.retries_before && primary.at < *said_.retries_before;
        if (!primary.idempotency.empty() && !erased && !purged)
            findings_.add(fmt::format(
                "idempotency: the row of complaint {} is missing: event {} made it and none has "
                "purged it",
                id,
                primary.event
            ));
        return;
    }
    if (primary.idempotency.empty() || erased)
        return; // reported by rest()
    if (it->second.digest != primary.idempotency)
        findings_.add(
            fmt::format("idempotency: row {} contradicts event {}", it->second.id, primary.event)
        );
    rows_.erase(it);
}

void Retries::rest() {
    for (const auto& [complaint, row] : rows_)
        findings_.add(fmt::format("idempotency: row {} was added: no event makes it", row.id));
}

void Recount::complaint(const Query& row, const std::string& outcome) {
    const std::int64_t received_at = row.integer(1), priority = row.integer(4);
    const Json categories = Json::parse(row.text(10), nullptr, false);
    if (received_at < 0 || received_at > time_max || priority < 0 || priority > 2 ||
        !categories.is_array())
        return give_up();
    std::string cell = month_of(received_at) + separator;
    for (const int column : {8, 2, 9, 11, 12, 13, 14, 3}) // province to queue
        cell += row.text(column) + separator;
    cell += word_of(static_cast<Priority>(priority), priority_words);
    cell += separator + outcome + separator;
    ++cells_[cell];
    for (const Json& category : categories)
        if (category.is_string())
            ++cells_[cell + category.get_ref<const std::string&>()];
}

void Recount::compare(Connection& db) {
    if (!complete_)
        return;
    Query q = db.query(counters_sql);
    while (q.step()) {
        ++report_.rows;
        std::string cell;
        for (int i = 0; i < dimensions; ++i)
            cell += (i == 0 ? "" : std::string(1, separator)) + q.text(i);
        const auto it = cells_.find(cell);
        const std::int64_t counted = it == cells_.end() ? 0 : it->second;
        if (counted == 0)
            findings_.add(fmt::format("counters: row {} was added: nothing is in it", shown(cell)));
        else if (counted != q.integer(dimensions))
            findings_.add(fmt::format(
                "counters: row {} says {}; the complaints, filed and resolved by their events, "
                "make {}",
                shown(cell),
                q.integer(dimensions),
                counted
            ));
        if (it != cells_.end())
            cells_.erase(it);
    }
    for (const auto& [cell, count] : cells_)
        findings_.add(fmt::format("counters: row {} is missing: {} are in it", shown(cell), count));
}

MarkRows::MarkRows(Connection& db, const Said& said, AuditReport& report)
    : db_(db), said_(said), report_(report), findings_(report) {}

void MarkRows::complaint(ComplaintId id, std::string_view marks) {
    std::set<std::string> expected;
    if (id <= said_.marks_up_to)
        for (std::size_t i = 0; i + rows::mark_bytes <= marks.size(); i += rows::mark_bytes)
            expected.emplace(marks.substr(i, rows::mark_bytes));
    Query q = db_.query(marks_sql);
    q.bind(id);
    while (q.step()) {
        ++report_.rows;
        if (expected.erase(q.text(0)) == 0)
            findings_.add(fmt::format(
                "marks: a row of complaint {} was added: the complaint, indexed up to {} by event "
                "{}, has no such mark",
                id,
                said_.marks_up_to,
                said_.marks_event
            ));
    }
    if (!expected.empty())
        findings_.add(fmt::format(
            "marks: {} of complaint {} missing: event {} says they are indexed",
            expected.size() == 1 ? "a row" : "rows",
            id,
            said_.marks_event
        ));
}

void MarkRows::rest() {
    Query q = db_.query(stray_marks_sql);
    while (q.step())
        findings_.add(fmt::format("marks: a row was added: there is no complaint {}", q.integer(0))
        );
}

} // namespace saiduan::auditing
