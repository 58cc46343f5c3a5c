// A day of the real program with marked content; afterwards nothing of it may stand anywhere in the
// clear: not in the data folder, the log, the figures for operations or what anyone may fetch.
#include "storage/vault/key_file.hpp"
#include "tests/privacy/markers.hpp"
#include "tests/service/reporter.hpp"
#include "tests/support/database.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace saiduan;
using namespace saiduan::test;

namespace {

namespace fs = std::filesystem;

constexpr const char* client_address = "127.0.0.77";
constexpr double latitude = 13.547512, longitude = 100.274498;
constexpr double later_latitude = 7.884361, later_longitude = 98.391127;

// Words that come up nowhere else.
constexpr const char* words[] = {
    "zyxquorvath", // texts
    "เรือประมงทดสอบเครื่องหมาย",
    "brelmigost",
    "ofterquandle",
    "nirvexaply",
    "Nhatvexomir", // names
    "Duongquillan",
    "Somkiattest",
    "Grauwasserfisch",
    "0812345679", // telephones, as typed and as stored
    "66812345679",
    "081 234 5679",
    "0899876512",
    "Blauwefalterin", // the code word
    "QZ-90817",       // a vehicle
    "plintovarsk",    // what staff write
    "hravoskelte",
    "quombelfirth",
    "vintrasolkey", // an Idempotency-Key
    "drommelwisp",  // what was sent by mistake
    "kreskyvolten",
    "yondermaple9",
    client_address
};

std::string file_bytes(const fs::path& path) {
    std::ostringstream out;
    std::ifstream in{path, std::ios::binary};
    if (in && in.peek() != std::ifstream::traits_type::eof())
        out << in.rdbuf();
    return out.str();
}

// Everything the server has written so far.
std::map<std::string, std::string> written(const Station& station) {
    std::map<std::string, std::string> out;
    for (const auto& entry : fs::recursive_directory_iterator{station.data()})
        if (entry.is_regular_file())
            out[entry.path().string()] = file_bytes(entry.path());
    out[station.log_file()] = file_bytes(station.log_file());
    return out;
}

// The lists so far, and the secrets that came out on the way.
struct Day {
    Day() {
        for (const char* word : words)
            watch(traces_of_text(word));
        for (const double value : {latitude, longitude, later_latitude, later_longitude})
            watch(traces_of_coordinate(value));
        for (const char* role : {"supervisor", "dispatcher"})
            tokens.push_back(station.token("labour", role));
        tokens.push_back(station.token("police", "dispatcher"));
        tokens.push_back(station.token("oversight", "auditor"));
        for (const std::string& token : tokens)
            watch_secret(token);
        std::ifstream recovery{station.recovery_key_file()};
        std::string printed;
        std::getline(recovery, printed);
        watch(traces_of_text(printed));
        const auto key = parse_recovery(printed);
        REQUIRE(key.has_value());
        watch(traces_of_bytes("recovery key", std::string{key->view()}));
    }

    void watch(std::vector<Trace> more) {
        for (Trace& trace : more)
            traces.push_back(std::move(trace));
    }
    // A bearer secret: as it is, and the bytes its text stands for.
    void watch_secret(const std::string& secret) {
        watch(traces_of_text(secret));
        watch(traces_of_text(secret.substr(3)));
        std::string padded = secret.substr(3);
        for (char& c : padded)
            c = c == '-' ? '+' : c == '_' ? '/' : c;
        watch(traces_of_text(padded));
    }
    void watch_receipt(const std::string& receipt) {
        std::string digits = receipt;
        std::erase(digits, ' ');
        watch(traces_of_digits(digits));
        watch(traces_of_digits(digits.substr(4, 4) + digits.substr(0, 4) + digits.substr(8)));
        watch(traces_of_text(digits.substr(8, 14))); // the secret alone
    }

