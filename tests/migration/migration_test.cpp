// Databases that older versions of the program wrote (README.md), opened by today's.
#include "config/reader.hpp"
#include "storage/sql/migrations.hpp"
#include "tests/support/command.hpp"
#include "tests/support/station.hpp"

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <vector>

using namespace saiduan;
using namespace saiduan::test;

namespace {

namespace fs = std::filesystem;

constexpr const char* fixtures = SAIDUAN_SOURCE_DIR "/tests/migration/";

// What must survive every migration.
constexpr const char* cases_sql =
    "SELECT c.id, c.complaint, a.key, c.is_primary, c.state, c.priority, c.demoted, c.received_at,"
    " c.version, c.claimed_at, c.contacted_at, c.resolved_at, c.outcome, coalesce(t.label, ''),"
    " p.channel, p.queue, p.review, p.child, p.province, p.language, p.categories, p.role, p.sex,"
    " p.age_band, p.nationality FROM cases c JOIN agencies a ON a.id = c.agency"
    " JOIN complaints p ON p.id = c.complaint LEFT JOIN tokens t ON t.id = c.holder ORDER BY c.id";
constexpr const char* counters_sql =
    "SELECT month, province, channel, language, role, sex, age_band, nationality, category, queue,"
    " priority, outcome, complaints FROM counters WHERE complaints <> 0 ORDER BY 1, 2, 3, 4, 5, 6,"
    " 7, 8, 9, 10, 11, 12";
constexpr const char* events_sql = "SELECT case_id, kind, at, substr(actor, instr(actor, '/') + 1) "
                                   "FROM events WHERE case_id <> 0 AND kind < 8 ORDER BY id";

using Rows = std::vector<std::vector<std::string>>;

Rows rows_of(const std::string& path, const char* sql) {
    sqlite3* db = nullptr;
    REQUIRE(sqlite3_open(path.c_str(), &db) == SQLITE_OK);
    sqlite3_stmt* statement = nullptr;
    REQUIRE(sqlite3_prepare_v2(db, sql, -1, &statement, nullptr) == SQLITE_OK);
    Rows out;
    while (sqlite3_step(statement) == SQLITE_ROW) {
        auto& row = out.emplace_back();
        for (int i = 0; i < sqlite3_column_count(statement); ++i) {
            const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, i));
            row.emplace_back(text ? text : "NULL");
        }
    }
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return out;
}

struct Old {
    TempFolder folder{};
    std::string data = folder.path + "/data";
    std::string database = data + "/saiduan.db";
    std::string recovery_file = folder.path + "/recovery.txt";

    [[nodiscard]] CommandResult upgrade(const std::string& before = {}) const {
        return run_saiduan("upgrade --data '" + data + "'", before);
    }
    [[nodiscard]] std::string token(const std::string& agency, const std::string& role) const {
        const CommandResult made = run_saiduan(
            "token --data '" + data + "' --agency " + agency + " --role " + role + " --label new-" +
            role + " --recovery-key-file '" + recovery_file + "'"
        );
        INFO(made.said);
        REQUIRE(made.status == 0);
        return made.said.substr(0, made.said.find('\n'));
    }
    [[nodiscard]] std::unique_ptr<ServerProcess> serve() const {
        return std::make_unique<ServerProcess>(
            serve_command(data, SAIDUAN_SOURCE_DIR "/config/saiduan.json"), data + "/serve.log"
        );
    }
};

struct First : Old {
    First() {
        fs::create_directory(data);
        fs::permissions(data, fs::perms::owner_all);
        REQUIRE(
            run_command("gzip -dc '" + std::string{fixtures} + "v1.db.gz' > '" + database + "'")
                .status == 0
        );
    }
    void keep_recovery_key(const std::string& said) const {
        const std::size_t at = said.find("recovery key ");
        REQUIRE(at != std::string::npos);
        std::ofstream{recovery_file} << said.substr(at + 13, said.find('\n', at) - at - 13) << '\n';
    }
};

// Every case of an agency, with its content, as a new token reads them.
std::map<std::string, Json>
read_all(std::uint16_t port, const std::string& agency, const std::string& token) {
    HttpClient client{port};
    std::map<std::string, Json> out;
    for (const char* state : {"waiting", "claimed", "resolved"}) {
        const HttpAnswer page = client.ask(
            "GET", "/v1/queues/" + agency + "/cases?limit=200&state=" + state, bearer(token)
        );
        REQUIRE(page.status == 200);
        const Json listed = Json::parse(page.body);
        for (const Json& row : listed.at("cases")) {
            const std::string id = row.at("id").dump();
            const HttpAnswer read = client.ask("GET", "/v1/cases/" + id, bearer(token));
            INFO(read.body);
            REQUIRE(read.status == 200);
            out[id] = Json::parse(read.body);
        }
    }
    return out;
}

void check_whole(const std::string& database) {
    CHECK(rows_of(database, "PRAGMA integrity_check") == Rows{{"ok"}});
    CHECK(rows_of(database, "PRAGMA foreign_key_check").empty());
}

bool found_in(const fs::path& folder, const std::string& text) {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (!entry.is_regular_file())
            continue;
        std::ifstream in{entry.path(), std::ios::binary};
        const std::string bytes{std::istreambuf_iterator<char>{in}, {}};
        if (bytes.find(text) != std::string::npos)
            return true;
    }
    return false;
}

} // namespace

