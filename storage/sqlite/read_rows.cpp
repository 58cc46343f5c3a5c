#include "storage/sqlite/read_rows.hpp"

#include "storage/trail/record.hpp"

#include <algorithm>

namespace saiduan::rows {
namespace {

constexpr int events_shown_max = 1000;
constexpr int events_replayed_max = 200;
constexpr int linked_max = 50;

constexpr const char* agency_sql = "SELECT id FROM agencies WHERE key = ?";
constexpr const char* clear_sql =
    "SELECT received_at, channel, queue, priority, demoted, review, child, province, language,"
    " categories, role, sex, age_band, nationality, shred, sealed, oversight_epoch, oversight_key,"
    " marks, erased_at FROM complaints WHERE id = ?";
#define SAIDUAN_CASE_COLUMNS                                                                       \
    "SELECT c.id, c.complaint, a.key, c.is_primary, c.state, c.priority, c.demoted, p.review,"     \
    " p.child, p.province, p.language, p.categories, c.received_at, c.version, c.holder, t.label," \
    " c.claimed_at, c.contacted_at, c.resolved_at, c.outcome, c.alerts, c.held FROM cases c"       \
    " JOIN complaints p ON p.id = c.complaint JOIN agencies a ON a.id = c.agency"                  \
    " LEFT JOIN tokens t ON t.id = c.holder "
constexpr const char* find_case_sql = SAIDUAN_CASE_COLUMNS "WHERE c.id = ?";
constexpr const char* cases_of_sql = SAIDUAN_CASE_COLUMNS "WHERE c.complaint = ? ORDER BY c.id";
constexpr const char* list_sql =
    SAIDUAN_CASE_COLUMNS "WHERE c.agency = ? AND c.state = ? ORDER BY c.priority, c.demoted, "
                         "c.received_at, c.id LIMIT ?";
constexpr const char* list_after_sql =
    SAIDUAN_CASE_COLUMNS "WHERE c.agency = ? AND c.state = ? AND (c.priority, c.demoted, "
                         "c.received_at, c.id) > (?,?,?,?)"
                         " ORDER BY c.priority, c.demoted, c.received_at, c.id LIMIT ?";
#undef SAIDUAN_CASE_COLUMNS
constexpr const char* content_sql = "SELECT sealed, marks, erased_at FROM complaints WHERE id = ?";
constexpr const char* case_key_sql =
    "SELECT c.complaint, e.id, a.key, e.generation, e.sealed, c.key, s.key FROM cases c"
    " JOIN complaints p ON p.id = c.complaint JOIN shred_keys s ON s.id = p.shred"
    " JOIN epochs e ON e.id = c.epoch JOIN agencies a ON a.id = e.agency"
    " WHERE c.id = ? AND c.key IS NOT NULL";
constexpr const char* oversight_key_sql =
    "SELECT p.id, e.id, a.key, e.generation, e.sealed, p.oversight_key, s.key FROM cases c"
    " JOIN complaints p ON p.id = c.complaint JOIN shred_keys s ON s.id = p.shred"
    " JOIN epochs e ON e.id = p.oversight_epoch"
    " JOIN agencies a ON a.id = e.agency WHERE c.id = ? AND p.oversight_key IS NOT NULL";
#define SAIDUAN_EVENT_COLUMNS                                                                      \
    "SELECT e.id, e.case_id, e.kind, e.at, e.actor, coalesce(a.key, ''), e.fact, e.sealed"         \
    " FROM events e LEFT JOIN agencies a ON a.id = e.agency "
constexpr const char* events_of_case_sql =
    SAIDUAN_EVENT_COLUMNS "WHERE e.case_id = ? AND e.case_id <> 0 ORDER BY e.id LIMIT ?";
// What the reporter may see of the work on his complaint.
constexpr const char* events_of_complaint_sql =
    SAIDUAN_EVENT_COLUMNS "WHERE e.case_id IN (SELECT id FROM cases WHERE complaint = ?)"
                          " AND e.case_id <> 0 AND e.kind IN (1,2,4,6,8,9,10,11,12)"
                          " ORDER BY e.id LIMIT ?";
// Reading a case is in its trail, but is no news for the queue.
constexpr const char* events_after_sql =
    SAIDUAN_EVENT_COLUMNS "WHERE e.agency = ? AND e.agency <> 0 AND e.id > ? AND e.kind <> 1"
                          " AND e.case_id <> 0 ORDER BY e.id LIMIT ?";
constexpr const char* newest_event_sql =
    SAIDUAN_EVENT_COLUMNS "WHERE e.agency = ? AND e.agency <> 0 ORDER BY e.id DESC LIMIT 1";
#undef SAIDUAN_EVENT_COLUMNS
constexpr const char* linked_sql =
    "SELECT DISTINCT c.id FROM marks m JOIN cases c ON c.complaint = m.complaint"
    " JOIN agencies a ON a.id = c.agency WHERE m.mark = ? AND a.key = ? AND c.complaint <> ?"
    " ORDER BY c.id LIMIT ?";
constexpr const char* receipt_sql =
    "SELECT receipt_check, receipt_key, receipt_pending, erased_at, s.key FROM complaints p"
    " JOIN shred_keys s ON s.id = p.shred WHERE p.id = ?";
constexpr const char* pending_sql =
    "SELECT p.id, receipt_check, receipt_key, receipt_pending, s.key FROM complaints p"
    " JOIN shred_keys s ON s.id = p.shred WHERE receipt_pending IS NOT NULL ORDER BY p.id LIMIT ?";
constexpr const char* reporter_sql = "SELECT received_at, language, child, sealed FROM complaints"
                                     " WHERE id = ? AND erased_at IS NULL";
// A case's row knows its first resolution, for the clocks; what counts here is the last one.
constexpr const char* due_sql =
    "SELECT c.complaint FROM cases c JOIN complaints p ON p.id = c.complaint"
    " WHERE c.is_primary = 1 AND c.state = 2 AND c.outcome = ? AND c.resolved_at < ?"
    " AND p.erased_at IS NULL AND NOT EXISTS (SELECT 1 FROM cases o WHERE o.complaint = c.complaint"
    " AND (o.state <> 2 OR o.held <> 0 OR EXISTS (SELECT 1 FROM events e WHERE e.case_id = o.id"
    " AND e.case_id <> 0 AND e.kind = 6 AND e.at >= ?))) ORDER BY c.id LIMIT ?";

CaseRow read_case(const Query& q) {
    CaseRow row;
    CaseSummary& s = row.summary;
    s.id = q.integer(0);
    s.complaint = q.integer(1);
    s.agency = q.text(2);
    s.primary = q.integer(3) != 0;
    s.state = static_cast<CaseState>(q.integer(4));
    s.priority = static_cast<Priority>(q.integer(5));
    s.demoted = q.integer(6) != 0;
    s.review = q.integer(7) != 0;
    s.child = q.integer(8) != 0;
    s.province = q.text(9);
    s.language = q.text(10);
    s.categories_json = q.text(11);
    s.received_at = q.integer(12);
    s.version = q.integer(13);
    row.holder = q.integer(14);
    s.claimed_by = q.text(15);
    row.claimed_at = q.optional_integer(16);
    row.contacted_at = q.optional_integer(17);
    row.resolved_at = q.optional_integer(18);
    row.outcome = q.text(19);
    s.alerts = static_cast<int>(q.integer(20));
    row.held = q.integer(21) != 0;
    return row;
}

Event read_event(const Query& q) {
    Event e;
    e.id = q.integer(0);
    e.case_id = q.integer(1);
    e.kind = static_cast<EventKind>(q.integer(2));
    e.at = q.integer(3);
    e.actor = q.text(4);
    e.agency = q.text(5);
    e.fact = q.text(6);
    e.sealed = q.text(7);
    return e;
}

std::vector<Event> read_events(Query& q) {
    std::vector<Event> out;
    while (q.step())
        out.push_back(read_event(q));
    return out;
}

std::vector<CaseId> linked_to(Connection& db, const CaseRow& row, const std::string& marks) {
    std::vector<CaseId> out;
    for (std::size_t i = 0; i + mark_bytes <= marks.size() && out.size() < linked_max;
         i += mark_bytes) {
        Query q = db.query(linked_sql);
        q.bind_blob(std::string_view{marks}.substr(i, mark_bytes));
        q.bind(std::string_view{row.summary.agency}).bind(row.summary.complaint);
        q.bind(std::int64_t{linked_max});
        while (q.step())
            out.push_back(q.integer(0));
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

} // namespace

std::int64_t agency_number(Connection& db, const std::string& key) {
    Query q = db.query(agency_sql);
    return q.bind(std::string_view{key}).step() ? q.integer(0) : 0;
}

std::optional<StoredClear> read_clear(Connection& db, ComplaintId id) {
    Query q = db.query(clear_sql);
    if (!q.bind(id).step())
        return std::nullopt;
    StoredClear out;
    Clear& c = out.clear;
    out.received_at = q.integer(0);
    c.channel = q.text(1);
    c.queue = q.text(2);
    c.priority = static_cast<Priority>(q.integer(3));
    c.demoted = q.integer(4) != 0;
    c.review = q.integer(5) != 0;
    c.child = q.integer(6) != 0;
    c.province = q.text(7);
    c.language = q.text(8);
    out.categories = q.text(9);
    c.role = q.text(10);
    c.sex = q.text(11);
    c.age_band = q.text(12);
    c.nationality = q.text(13);
    out.shred = q.integer(14);
    out.marks = q.text(18);
    out.erased = q.optional_integer(19).has_value();
    Record sealed{"sealed"};
    sealed.add_blob(q.text(15));
    if (const auto epoch = q.optional_integer(16))
        sealed.add(*epoch).add_blob(q.text(17));
    else
        sealed.add_null().add_null();
    out.sealed = sealed.add_blob(out.marks).digest();
    return out;
}

std::optional<CaseRow> find_case(Connection& db, CaseId id) {
    Query q = db.query(find_case_sql);
    if (!q.bind(id).step())
        return std::nullopt;
    return read_case(q);
}

std::vector<CaseRow> cases_of(Connection& db, ComplaintId complaint) {
    Query q = db.query(cases_of_sql);
    q.bind(complaint);
    std::vector<CaseRow> out;
    while (q.step())
        out.push_back(read_case(q));
    return out;
}

std::vector<CaseSummary> list_cases(Connection& db, const QueueQuery& query, std::int64_t agency) {
    Query q = db.query(query.after ? list_after_sql : list_sql);
    q.bind(agency).bind(static_cast<std::int64_t>(query.state));
    if (query.after) {
        q.bind(static_cast<std::int64_t>(query.after->priority));
        q.bind(std::int64_t{query.after->demoted})
            .bind(query.after->received_at)
            .bind(query.after->id);
    }
    q.bind(std::int64_t{query.limit});
    std::vector<CaseSummary> out;
    while (q.step())
        out.push_back(read_case(q).summary);
    return out;
}

std::optional<SealedKey> case_key(Connection& db, const CaseRow& row, bool oversight) {
    Query q = db.query(oversight ? oversight_key_sql : case_key_sql);
    if (!q.bind(row.summary.id).step())
        return std::nullopt;
    return SealedKey{
        q.integer(0),
        Epoch{q.integer(1), q.text(2), q.integer(3), q.text(4)},
        unveil(q.text(6), q.text(5))
    };
}

SealedCase view_case(Connection& db, const CaseRow& row, bool oversight) {
    SealedCase out;
    out.summary = row.summary;
    out.outcome = row.outcome;
    out.held = row.held;
    std::string marks;
    {
        Query q = db.query(content_sql);
        if (q.bind(row.summary.complaint).step()) {
            out.sealed = q.text(0);
            marks = q.text(1);
            out.erased = q.optional_integer(2).has_value();
        }
    }
    if (auto key = case_key(db, row, oversight))
        out.key = std::move(*key);
    if (!oversight)
        out.linked = linked_to(db, row, marks);
    Query q = db.query(events_of_case_sql);
    q.bind(row.summary.id).bind(std::int64_t{events_shown_max});
    out.events = read_events(q);
    return out;
}

std::optional<SealedComplaint> view_complaint(Connection& db, ComplaintId id) {
    SealedComplaint out;
    out.complaint = id;
    {
        Query q = db.query(reporter_sql);
        if (!q.bind(id).step())
            return std::nullopt;
        out.received_at = q.integer(0);
        out.language = q.text(1);
        out.child = q.integer(2) != 0;
        out.sealed = q.text(3);
    }
    for (const CaseRow& row : cases_of(db, id)) {
        const CaseSummary& s = row.summary;
        out.withdrawn = out.withdrawn || (s.alerts & alert_withdrawn) != 0;
        out.cases.push_back(
            {s.agency,
             s.state,
             s.priority,
             s.primary,
             row.claimed_at,
             row.contacted_at,
             row.resolved_at,
             row.outcome}
        );
    }
    Query q = db.query(events_of_complaint_sql);
    q.bind(id).bind(std::int64_t{events_shown_max});
    out.events = read_events(q);
    return out;
}

std::vector<Event> events_after(Connection& db, std::int64_t agency, std::int64_t event_id) {
    Query q = db.query(event_id == newest_event_id ? newest_event_sql : events_after_sql);
    q.bind(agency);
    if (event_id != newest_event_id)
        q.bind(event_id).bind(std::int64_t{events_replayed_max});
    return read_events(q);
}

std::optional<ReceiptRow> find_receipt(Connection& db, ComplaintId id) {
    Query q = db.query(receipt_sql);
    if (!q.bind(id).step())
        return std::nullopt;
    return ReceiptRow{
        id, {q.text(0), unveil(q.text(4), q.text(1)), q.text(2)}, q.optional_integer(3).has_value()
    };
}

std::vector<PendingReceipt> pending_receipts(Connection& db, int limit) {
    Query q = db.query(pending_sql);
    q.bind(std::int64_t{limit});
    std::vector<PendingReceipt> out;
    while (q.step())
        out.push_back({q.integer(0), {q.text(1), unveil(q.text(4), q.text(2)), q.text(3)}});
    return out;
}

std::vector<ComplaintId>
due_for_erasure(Connection& db, const std::string& outcome, UnixMs resolved_before, int limit) {
    Query q = db.query(due_sql);
    q.bind(std::string_view{outcome}).bind(resolved_before).bind(resolved_before);
    q.bind(std::int64_t{limit});
    std::vector<ComplaintId> out;
    while (q.step())
        out.push_back(q.integer(0));
    return out;
}

} // namespace saiduan::rows