    Configuration configuration{};
    Station station{configuration.file()};
    std::vector<std::string> tokens; // labour's supervisor and dispatcher, police, oversight
    std::vector<Trace> traces;
};

Json marked_complaint() {
    return {
        {"text", "They zyxquorvath beat us on the boat เรือประมงทดสอบเครื่องหมาย"},
        {"location",
         {{"latitude", latitude},
          {"longitude", longitude},
          {"accuracy_m", 30},
          {"description", "behind brelmigost"}}},
        {"reporter",
         {{"role", "victim"}, {"name", "Nhatvexomir Duongquillan"}, {"phone", "081 234 5679"}}},
        {"contact", {{"safe", true}, {"code_word", "Blauwefalterin"}}},
        {"accused",
         {{"name", "Somkiattest"},
          {"employer", "Grauwasserfisch"},
          {"phone", "0899876512"},
          {"vehicle", "QZ-90817"}}}
    };
}

// What reporters and staff rightly send. Returns the complaint's number.
std::string live_through(Day& day, HttpClient& client) {
    const HttpHeaders retry{{"Idempotency-Key", "\"vintrasolkey\""}};
    const std::string body = marked_complaint().dump();
    const FiledComplaint filed = file(client, body, retry);
    CHECK(file(client, body, retry).receipt == filed.receipt);
    day.watch_receipt(filed.receipt);
    const std::string reporter = session(client, filed.receipt);
    const std::string forced = session(client, under_duress(filed.receipt));
    for (const std::string& token : {reporter, forced}) {
        day.watch_secret(token);
        CHECK(add(client, token, "messages", {{"text", "ofterquandle"}}).status == 201);
        const Json position{
            {"latitude", later_latitude},
            {"longitude", later_longitude},
            {"description", "near nirvexaply"}
        };
        CHECK(add(client, token, "locations", position).status == 201);
    }
    CHECK(add(client, reporter, "danger").status == 201);
    const std::string& supervisor = day.tokens[0];
    const std::string agency = filed.answer.at("queue");
    REQUIRE(agency == "labour");
    const Json own = line_of(client, supervisor, agency, filed.id);
    REQUIRE(own.is_object());
    const auto step = [&](const char* what, const Json& detail) {
        CHECK(step_case(client, supervisor, own, what, detail).status == 200);
    };
    step("claim", Json::object());
    step("notes", {{"text", "plintovarsk"}});
    step("messages", {{"text", "hravoskelte"}});
    step("contacts", {{"method", "call"}, {"note", "quombelfirth"}});
    step("resolution", {{"outcome", "assisted"}, {"text", "plintovarsk"}});
    const Json seen = view(client, session(client, filed.receipt));
    CHECK(seen.at("messages").size() == 3);
    CHECK(add(client, reporter, "withdrawal", {{"reason", "drommelwisp"}}).status == 201);
    CHECK(client.ask("POST", "/v1/key-rotations", bearer(supervisor)).status == 202);
    const Json wish{{"role", "dispatcher"}, {"label", "new"}};
    const HttpAnswer made = client.ask("POST", "/v1/tokens", bearer(supervisor), wish.dump());
    REQUIRE(made.status == 201);
    day.watch_secret(Json::parse(made.body).at("token").get<std::string>());
    return filed.id;
}

// What people and programs wrongly send; each answer is a fault.
void do_wrong(Day& day, HttpClient& client) {
    const auto refused = [&](const std::string& method,
                             const std::string& target,
                             const HttpHeaders& headers,
                             std::string_view body) {
        const int status = client.ask(method, target, headers, body).status;
        INFO(method << " " << target << " " << body);
        CHECK(status >= 400);
        CHECK(status < 500);
    };
    refused("POST", "/v1/complaints", {}, R"({"text":"drommelwisp zyxquorvath)");
    refused("POST", "/v1/complaints", {}, R"({"drommelwisp":"kreskyvolten","text":7})");
    // No language, but no reason to turn anybody away: whether it is taken is another test's
    // matter.
    constexpr std::string_view odd = R"({"text":"12 345","language":"kreskyvolten drommelwisp"})";
    static_cast<void>(client.ask("POST", "/v1/complaints", {}, odd));
    refused(
        "POST",
        "/v1/complaints",
        {{"Content-Type", "text/drommelwisp"}},
        R"({"text":"kreskyvolten"})"
    );
    refused(
        "POST",
        "/v1/complaints",
        {{"Idempotency-Key", "kresky volten drommelwisp"}},
        R"({"text":"x"})"
    );
    refused("POST", "/v1/complaints", {{"Idempotency-Key", "\"vintrasolkey\""}}, R"({"text":"x"})");
    refused("POST", "/v1/receipt-sessions", {}, R"({"receipt":"drommelwisp"})");
    refused("POST", "/v1/receipt-sessions", {}, R"({"receipt":"1234 5678 9012 3456 7890 1234"})");
    refused("GET", "/v1/complaint", bearer("sr_drommelwisp"), "");
    refused("GET", "/v1/drommelwisp", {}, "");
    refused("GET", "/tile/drommelwisp", {}, "");
    refused("GET", "/v1/queues/drommelwisp/cases", bearer(day.tokens[1]), "");
    refused("GET", "/v1/queues/labour/cases?after=yondermaple9", bearer(day.tokens[1]), "");
    refused("GET", "/v1/queues/labour/cases", bearer("sd_yondermaple9"), "");
    refused("POST", "/v1/cases/1/notes", matching(day.tokens[1], "\"vyondermaple9\""), "[]");
    refused("POST", "/v1/checkpoint/cosignatures", {}, R"({"line":"yondermaple9 drommelwisp"})");
    for (const std::string& bytes :
         {std::string{"drommelwisp kreskyvolten\r\n\r\n"},
          "GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + std::string(9000, 'x') + "yondermaple9\r\n\r\n",
          std::string{"POST /v1/complaints HTTP/1.1\r\nHost: x\r\nContent-Type: application/json"
                      "\r\nContent-Length: 400000\r\n\r\n{\"text\":\"kreskyvolten"}}) {
        HttpClient own{day.station.port(), client_address};
        own.send(bytes);
        CHECK(own.receive().status >= 400);
    }
}

// What anyone, or any auditor, may fetch.
std::map<std::string, std::string> published(Day& day) {
    HttpClient client{day.station.port(), client_address};
    HttpClient operations{day.station.process().operations_port};
    std::map<std::string, std::string> out;
    out["/checkpoint"] = client.ask("GET", "/checkpoint").body;
    out["/metrics"] = operations.ask("GET", "/metrics").body;
    out["/readyz"] = operations.ask("GET", "/readyz").body;
    const HttpHeaders staff = bearer(day.tokens[0]);
    out["statistics"] = client.ask("GET", "/v1/statistics?by=month,queue,nationality", staff).body;
    out["queue"] = client.ask("GET", "/v1/queues/labour/cases?state=resolved", staff).body;
    CHECK(out["/metrics"].find("saiduan") != std::string::npos);
    CHECK(out["/checkpoint"].size() > 100);
    return out;
}

// Numbers and short byte strings cannot be searched for in raw bytes, where they come up by chance.
void check_no_address_column(const std::string& path) {
    const Database database{path};
    constexpr const char* tables_sql = "SELECT name FROM sqlite_master WHERE type = 'table'";
    for (const Database::Row& table : database.rows(tables_sql))
        for (const Database::Row& column : database.rows("PRAGMA table_info(" + table[0] + ")")) {
            const std::string& name = column[1];
            INFO(table[0] << "." << name);
            CHECK(
                database.value(
                    "SELECT count(*) FROM " + table[0] + " WHERE " + name +
                    " IN (x'7f00004d', x'4d00007f', x'00000000000000000000ffff7f00004d',"
                    " 2130706509, 1291845759) OR typeof(" +
                    name + ") = 'real'"
                ) == "0"
            );
        }
}

void check_clean(const Day& day, const std::map<std::string, std::string>& files) {
    for (const std::string& leak : found(day.traces, files))
        FAIL_CHECK("found " << leak);
}

} // namespace

