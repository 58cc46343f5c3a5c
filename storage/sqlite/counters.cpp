#include "storage/sqlite/counters.hpp"

#include <algorithm>

namespace saiduan {
namespace {

constexpr char separator = '\x1f'; // in none of the values: Reader refuses control characters
constexpr int dimensions = 12;

constexpr const char* count_sql =
    "INSERT INTO counters (month, province, channel, language, role, sex, age_band, nationality,"
    " queue, priority, outcome, category, complaints) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)"
    " ON CONFLICT DO UPDATE SET complaints = complaints + excluded.complaints";
// A cell that nothing is in says nothing, and the auditor counts again what there is.
constexpr const char* drop_sql =
    "DELETE FROM counters WHERE month = ? AND province = ? AND channel = ? AND language = ?"
    " AND role = ? AND sex = ? AND age_band = ? AND nationality = ? AND queue = ? AND priority = ?"
    " AND outcome = ? AND category = ? AND complaints = 0";
constexpr const char* clear_sql =
    "SELECT received_at, province, channel, language, role, sex, age_band, nationality, queue,"
    " priority, categories FROM complaints WHERE id = ?";
constexpr const char* case_times_sql =
    "SELECT a.key, p.priority, p.province, c.received_at, c.claimed_at, c.contacted_at,"
    " c.resolved_at FROM cases c JOIN agencies a ON a.id = c.agency"
    " JOIN complaints p ON p.id = c.complaint WHERE c.received_at >= ? AND c.received_at < ?";

std::string joined(std::initializer_list<std::string_view> values) {
    std::string out;
    for (const std::string_view value : values) {
        out += value;
        out += separator;
    }
    return out;
}

void bind_cell(Query& q, std::string_view cell) {
    for (int i = 0; i < dimensions; ++i) {
        const std::size_t end = std::min(cell.find(separator), cell.size());
        q.bind(cell.substr(0, end));
        cell.remove_prefix(std::min(end + 1, cell.size()));
    }
}

} // namespace

void Counters::add(const Clear& c, UnixMs received_at, std::string_view outcome, int by) {
    const std::string priority{word_of(c.priority, priority_words)};
    const std::string cell = joined(
        {month_of(received_at),
         c.province,
         c.channel,
         c.language,
         c.role,
         c.sex,
         c.age_band,
         c.nationality,
         c.queue,
         priority,
         outcome}
    );
    changes_.push_back({cell, by});
    for (const Category category : c.categories)
        changes_.push_back({cell + std::string{word_of(category, category_words)}, by});
}

void Counters::add(Connection& db, ComplaintId complaint, std::string_view outcome, int by) {
    Clear c;
    Query q = db.query(clear_sql);
    if (!q.bind(complaint).step())
        return;
    const UnixMs received_at = q.integer(0);
    int column = 1;
    for (std::string* text :
         {&c.province,
          &c.channel,
          &c.language,
          &c.role,
          &c.sex,
          &c.age_band,
          &c.nationality,
          &c.queue})
        *text = q.text(column++);
    c.priority = static_cast<Priority>(q.integer(9));
    for (const Json& word : Json::parse(q.text(10)))
        for (const auto& [name, category] : category_words)
            if (name == word.get_ref<const std::string&>())
                c.categories.push_back(category);
    add(c, received_at, outcome, by);
}

void Counters::before_commit(Connection& db) {
    std::map<std::string_view, int> cells;
    for (const Change& change : changes_)
        cells[change.cell] += change.by;
    for (const auto& [cell, by] : cells) {
        if (by == 0)
            continue;
        {
            Query q = db.query(count_sql);
            bind_cell(q, cell);
            q.bind(std::int64_t{by}).run();
        }
        if (by < 0) {
            Query q = db.query(drop_sql);
            bind_cell(q, cell);
            q.run();
        }
    }
}

std::vector<Count> read_statistics(Connection& db, const StatisticsQuery& query) {
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

std::vector<CaseTimes> read_case_times(Connection& db, UnixMs from, UnixMs to) {
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

std::string month_of(UnixMs time) {
    constexpr UnixMs bangkok_ms = 7LL * 3'600'000;
    return to_rfc3339(time + bangkok_ms).substr(0, 7);
}

} // namespace saiduan
