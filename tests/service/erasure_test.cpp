#include "tests/service/reporter.hpp"
#include "tests/support/database.hpp"

#include <fstream>
#include <sstream>

using namespace saiduan;
using namespace saiduan::test;

namespace {

// Every byte of the database's three files.
std::string files_of(const std::string& database) {
    std::ostringstream out;
    for (const char* end : {"", "-wal", "-shm"}) {
        std::ifstream in{database + end, std::ios::binary};
        if (in && in.peek() != std::ifstream::traits_type::eof())
            out << in.rdbuf();
    }
    return out.str();
}

// What must leave the disk: the key without which no copy of the data key opens. The columns that
// are emptied besides may leave stale bytes where their rows once were (storage/sqlite/shred.hpp).
std::string shred_key_of(const Database& database, const std::string& complaint) {
    return database.value(
        "SELECT s.key FROM complaints p JOIN shred_keys s ON s.id = p.shred WHERE p.id = " +
        complaint
    );
}

std::string columns_left(const Database& database, const std::string& complaint) {
    return database.value(
        "SELECT count(sealed) + count(oversight_key) + count(marks) + count(receipt_check)"
        " + count(receipt_key) + count(receipt_pending)"
        " + (SELECT count(key) FROM cases WHERE complaint = p.id)"
        " + (SELECT count(*) FROM idempotency WHERE complaint = p.id)"
        " FROM complaints p WHERE id = " +
        complaint
    );
}

// With a telephone and two names, so that there are marks.
constexpr std::string_view long_complaint =
    R"({"text":"They took our passports and do not pay us",
        "reporter":{"role":"victim","phone":"081 234 5678"},
        "accused":{"name":"Somchai Example","employer":"Example Fishing"}})";

struct Office {
    Configuration configuration{};
    Station station{configuration.file()};
    std::string supervisor = station.token("labour", "supervisor");
    std::string police = station.token("police", "dispatcher");
    std::string police_head = station.token("police", "supervisor");
    Office() { station.start(); }
};

} // namespace

TEST_CASE("a legal hold keeps a complaint from being erased") {
    Office office;
    HttpClient client{office.station.port()};
    const FiledComplaint filed = file(client, plain_complaint);
    const Json line = line_of(client, office.supervisor, "labour", filed.id);
    const auto step = [&](const std::string& what, const Json& body = Json::object()) {
        return step_case(client, office.supervisor, line, what, body).status;
    };
    const auto erase = [&] {
        const std::string path = "/v1/cases/" + line.at("id").dump() + "/erasure";
        return client.ask("POST", path, bearer(office.supervisor)).status;
    };
    CHECK(erase() == 409); // still open
    REQUIRE(step("claim") == 200);
    REQUIRE(step("resolution", {{"outcome", "assisted"}}) == 200);
    REQUIRE(step("legal-hold", {{"reason", "the court asked"}}) == 200);
    CHECK(step("legal-hold", {{"reason", "again"}}) == 409);
    CHECK(opened_case(client, office.supervisor, line).at("legal_hold") == true);
    CHECK(erase() == 409);
    CHECK(opened_case(client, office.supervisor, line).at("content").is_object());
    const HttpAnswer lifted =
        step_case(client, office.supervisor, line, "legal-hold", Json::object(), "DELETE");
    CHECK(lifted.status == 200);
    CHECK(erase() == 204);
    CHECK(opened_case(client, office.supervisor, line).at("erased") == true);
    CHECK(erase() == 404);
}

TEST_CASE("an agency that was only notified, or has another's number, erases nothing") {
    Office office;
    HttpClient client{office.station.port()};
    const FiledComplaint filed = file(client, plain_complaint);
    const Json line = line_of(client, office.supervisor, "labour", filed.id);
    REQUIRE(add(client, session(client, filed.receipt), "danger").status == 201);
    const Json second = line_of(client, office.police_head, "police", filed.id);
    REQUIRE(step_case(client, office.police_head, second, "claim").status == 200);
    const Json outcome{{"outcome", "rescued"}};
    REQUIRE(step_case(client, office.police_head, second, "resolution", outcome).status == 200);
    const auto erase = [&](const Json& id) {
        const std::string path = "/v1/cases/" + id.dump() + "/erasure";
        return client.ask("POST", path, bearer(office.police_head)).status;
    };
    CHECK(erase(second.at("id")) == 409);
    CHECK(erase(line.at("id")) == 404);
    CHECK(opened_case(client, office.supervisor, line).at("erased") == false);
}

