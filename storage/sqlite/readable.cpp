#include "storage/sqlite/readable.hpp"

#include "config/reader.hpp"

#include <filesystem>

namespace saiduan {
namespace {

constexpr const char* aside_sql =
    "SELECT count(*) FROM sqlite_master WHERE name = 'readable_complaints'";
constexpr const char* schema_sql = "SELECT coalesce(max(version), 0) FROM schema_migrations";

// Columns that must survive, as one text per row.
std::vector<std::string> case_lines(Connection& db, const std::string& prefix) {
    Query q = db.query_text(
        "SELECT quote(c.id) || ' ' || quote(c.complaint) || ' ' || quote(a.key) || ' ' ||"
        " quote(is_primary) || ' ' || quote(state) || ' ' || quote(priority) || ' ' ||"
        " quote(demoted) || ' ' || quote(received_at) || ' ' || quote(version) || ' ' ||"
        " quote(claimed_at) || ' ' || quote(contacted_at) || ' ' || quote(resolved_at) || ' ' ||"
        " quote(outcome) FROM " +
        prefix + "cases c JOIN agencies a ON a.id = c.agency ORDER BY c.id"
    );
    std::vector<std::string> out;
    while (q.step())
        out.push_back(q.text(0));
    return out;
}

std::vector<std::string> counter_lines(Connection& db) {
    Query q = db.query_text(
        "SELECT quote(month) || quote(province) || quote(channel) || quote(language) ||"
        " quote(role) || quote(sex) || quote(age_band) || quote(nationality) || quote(category) ||"
        " quote(queue) || quote(priority) || quote(outcome) || ' ' || complaints FROM counters"
        " WHERE complaints <> 0 ORDER BY 1"
    );
    std::vector<std::string> out;
    while (q.step())
        out.push_back(q.text(0));
    return out;
}

std::string
first_difference(const std::vector<std::string>& before, const std::vector<std::string>& after) {
    if (before.size() != after.size())
        return std::to_string(before.size()) + " became " + std::to_string(after.size());
    for (std::size_t i = 0; i < before.size(); ++i)
        if (before[i] != after[i])
            return before[i] + " became " + after[i];
    return {};
}

std::vector<Category> categories_in(const std::string& text) {
    std::vector<Category> out;
    const Result<Json> words = parse_json(text);
    if (!words || !words->is_array())
        return out;
    for (const Json& word : *words)
        for (const auto& [name, category] : category_words)
            if (word.is_string() && name == word.get_ref<const std::string&>())
                out.push_back(category);
    return out;
}

} // namespace

ReadableRecord::ReadableRecord(const std::string& path) : db_(path, Access::read, true) {
    const auto number = [&](const char* sql) {
        Query q = db_.query(sql);
        q.step();
        return q.integer(0);
    };
    if (number(aside_sql) != 0)
        prefix_ = "readable_";
    else if (number(schema_sql) != 1)
        throw SqliteError(0, "nothing readable");
}

Result<std::unique_ptr<ReadableRecord>> ReadableRecord::open(const std::string& path) {
    try {
        return std::unique_ptr<ReadableRecord>{new ReadableRecord(path)};
    } catch (const SqliteError& error) {
        if (error.code == 0)
            return Fault{Errc::not_found, path + " is sealed already; there is nothing to upgrade"};
        return Fault{Errc::unavailable, path + ": " + error.what()};
    }
}

std::vector<ReadableToken> ReadableRecord::tokens() {
    Query q = db_.query_text(
        "SELECT hash, label, agency, role, created_at FROM " + prefix_ + "tokens ORDER BY id"
    );
    std::vector<ReadableToken> out;
    while (q.step())
        out.push_back({q.text(0), q.text(1), q.text(2), q.text(3), q.integer(4)});
    return out;
}

std::vector<std::string> ReadableRecord::agencies() {
    Query q = db_.query_text(
        "SELECT key FROM agencies WHERE id IN (SELECT agency FROM " + prefix_ + "cases) ORDER BY id"
    );
    std::vector<std::string> out;
    while (q.step())
        out.push_back(q.text(0));
    return out;
}

std::int64_t ReadableRecord::event_count() {
    Query q = db_.query_text("SELECT count(*) FROM " + prefix_ + "events");
    q.step();
    return q.integer(0);
}

Result<void>
ReadableRecord::each_event(const std::function<Result<void>(const ReadableEvent&)>& take) {
    Query q = db_.query_text(
        "SELECT e.case_id, c.complaint, a.key, e.kind, e.at, e.actor, e.detail FROM " + prefix_ +
        "events e JOIN " + prefix_ +
        "cases c ON c.id = e.case_id JOIN agencies a ON a.id = c.agency ORDER BY e.id"
    );
    while (q.step()) {
        const ReadableEvent event{
            q.integer(0),
            q.integer(1),
            q.text(2),
            static_cast<EventKind>(q.integer(3)),
            q.integer(4),
            q.text(5),
            q.text(6)
        };
        if (auto taken = take(event); !taken)
            return taken;
    }
    return {};
}

ReadableComplaint ReadableRecord::complaint(ComplaintId id) {
    ReadableComplaint out;
    {
        Query q = db_.query_text(
            "SELECT received_at, channel, queue, priority, demoted, review, child, province,"
            " language, categories, role, sex, age_band, nationality, content, assessment, place"
            " FROM " +
            prefix_ + "complaints WHERE id = ?"
        );
        if (!q.bind(id).step())
            throw SqliteError(1, "a case without its complaint");
        out.received_at = q.integer(0);
        Clear& c = out.clear;
        c.channel = q.text(1);
        c.queue = q.text(2);
        c.priority = static_cast<Priority>(q.integer(3));
        c.demoted = q.integer(4) != 0;
        c.review = q.integer(5) != 0;
        c.child = q.integer(6) != 0;
        c.province = q.text(7);
        c.language = q.text(8);
        c.categories = categories_in(q.text(9));
        c.role = q.text(10);
        c.sex = q.text(11);
        c.age_band = q.text(12);
        c.nationality = q.text(13);
        out.content = q.text(14);
        out.assessment = q.text(15);
        out.place = q.text(16);
    }
    Query q = db_.query_text(
        "SELECT a.key FROM " + prefix_ +
        "cases c JOIN agencies a ON a.id = c.agency WHERE c.complaint = ? ORDER BY c.id"
    );
    q.bind(id);
    while (q.step())
        out.agencies.push_back(q.text(0));
    return out;
}

std::string ReadableRecord::difference(const std::string& path) {
    Connection after{path, Access::frozen, true};
    std::string out = first_difference(case_lines(db_, prefix_), case_lines(after, ""));
    if (out.empty() && prefix_.empty())
        out = first_difference(counter_lines(db_), counter_lines(after));
    return out;
}

Result<void> settle_log(const std::string& path) {
    try {
        Connection db{path, Access::write, true};
        db.checkpoint();
    } catch (const SqliteError& error) {
        return Fault{Errc::unavailable, path + ": " + error.what()};
    }
    if (std::filesystem::exists(path + "-wal"))
        return Fault{Errc::unavailable, path + "-wal is in use by another program"};
    return {};
}

} // namespace saiduan
