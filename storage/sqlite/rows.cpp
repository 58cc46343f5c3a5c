#include "storage/sqlite/rows.hpp"

#include "geo/place_json.hpp"
#include "storage/sql/migrations.hpp"
#include "triage/assessment_json.hpp"

namespace saiduan::rows {
namespace {

constexpr int events_shown_max = 1000;
constexpr int events_replayed_max = 200;

constexpr const char* insert_complaint_sql =
    "INSERT INTO complaints (received_at, channel, content, assessment, place, latitude, longitude,"
    " accuracy_m, queue, priority, demoted, review, child, province, language, categories, role,"
    " sex, age_band, nationality) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";
constexpr const char* insert_case_sql =
    "INSERT INTO cases (complaint, agency, is_primary, state, priority, demoted, received_at,"
    " version, outcome) VALUES (?,?,?,0,?,?,?,1,'')";
constexpr const char* insert_event_sql =
    "INSERT INTO events (case_id, agency, kind, at, actor, detail) VALUES (?,?,?,?,?,?)";
constexpr const char* agency_sql = "SELECT id FROM agencies WHERE key = ?";
constexpr const char* insert_agency_sql = "INSERT INTO agencies (key) VALUES (?)";
#define SAIDUAN_CASE_COLUMNS                                                                       \
    "SELECT c.id, c.complaint, a.key, c.is_primary, c.state, c.priority, c.demoted, p.review,"     \
    " p.child, p.province, p.language, p.categories, c.received_at, c.version, c.holder, t.label," \
    " c.claimed_at, c.contacted_at, c.resolved_at, c.outcome FROM cases c"                         \
    " JOIN complaints p ON p.id = c.complaint JOIN agencies a ON a.id = c.agency"                  \
    " LEFT JOIN tokens t ON t.id = c.holder "
constexpr const char* find_case_sql = SAIDUAN_CASE_COLUMNS "WHERE c.id = ?";
constexpr const char* list_sql =
    SAIDUAN_CASE_COLUMNS "WHERE c.agency = ? AND c.state = ? ORDER BY c.priority, c.demoted, "
                         "c.received_at, c.id LIMIT ?";
constexpr const char* list_after_sql =
    SAIDUAN_CASE_COLUMNS "WHERE c.agency = ? AND c.state = ? AND (c.priority, c.demoted, "
                         "c.received_at, c.id) > (?,?,?,?)"
                         " ORDER BY c.priority, c.demoted, c.received_at, c.id LIMIT ?";
#undef SAIDUAN_CASE_COLUMNS
constexpr const char* update_case_sql =
    "UPDATE cases SET state = ?, version = ?, holder = ?, claimed_at = ?, contacted_at = ?,"
    " resolved_at = ?, outcome = ? WHERE id = ?";
constexpr const char* content_sql =
    "SELECT content, assessment, place FROM complaints WHERE id = ?";
constexpr const char* events_of_case_sql =
    "SELECT id, case_id, kind, at, actor, detail FROM events WHERE case_id = ? ORDER BY id LIMIT ?";
// Reading a case is in its trail, but is no news for the queue.
constexpr const char* events_after_sql =
    "SELECT id, case_id, kind, at, actor, '' FROM events WHERE agency = ? AND id > ? AND kind <> 1"
    " ORDER BY id LIMIT ?";
constexpr const char* newest_event_sql =
    "SELECT id, case_id, kind, at, actor, '' FROM events WHERE agency = ? ORDER BY id DESC LIMIT 1";
constexpr const char* case_times_sql =
    "SELECT a.key, c.priority, p.province, c.received_at, c.claimed_at, c.contacted_at,"
    " c.resolved_at FROM cases c JOIN agencies a ON a.id = c.agency"
    " JOIN complaints p ON p.id = c.complaint WHERE c.received_at >= ? AND c.received_at < ?";
constexpr const char* dimensions_sql =
    "SELECT received_at, province, channel, language, role, sex, age_band, nationality, queue,"
    " priority, categories FROM complaints WHERE id = ?";
constexpr const char* count_sql =
    "INSERT INTO counters (month, province, channel, language, role, sex, age_band, nationality,"
    " category, queue, priority, outcome, complaints) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)"
    " ON CONFLICT DO UPDATE SET complaints = complaints + excluded.complaints";

std::string dump(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

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
    return row;
}

Event read_event(const Query& q) {
    Event e;
    e.id = q.integer(0);
    e.case_id = q.integer(1);
    e.kind = static_cast<EventKind>(q.integer(2));
    e.at = q.integer(3);
    e.actor = q.text(4);
    e.detail = q.text(5);
    return e;
}

} // namespace

void migrate(Connection& db) {
    db.execute("CREATE TABLE IF NOT EXISTS schema_migrations (version INTEGER PRIMARY KEY, sql "
               "TEXT NOT NULL) STRICT;");
    constexpr const char* newest_sql = "SELECT coalesce(max(version), 0) FROM schema_migrations";
    constexpr const char* note_sql = "INSERT INTO schema_migrations (version, sql) VALUES (?, ?)";
    std::int64_t newest = 0;
    {
        Query q = db.query(newest_sql);
        q.step();
        newest = q.integer(0);
    }
    if (newest > migrations().back().version)
        throw SqliteError(0, "the database is newer than this program; use the newer program");
    for (const Migration& m : migrations()) {
        if (m.version <= newest)
            continue;
        db.execute("BEGIN IMMEDIATE;");
        db.execute(std::string{m.sql});
        db.query(note_sql).bind(std::int64_t{m.version}).bind(m.sql).run();
        db.execute("COMMIT;");
    }
}

std::int64_t agency_number(Connection& db, const std::string& key) {
    {
        Query q = db.query(agency_sql);
        if (q.bind(std::string_view{key}).step())
            return q.integer(0);
    }
    db.query(insert_agency_sql).bind(std::string_view{key}).run();
    return db.last_row();
}

ComplaintId insert_complaint(Connection& db, const Filing& f) {
    const Json assessment = assessment_to_json(f.assessment);
    const std::string assessed = dump(assessment);
    const std::string categories = dump(assessment["categories"]);
    const std::string place = f.point ? dump(place_to_json(f.place)) : "null";
    Query q = db.query(insert_complaint_sql);
    q.bind(f.received_at).bind(std::string_view{f.channel}).bind_blob(f.content);
    q.bind(std::string_view{assessed}).bind(std::string_view{place});
    if (f.point)
        q.bind(f.point->latitude).bind(f.point->longitude).bind(f.point->accuracy_m);
    else
        q.bind_null().bind_null().bind_null();
    q.bind(std::string_view{f.assessment.queue});
    q.bind(static_cast<std::int64_t>(f.assessment.priority));
    q.bind(std::int64_t{f.demoted}).bind(std::int64_t{f.assessment.review});
    q.bind(std::int64_t{f.assessment.child}).bind(std::string_view{f.place.province});
    q.bind(std::string_view{f.assessment.language}).bind(std::string_view{categories});
    q.bind(std::string_view{f.role}).bind(std::string_view{f.sex});
    q.bind(std::string_view{f.age_band}).bind(std::string_view{f.nationality}).run();
    return db.last_row();
}

CaseId insert_case(
    Connection& db, const Filing& f, ComplaintId complaint, std::int64_t agency, bool primary
) {
    Query q = db.query(insert_case_sql);
    q.bind(complaint).bind(agency).bind(std::int64_t{primary});
    q.bind(static_cast<std::int64_t>(f.assessment.priority)).bind(std::int64_t{f.demoted});
    q.bind(f.received_at).run();
    return db.last_row();
}

std::int64_t insert_event(
    Connection& db,
    CaseId id,
    std::int64_t agency,
    EventKind kind,
    UnixMs at,
    std::string_view actor,
    std::string_view detail
) {
    Query q = db.query(insert_event_sql);
    q.bind(id).bind(agency).bind(static_cast<std::int64_t>(kind)).bind(at).bind(actor).bind(detail);
    q.run();
    return db.last_row();
}

std::optional<CaseRow> find_case(Connection& db, CaseId id) {
    Query q = db.query(find_case_sql);
    if (!q.bind(id).step())
        return std::nullopt;
    return read_case(q);
}

void update_case(Connection& db, const CaseRow& row) {
    Query q = db.query(update_case_sql);
    q.bind(static_cast<std::int64_t>(row.summary.state)).bind(row.summary.version);
    if (row.holder != 0)
        q.bind(row.holder);
    else
        q.bind_null();
    q.bind(row.claimed_at).bind(row.contacted_at).bind(row.resolved_at);
    q.bind(std::string_view{row.outcome}).bind(row.summary.id).run();
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

CaseView view_case(Connection& db, const CaseRow& row) {
    CaseView view{row.summary, {}, {}, {}, row.outcome, {}};
    {
        Query q = db.query(content_sql);
        if (q.bind(row.summary.complaint).step()) {
            view.content = q.text(0);
            view.assessment_json = q.text(1);
            view.place_json = q.text(2);
        }
    }
    Query q = db.query(events_of_case_sql);
    q.bind(row.summary.id).bind(std::int64_t{events_shown_max});
    while (q.step())
        view.events.push_back(read_event(q));
    return view;
}

std::vector<Event> events_after(Connection& db, std::int64_t agency, std::int64_t event_id) {
    Query q = db.query(event_id == newest_event ? newest_event_sql : events_after_sql);
    q.bind(agency);
    if (event_id != newest_event)
        q.bind(event_id).bind(std::int64_t{events_replayed_max});
    std::vector<Event> out;
    while (q.step())
        out.push_back(read_event(q));
    return out;
}

std::vector<CaseTimes> case_times(Connection& db, UnixMs from, UnixMs to) {
    Query q = db.query(case_times_sql);
    q.bind(from).bind(to);
    std::vector<CaseTimes> out;
    while (q.step()) {
        CaseTimes& c = out.emplace_back();
        c.agency = q.text(0);
        c.priority = static_cast<Priority>(q.integer(1));
        c.province = q.text(2);
        c.received_at = q.integer(3);
        c.claimed_at = q.optional_integer(4);
        c.contacted_at = q.optional_integer(5);
        c.resolved_at = q.optional_integer(6);
    }
    return out;
}

void count(Connection& db, ComplaintId complaint, std::string_view outcome, int by) {
    std::string month, categories, text[8];
    Priority priority{};
    {
        Query q = db.query(dimensions_sql);
        if (!q.bind(complaint).step())
            return;
        month = month_of(q.integer(0));
        for (int i = 0; i < 8; ++i)
            text[i] = q.text(i + 1);
        priority = static_cast<Priority>(q.integer(9));
        categories = q.text(10);
    }
    std::vector<std::string> cells{""};
    for (const Json& category : Json::parse(categories))
        cells.push_back(category.get<std::string>());
    for (const std::string& category : cells) {
        Query q = db.query(count_sql);
        q.bind(std::string_view{month});
        for (int i = 0; i < 7; ++i)
            q.bind(std::string_view{text[i]});
        q.bind(std::string_view{category}).bind(std::string_view{text[7]});
        q.bind(word_of(priority, priority_words)).bind(outcome).bind(std::int64_t{by}).run();
    }
}

std::vector<Count> statistics(Connection& db, const StatisticsQuery& query) {
    // Columns come from statistic_dimensions only; the values are bound.
    std::string columns;
    bool by_category = false;
    for (const std::string& name : query.by)
        for (const std::string_view known : statistic_dimensions)
            if (known == name) {
                columns += (columns.empty() ? "" : ", ") + name;
                by_category = by_category || name == "category";
            }
    std::string sql = "SELECT sum(complaints)" + (columns.empty() ? "" : ", " + columns) +
                      " FROM counters WHERE month >= ? AND month <= ? AND category " +
                      (by_category ? "<>" : "=") + " ''";
    if (!columns.empty())
        sql += " GROUP BY " + columns + " HAVING sum(complaints) <> 0 ORDER BY " + columns;
    const std::string first = month_of(query.from);
    const std::string last = month_of(query.to - 1);
    Query q = db.query_text(sql);
    q.bind(std::string_view{first}).bind(std::string_view{last});
    std::vector<Count> out;
    while (q.step()) {
        Count& c = out.emplace_back();
        c.complaints = q.integer(0);
        for (std::size_t i = 0; i < query.by.size(); ++i)
            c.key.push_back(q.text(static_cast<int>(i) + 1));
    }
    return out;
}

std::string month_of(UnixMs time) {
    constexpr UnixMs bangkok_ms = 7LL * 3'600'000;
    return to_rfc3339(time + bangkok_ms).substr(0, 7);
}

} // namespace saiduan::rows
