#include "tests/audit/real_database.hpp"

#include "config/reader.hpp"

#include <sqlite3.h>
#include <sys/wait.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace saiduan::test {
namespace {

void require(bool done, const std::string& what) {
    if (!done)
        throw std::runtime_error(what);
}

std::int64_t number(const std::string& database, const char* sql) {
    sqlite3* db = nullptr;
    sqlite3_stmt* statement = nullptr;
    std::int64_t out = -1;
    if (sqlite3_open_v2(database.c_str(), &db, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK &&
        sqlite3_prepare_v2(db, sql, -1, &statement, nullptr) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        out = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return out;
}

// For what the server does in its own time and nobody is told of.
void wait_until(const std::string& database, const char* sql) {
    constexpr auto patience = std::chrono::seconds{60};
    const auto until = std::chrono::steady_clock::now() + patience;
    while (number(database, sql) != 1) {
        require(std::chrono::steady_clock::now() < until, std::string{"never true: "} + sql);
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
}

// A complaint with a way back.
struct Filed {
    std::string receipt, queue;
};

// What people of both sides do. Every answer is checked: a life that was refused proves nothing.
class Life {
public:
    Life(std::uint16_t port, std::map<std::string, std::string> tokens)
        : client_(port), tokens_(std::move(tokens)) {}

    Json
    ask(int status,
        const std::string& method,
        const std::string& target,
        const HttpHeaders& headers,
        const std::string& body) {
        const HttpAnswer answer = client_.ask(method, target, headers, body);
        require(
            answer.status == status,
            method + " " + target + ": " + std::to_string(answer.status) + " " + answer.body
        );
        return Json::parse(answer.body, nullptr, false);
    }

    std::vector<Filed> file(int count) {
        std::vector<Filed> out;
        for (int i = 0; i < count; ++i) {
            const std::string n = std::to_string(i);
            HttpHeaders headers;
            if (i % 3 == 0)
                headers.emplace_back("Idempotency-Key", "\"retry-" + n + "\"");
            const Json said{
                {"text",
                 i % 4 == 0 ? "They have locked us in the house right now and beat us."
                            : "They keep my passport and do not pay us"},
                {"reporter", {{"role", "victim"}, {"phone", "081 234 56" + std::to_string(70 + i)}}
                },
                {"accused", {{"name", "Somchai Jaidee " + n}, {"employer", "Fishing " + n}}},
                {"location", {{"latitude", 13.5475}, {"longitude", 100.2744}}}
            };
            const Json filed = ask(201, "POST", "/v1/complaints", headers, said.dump());
            out.push_back({filed.at("receipt"), filed.at("queue")});
        }
        return out;
    }

    HttpHeaders session(const std::string& receipt) {
        const Json body{{"receipt", receipt}};
        return bearer(ask(201, "POST", "/v1/receipt-sessions", {}, body.dump()).at("token"));
    }

    void reporters(const std::vector<Filed>& filed) {
        const HttpHeaders first = session(filed.at(0).receipt);
        ask(200, "GET", "/v1/complaint", first, "");
        ask(201, "POST", "/v1/complaint/messages", first, R"({"text":"we are at pier 3"})");
        ask(201, "POST", "/v1/complaint/locations", first, R"({"latitude":13.5,"longitude":100.3})"
        );
        ask(201, "POST", "/v1/complaint/danger", session(filed.at(1).receipt), "{}");
        ask(201, "POST", "/v1/complaint/withdrawal", session(filed.at(2).receipt), "{}");
        // The duress form: the first two groups of four the other way round.
        const std::string r = filed.at(3).receipt;
        ask(200, "GET", "/v1/complaint", session(r.substr(5, 5) + r.substr(0, 5) + r.substr(10)), ""
        );
        ask(200, "GET", "/v1/complaint/proof", first, "");
    }

    // One step; the case's version counts up.
    void step(std::int64_t id, const std::string& role, const std::string& what, const Json& body) {
        HttpHeaders headers = bearer(tokens_.at("labour " + role));
        headers.emplace_back("If-Match", "\"v" + std::to_string(++versions_[id]) + "\"");
        const bool lifted = what == "-legal-hold";
        ask(200,
            lifted ? "DELETE" : "POST",
            "/v1/cases/" + std::to_string(id) + "/" + what.substr(lifted ? 1 : 0),
            headers,
            body.dump());
    }

    void staff() {
        const std::string token = tokens_.at("labour dispatcher");
        const Json page =
            ask(200, "GET", "/v1/queues/labour/cases?limit=200", bearer(token), "").at("cases");
        std::vector<std::int64_t> ids;
        for (const Json& row : page)
            if (row.at("primary").get<bool>() && row.at("version") == 1)
                ids.push_back(row.at("id"));
        require(ids.size() >= 6, "too few cases in the labour queue");
        for (std::size_t i = 0; i < 6; ++i)
            step(ids[i], "dispatcher", "claim", Json::object());
        ask(200, "GET", "/v1/cases/" + std::to_string(ids[0]), bearer(token), "");
        step(ids[0], "dispatcher", "contacts", {{"method", "call"}});
        step(ids[0], "dispatcher", "notes", {{"text", "speaks Burmese"}});
        step(ids[0], "dispatcher", "messages", {{"text", "we are on our way"}});
        step(ids[1], "dispatcher", "release", {{"reason", "holiday"}});
        step(ids[2], "dispatcher", "resolution", {{"outcome", "assisted"}});
        step(ids[2], "dispatcher", "reopening", {{"reason", "not paid after all"}});
        step(ids[3], "dispatcher", "resolution", {{"outcome", "unfounded"}});
        step(ids[4], "dispatcher", "resolution", {{"outcome", "referred"}});
        step(ids[4], "supervisor", "legal-hold", {{"reason", "court"}});
        step(ids[5], "supervisor", "legal-hold", {{"reason", "court"}});
        step(ids[5], "supervisor", "-legal-hold", Json::object());
        const HttpHeaders supervisor = bearer(tokens_.at("labour supervisor"));
        ask(204, "POST", "/v1/cases/" + std::to_string(ids[3]) + "/erasure", supervisor, "");
    }

    void keys() {
        const HttpHeaders supervisor = bearer(tokens_.at("labour supervisor"));
        std::int64_t made = 0;
        for (const char* label : {"anong", "malee"}) {
            const Json wish{{"role", "dispatcher"}, {"label", label}};
            made = ask(201, "POST", "/v1/tokens", supervisor, wish.dump()).at("id");
        }
        ask(204, "DELETE", "/v1/tokens/" + std::to_string(made), supervisor, "");
        ask(202, "POST", "/v1/key-rotations", supervisor, "");
    }

private:
    HttpClient client_;
    std::map<std::string, std::string> tokens_;
    std::map<std::int64_t, std::int64_t> versions_; // by case
};

// "token labour dispatcher SECRET" lines of `saiduan demo`.
std::map<std::string, std::string> tokens_in(const std::string& output) {
    std::map<std::string, std::string> out;
    std::istringstream lines{output};
    for (std::string line; std::getline(lines, line);) {
        std::istringstream in{line};
        std::string word, agency, role, secret;
        if (in >> word >> agency >> role >> secret && word == "token")
            out[agency + " " + role] = secret;
    }
    return out;
}

} // namespace

RealDatabase::RealDatabase() {
    write_config();
    live();
}

// Few receipts in advance and none of them cheap: both sorts must be there, those made ahead and
// those handed out with quick keys because the pool was empty.
void RealDatabase::write_config() const {
    const std::string shipped = SAIDUAN_SOURCE_DIR "/config/";
    std::ifstream in{shipped + "saiduan.json"};
    Json config = Json::parse(in);
    config["vault"] = {{"argon2_memory_kib", 32'768}, {"argon2_passes", 2}, {"receipts_ahead", 8}};
    config["trail"]["checkpoint_s"] = 1;
    for (const char* part : {"agencies", "locales", "triage", "geo"})
        config[part] = shipped + config[part].get<std::string>();
    std::ofstream{this->config()} << config.dump();
}

void RealDatabase::live() {
    namespace fs = std::filesystem;
    const std::string where = " --data '" + data() + "' --config '" + config() + "'";
    const Ended demo = run_command("'" SAIDUAN_BINARY "' demo --complaints 100" + where);
    require(demo.status == 0, "saiduan demo: " + demo.said);
    fs::create_directory(older());
    for (const char* file : {"/saiduan.db", "/checkpoint"})
        fs::copy_file(data() + file, older() + file);
    ServerProcess server{serve_command(data(), config()), data() + "/serve.log"};
    const std::string database = data() + "/saiduan.db";
    Life life{server.port, tokens_in(demo.said)};
    const std::vector<Filed> filed = life.file(24);
    life.reporters(filed);
    life.staff();
    life.keys();
    wait_until(database, "SELECT count(*) FROM events WHERE kind = 27"); // the old key is retired
    wait_until(database, "SELECT count(*) > 0 FROM events WHERE kind = 18"); // a slow receipt
    wait_until(
        database,
        "SELECT (SELECT max(CAST(fact AS INTEGER)) FROM events WHERE kind = 37) ="
        " (SELECT max(id) FROM complaints WHERE marks IS NOT NULL)"
    );
    beside_server_ = run_command("'" SAIDUAN_BINARY "' audit verify" + where).status;
    server.signal(SIGTERM);
    require(server.wait_exit() == 0, "the server did not stop well");
}

} // namespace saiduan::test
