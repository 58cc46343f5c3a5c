#include "storage/sqlite/audit.hpp"

#include "storage/sql/migrations.hpp"
#include "storage/sqlite/audit_parts.hpp"
#include "storage/sqlite/rows.hpp"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>
#include <limits>
#include <map>

namespace saiduan {
namespace auditing {
namespace {

constexpr const char* begin_sql = "BEGIN";
constexpr const char* commit_sql = "COMMIT";
constexpr const char* schema_sql = "SELECT type, name, tbl_name, sql FROM sqlite_master";
constexpr const char* integrity_sql = "PRAGMA integrity_check(20)";
constexpr const char* migrations_sql =
    "SELECT version, sql FROM schema_migrations ORDER BY version";

std::map<std::string, std::string> schema_of(Connection& db) {
    std::map<std::string, std::string> out;
    Query q = db.query(schema_sql);
    while (q.step())
        out[q.text(0) + " " + q.text(1)] = q.text(2) + "\n" + q.text(3);
    return out;
}

// A table that is a view, or a trigger on one, would make all that follows a play for us.
bool known_schema(Connection& db, Findings& findings) {
    Connection fresh{":memory:", Access::write, false};
    (void)rows::migrate(fresh);
    const auto expected = schema_of(fresh);
    const auto stored = schema_of(db);
    for (const auto& [name, sql] : expected)
        if (const auto it = stored.find(name); it == stored.end())
            findings.add(fmt::format("schema: {} is missing", name));
        else if (it->second != sql)
            findings.add(fmt::format("schema: {} is not as this program makes it", name));
    for (const auto& [name, sql] : stored)
        if (!expected.contains(name))
            findings.add(fmt::format("schema: {} is not of this program", name));
    return expected == stored;
}

void check_migrations(Connection& db, Findings& findings) {
    Query q = db.query(migrations_sql);
    for (const Migration& m : migrations()) {
        const bool there = q.step();
        if (!there || q.integer(0) != m.version || q.text(1) != m.sql)
            return findings.add(fmt::format(
                "schema_migrations: version {} is missing or not what this program ran", m.version
            ));
    }
    if (q.step())
        findings.add(
            fmt::format("schema_migrations: version {} is not known to this program", q.integer(0))
        );
}

// The event a finding begins with; none sorts last.
std::uint64_t event_named(const std::string& finding) {
    constexpr std::string_view begin = "event ";
    std::uint64_t out = std::numeric_limits<std::uint64_t>::max();
    if (finding.starts_with(begin))
        std::from_chars(finding.data() + begin.size(), finding.data() + finding.size(), out);
    return out;
}

// Whoever reads it wants the first event that is wrong, not what it led to.
void keep_the_first(AuditReport& report) {
    std::multimap<std::uint64_t, std::string> sorted; // equal ones stay in their order
    for (std::string& finding : report.findings) {
        const std::uint64_t event = event_named(finding);
        sorted.emplace(event, std::move(finding));
    }
    report.findings.clear();
    for (auto& [event, finding] : sorted)
        if (report.findings.size() < AuditReport::findings_max)
            report.findings.push_back(std::move(finding));
        else
            ++report.more;
}

AuditReport audit_snapshot(Connection& db, const AuditSubject& subject) {
    AuditReport report;
    Findings findings{report};
    db.query(begin_sql).run();
    subject.progress("file", 0, 1);
    if (sound(db, findings)) {
        check_migrations(db, findings);
        Said said;
        auto claims = read_claims(db, subject, findings);
        report.tables_compared = audit_trail(db, std::move(claims), subject, said, report);
        if (report.tables_compared) {
            audit_staff(db, said, report);
            audit_line(db, said, subject, report);
        }
    }
    db.query(commit_sql).run();
    keep_the_first(report);
    return report;
}

} // namespace

void Findings::add(std::string sentence) {
    constexpr std::size_t kept_max = 10'000; // to choose the first ones from
    if (report_.findings.size() < kept_max)
        report_.findings.push_back(std::move(sentence));
    else
        ++report_.more;
}

bool sound(Connection& db, Findings& findings) {
    if (!known_schema(db, findings))
        return false;
    bool good = true;
    Query q = db.query(integrity_sql);
    while (q.step())
        if (const std::string line = q.text(0); line != "ok") {
            findings.add("the file is damaged: " + line);
            good = false;
        }
    return good;
}

} // namespace auditing

Result<AuditReport> audit(const AuditSubject& subject) {
    if (!std::filesystem::is_regular_file(subject.database))
        return Fault{Errc::not_found, subject.database + ": there is no such database"};
    AuditReport report;
    try {
        Connection db{subject.database, Access::audit, false};
        return auditing::audit_snapshot(db, subject);
    } catch (const SqliteError& error) {
        report.findings.push_back(std::string{"the file is damaged: "} + error.what());
    }
    return report;
}

} // namespace saiduan