TEST_CASE("every older version of the schema has a database here") {
    for (const Migration& m : migrations()) {
        if (&m == &migrations().back())
            break;
        const std::string stem = fixtures + ("v" + std::to_string(m.version));
        INFO("make one with the program as it is before your migration: " << stem);
        CHECK((fs::exists(stem + ".db.gz") || fs::exists(stem + ".tar.gz")));
    }
}

TEST_CASE("an upgrade seals version 1 and loses no case, state, outcome, event or figure") {
    const First old;
    const Rows cases = rows_of(old.database, cases_sql);
    const Rows counters = rows_of(old.database, counters_sql);
    const Rows events = rows_of(old.database, events_sql);
    const Rows words = rows_of(
        old.database,
        "SELECT c.id, p.content, a.key FROM cases c JOIN complaints p ON p.id = c.complaint"
        " JOIN agencies a ON a.id = c.agency"
    );
    const Rows details =
        rows_of(old.database, "SELECT case_id, detail FROM events WHERE detail NOT IN ('', '{}')");
    REQUIRE(cases.size() >= 12);
    REQUIRE(details.size() >= 3);
    const CommandResult done = old.upgrade();
    INFO(done.said);
    REQUIRE(done.status == 0);
    old.keep_recovery_key(done.said);

    check_whole(old.database);
    CHECK(rows_of(old.database, cases_sql) == cases);
    CHECK(rows_of(old.database, counters_sql) == counters);
    CHECK(rows_of(old.database, events_sql) == events);
    CHECK(
        rows_of(old.database, "SELECT name FROM sqlite_master WHERE name LIKE 'readable%'").empty()
    );
    CHECK_FALSE(fs::exists(old.database + ".upgrading"));

    std::map<std::string, std::map<std::string, Json>> read;
    {
        std::map<std::string, std::string> tokens;
        for (const auto& row : words)
            if (!tokens.contains(row[2]))
                tokens[row[2]] = old.token(row[2], "dispatcher");
        const auto server = old.serve();
        for (const auto& [agency, token] : tokens)
            read[agency] = read_all(server->port, agency, token);
        server->signal(SIGTERM);
        CHECK(server->wait_exit() == 0);
    }
    for (const auto& row : words) {
        const Json content = Json::parse(row[1]);
        REQUIRE(read[row[2]].contains(row[0]));
        const Json& shown = read[row[2]][row[0]];
        CHECK(shown.at("content") == content);
        CHECK(shown.at("assessment").is_object());
        CHECK_FALSE(found_in(old.data, content.at("text").get<std::string>().substr(0, 30)));
    }
    for (const auto& row : details) {
        bool found = false;
        for (const auto& [agency, shown] : read)
            if (const auto it = shown.find(row[0]); it != shown.end())
                for (const Json& event : it->second.at("events"))
                    found = found || event.at("detail") == Json::parse(row[1]);
        INFO(row[1]);
        CHECK(found);
    }
}

TEST_CASE("what is sealed is not upgraded again") {
    const First old;
    REQUIRE(old.upgrade().status == 0);
    const CommandResult again = old.upgrade();
    CHECK(again.status == 2);
    CHECK(again.said.find("nothing to upgrade") != std::string::npos);
    check_whole(old.database);
}

TEST_CASE("an upgrade that fails leaves the old database as it was") {
    const First old;
    const Rows cases = rows_of(old.database, cases_sql);
    const Rows contents = rows_of(old.database, "SELECT id, content FROM complaints");
    const CommandResult failed = old.upgrade("ulimit -f 100; "); // 50 KiB: a full disk
    INFO(failed.said);
    CHECK(failed.status == 2);
    CHECK_FALSE(fs::exists(old.database + ".upgrading"));
    CHECK(rows_of(old.database, cases_sql) == cases);
    CHECK(rows_of(old.database, "SELECT id, content FROM complaints") == contents);
    const CommandResult done = old.upgrade();
    INFO(done.said);
    CHECK(done.status == 0);
    CHECK(rows_of(old.database, cases_sql) == cases);
}

TEST_CASE("version 2 is served with its keys, its recovery key makes tokens, every case opens") {
    Old old;
    REQUIRE(
        run_command(
            "tar --no-same-owner -xzf '" + std::string{fixtures} + "v2.tar.gz' -C '" +
            old.folder.path + "'"
        )
            .status == 0
    );
    const Rows cases = rows_of(old.database, cases_sql);
    const Rows counters = rows_of(old.database, counters_sql);
    REQUIRE(cases.size() >= 12);
    std::map<std::string, std::string> tokens;
    for (const auto& row : cases)
        if (!tokens.contains(row[2]))
            tokens[row[2]] = old.token(row[2], "dispatcher");
    {
        const auto server = old.serve();
        std::size_t read = 0;
        for (const auto& [agency, token] : tokens)
            for (const auto& [id, shown] : read_all(server->port, agency, token)) {
                CHECK_FALSE(shown.at("content").at("text").get<std::string>().empty());
                ++read;
            }
        CHECK(read == cases.size());
        server->signal(SIGTERM);
        CHECK(server->wait_exit() == 0);
    }
    check_whole(old.database);
    CHECK(rows_of(old.database, cases_sql) == cases);
    CHECK(rows_of(old.database, counters_sql) == counters);
}