TEST_CASE("what is erased is gone for everybody and from the disk; the trail and figures stay") {
    Office office;
    HttpClient client{office.station.port()};
    const FiledComplaint kept = file(client, plain_complaint);
    const FiledComplaint filed =
        file(client, long_complaint, {{"Idempotency-Key", "\"erase-me\""}});
    const std::string reporter = session(client, filed.receipt);
    REQUIRE(add(client, reporter, "messages", {{"text", "please come"}}).status == 201);
    const Json line = line_of(client, office.supervisor, "labour", filed.id);
    const std::string path = "/v1/cases/" + line.at("id").dump();
    REQUIRE(step_case(client, office.supervisor, line, "claim").status == 200);
    REQUIRE(step_case(client, office.supervisor, line, "notes", {{"text", "seen"}}).status == 200);
    const Json outcome{{"outcome", "assisted"}};
    REQUIRE(step_case(client, office.supervisor, line, "resolution", outcome).status == 200);

    const Database database{office.station.database()};
    const std::string shred = shred_key_of(database, filed.id);
    REQUIRE(shred.size() == 32);
    const auto on_disk = [&] {
        return files_of(office.station.database()).find(shred) != std::string::npos;
    };
    CHECK(on_disk());
    CHECK(columns_left(database, filed.id) != "0");
    const auto trail = [&] {
        const HttpAnswer answer = client.ask("GET", path + "/trail", bearer(office.supervisor));
        REQUIRE(answer.status == 200);
        return Json::parse(answer.body).at("events");
    };
    const Json trail_before = trail();
    const std::string statistics = "/v1/statistics?by=month,queue";
    const auto figures = [&] {
        const HttpAnswer answer = client.ask("GET", statistics, bearer(office.supervisor));
        REQUIRE(answer.status == 200);
        return Json::parse(answer.body).at("rows");
    };
    const Json figures_before = figures();

    REQUIRE(client.ask("POST", path + "/erasure", bearer(office.supervisor)).status == 204);
    CHECK_FALSE(on_disk());
    CHECK(columns_left(database, filed.id) == "0");
    const Json opened = opened_case(client, office.supervisor, line);
    CHECK(opened.at("erased") == true);
    CHECK(opened.at("content").is_null());
    CHECK(opened.at("assessment").is_null());
    for (const Json& event : opened.at("events"))
        CHECK(event.at("detail").empty());
    const Json trail_after = trail();
    REQUIRE(trail_after.size() > trail_before.size());
    for (std::size_t i = 0; i < trail_before.size(); ++i)
        CHECK(trail_after.at(i) == trail_before.at(i));
    CHECK(figures() == figures_before);

    CHECK(try_receipt(client, filed.receipt).status == 404);
    CHECK(try_receipt(client, under_duress(filed.receipt)).status == 404);
    CHECK(client.ask("GET", "/v1/complaint", bearer(reporter)).status == 404);
    // The session still knows the key: nothing it sends may bring the content back.
    CHECK(add(client, reporter, "messages", {{"text", "hello"}}).status == 404);
    CHECK(add(client, reporter, "danger").status == 404);
    CHECK(line_of(client, office.police, "police", filed.id).is_null());
    CHECK(step_case(client, office.supervisor, line, "notes", {{"text", "x"}}).status == 409);
    CHECK(view(client, session(client, kept.receipt)).at("complaint").dump() == kept.id);
    CHECK(office.station.stop() == 0);
    CHECK(office.station.audit("") == 0);
    CHECK_FALSE(on_disk());
}