TEST_CASE("the search finds every secret in every encoding, wherever it stands") {
    Day day;
    day.station.start();
    HttpClient client{day.station.port()};
    const FiledComplaint filed = file(client, plain_complaint);
    day.watch_receipt(filed.receipt);
    CHECK(day.station.stop() == 0);
    const std::map<std::string, std::string> clean = written(day.station);
    REQUIRE(clean.at(day.station.database()).size() > 10'000);
    REQUIRE_FALSE(clean.at(day.station.log_file()).empty());
    for (const Trace& trace : day.traces) {
        INFO(trace.what);
        CHECK(trace.bytes.size() >= 6);
        for (const std::string& name : {day.station.database(), day.station.log_file()}) {
            std::string copy = clean.at(name);
            copy.insert(copy.size() / 2 + 1, trace.bytes);
            CHECK_FALSE(found({trace}, {{name, copy}}).empty());
        }
    }
    std::map<std::string, std::string> seeded = clean;
    seeded[day.station.database()].replace(5000, 11, "zyxquorvath");
    seeded[day.station.log_file()] += "client 127.0.0.77\n";
    const std::vector<std::string> all = found(day.traces, seeded);
    for (const std::string& wanted :
         {"zyxquorvath as it is in " + day.station.database(),
          "127.0.0.77 as it is in " + day.station.log_file()})
        CHECK(std::find(all.begin(), all.end(), wanted) != all.end());
    CHECK(found(day.traces, clean).empty());
}

TEST_CASE("after a day with a crash nothing that was said stands anywhere in the clear") {
    Day day;
    day.station.start();
    {
        HttpClient client{day.station.port(), client_address};
        const std::string complaint = live_through(day, client);
        do_wrong(day, client);
        // What is searched for was really said: staff still read it.
        const Json line = line_of(client, day.tokens[2], "police", complaint);
        REQUIRE(line.is_object());
        const std::string read = opened_case(client, day.tokens[2], line).dump();
        CHECK(read.find("zyxquorvath") != std::string::npos);
        CHECK(read.find("Blauwefalterin") != std::string::npos);
        check_clean(day, written(day.station));
        check_clean(day, published(day));
    }
    day.station.process().signal(SIGKILL);
    day.station.process().wait_exit();
    REQUIRE(written(day.station).contains(day.station.database() + "-wal"));
    check_clean(day, written(day.station));
    day.station.start();
    {
        HttpClient client{day.station.port(), client_address};
        do_wrong(day, client);
        check_clean(day, published(day));
        check_no_address_column(day.station.database());
    }
    CHECK(day.station.stop() == 0);
    check_clean(day, written(day.station));
}
