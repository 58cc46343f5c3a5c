#include "tests/service/reporter.hpp"
#include "tests/support/database.hpp"

#include <csignal>

using namespace saiduan;
using namespace saiduan::test;

namespace {

HttpAnswer make_token(
    HttpClient& client, const std::string& by, const std::string& role, const std::string& label
) {
    const Json wish{{"role", role}, {"label", label}};
    return client.ask("POST", "/v1/tokens", bearer(by), wish.dump());
}

int revoke(HttpClient& client, const std::string& by, const Json& id) {
    return client.ask("DELETE", "/v1/tokens/" + id.dump(), bearer(by)).status;
}

constexpr const char* labour_queue = "/v1/queues/labour/cases";

} // namespace

TEST_CASE("taking statistics away, and using the recovery key, are events of the trail") {
    const Configuration configuration;
    Station station{configuration.file()};
    const std::string analyst = station.token("labour", "analyst");
    station.start();
    HttpClient client{station.port()};
    const Database database{station.database()};
    const auto events = [&](const char* kind_and_more) {
        return database.value(
            std::string{"SELECT count(*) FROM events e JOIN agencies a ON a.id = e.agency"
                        " WHERE a.key = 'labour' AND kind = "} +
            kind_and_more
        );
    };
    CHECK(events("36 AND fact = 'recovery key'") == "1");
    HttpHeaders headers = bearer(analyst);
    REQUIRE(client.ask("GET", "/v1/statistics?by=queue", headers).status == 200);
    CHECK(events("23") == "0");
    headers.emplace_back("Accept", "text/csv");
    REQUIRE(client.ask("GET", "/v1/statistics?by=queue,month", headers).status == 200);
    CHECK(events("23 AND actor LIKE 'analyst/%' AND fact = 'statistics by queue,month'") == "1");
    CHECK(station.stop() == 0);
    CHECK(station.audit("") == 0);
}

TEST_CASE("a supervisor makes tokens that open the agency's cases, and revokes them at once") {
    const Configuration configuration;
    Station station{configuration.file()};
    const std::string supervisor = station.token("labour", "supervisor");
    const std::string police = station.token("police", "supervisor");
    station.start();
    HttpClient client{station.port()};
    const FiledComplaint before = file(client, plain_complaint);
    const HttpAnswer made = make_token(client, supervisor, "dispatcher", "Noi");
    REQUIRE(made.status == 201);
    const Json said = Json::parse(made.body);
    const std::string token = said.at("token").get<std::string>();
    const FiledComplaint after = file(client, plain_complaint);
    for (const FiledComplaint& filed : {before, after}) {
        const Json line = line_of(client, token, "labour", filed.id);
        CHECK(opened_case(client, token, line).at("content") == Json::parse(plain_complaint));
    }
    const HttpAnswer list = client.ask("GET", "/v1/tokens", bearer(supervisor));
    CHECK(list.body.find("\"Noi\"") != std::string::npos);
    CHECK(list.body.find(token) == std::string::npos);
    CHECK(client.ask("GET", "/v1/tokens", bearer(police)).body.find("Noi") == std::string::npos);
    CHECK(revoke(client, police, said.at("id")) == 404);
    CHECK(client.ask("GET", labour_queue, bearer(token)).status == 200);

    CHECK(revoke(client, supervisor, said.at("id")) == 204);
    CHECK(client.ask("GET", labour_queue, bearer(token)).status == 401);
    CHECK(revoke(client, supervisor, said.at("id")) == 404);
    const Database database{station.database()};
    const std::string copies = "SELECT count(*) FROM key_copies WHERE token = ";
    CHECK(database.value(copies + said.at("id").dump()) == "0");
    CHECK(station.stop() == 0);
    station.start();
    HttpClient anew{station.port()};
    CHECK(anew.ask("GET", labour_queue, bearer(token)).status == 401);
}

TEST_CASE("only a supervisor makes and revokes tokens, with roles and labels that exist") {
    Service service;
    const std::string& dispatcher = service.token;
    HttpClient client{service.station.port()};
    for (const std::string& token : {dispatcher, service.analyst}) {
        CHECK(make_token(client, token, "dispatcher", "Noi").status == 403);
        CHECK(client.ask("GET", "/v1/tokens", bearer(token)).status == 403);
        CHECK(revoke(client, token, 1) == 403);
        CHECK(client.ask("POST", "/v1/key-rotations", bearer(token)).status == 403);
    }
    CHECK(service.station.stop() == 0);
    const std::string supervisor = service.station.token("labour", "supervisor");
    service.station.start();
    HttpClient anew{service.station.port()};
    CHECK(make_token(anew, supervisor, "king", "Noi").status == 422);
    CHECK(make_token(anew, supervisor, "dispatcher", "a/b").status == 422);
    CHECK(make_token(anew, supervisor, "dispatcher", "").status == 422);
    CHECK(anew.ask("GET", labour_queue, bearer(dispatcher)).status == 200);
}

TEST_CASE("polls and streams of a revoked token end") {
    const Configuration configuration;
    Station station{configuration.file()};
    const std::string supervisor = station.token("labour", "supervisor");
    station.start();
    HttpClient client{station.port()};
    HttpClient poll{station.port()};
    HttpClient stream{station.port()};
    const Json made = Json::parse(make_token(client, supervisor, "dispatcher", "Noi").body);
    const std::string token = made.at("token").get<std::string>();
    stream.send(http_request("GET", "/v1/queues/labour/stream", bearer(token)));
    REQUIRE(stream.receive_head().status == 200);
    CHECK(stream.receive_until("\n\n") == "retry: 5000\n\n");
    HttpHeaders seen = bearer(token);
    seen.emplace_back("If-None-Match", poll.ask("GET", labour_queue, seen).header("etag"));
    seen.emplace_back("Prefer", "wait=50");
    poll.send(http_request("GET", labour_queue, seen));
    REQUIRE(revoke(client, supervisor, made.at("id")) == 204);
    CHECK(poll.receive().status == 401);
    static_cast<void>(file(client, plain_complaint));
    CHECK_THROWS_AS(static_cast<void>(stream.receive_until("event: case")), std::runtime_error);
}

TEST_CASE("an analyst's token opens no content and holds no key, also after a rotation") {
    Service service;
    HttpClient client{service.station.port()};
    static_cast<void>(file(client, plain_complaint));
    CHECK(client.ask("GET", "/v1/cases/1", bearer(service.analyst)).status == 403);
    CHECK(client.ask("GET", "/v1/cases/1/trail", bearer(service.analyst)).status == 403);
    CHECK(client.ask("GET", "/v1/statistics?by=month", bearer(service.analyst)).status == 200);
    CHECK(service.station.stop() == 0);
    const std::string supervisor = service.station.token("labour", "supervisor");
    service.station.start();
    HttpClient anew{service.station.port()};
    CHECK(anew.ask("POST", "/v1/key-rotations", bearer(supervisor)).status == 202);
    const Database database{service.station.database()};
    const auto copies = [&](const std::string& role) {
        return database.value(
            "SELECT count(*) FROM key_copies k JOIN tokens t ON t.id = k.token WHERE t.role = '" +
            role + "'"
        );
    };
    CHECK(copies("analyst") == "0");
    CHECK(copies("dispatcher") != "0");
}

TEST_CASE("oversight reads any case, is recorded and named, and moves none") {
    const Configuration configuration;
    Station station{configuration.file()};
    const std::string labour = station.token("labour", "dispatcher");
    const std::string inner = station.token("labour", "auditor");
    const std::string auditor = station.token("oversight", "auditor");
    const std::string head = station.token("oversight", "supervisor");
    station.start();
    HttpClient client{station.port()};
    const FiledComplaint filed = file(client, plain_complaint);
    const std::string reporter = session(client, filed.receipt);
    const Json line = line_of(client, labour, "labour", filed.id);
    const std::string path = "/v1/cases/" + line.at("id").dump();
    CHECK(client.ask("GET", path, bearer(inner)).status == 404);
    CHECK(opened_case(client, auditor, line).at("content") == Json::parse(plain_complaint));
    const Json opened = view(client, reporter).at("opened");
    REQUIRE(opened.size() == 1);
    CHECK(opened.at(0).at("agency") == "oversight");
    CHECK(opened.at(0).at("role") == "auditor");
    const HttpAnswer trail = client.ask("GET", path + "/trail", bearer(auditor));
    REQUIRE(trail.status == 200);
    const Json events = Json::parse(trail.body).at("events");
    CHECK(events.at(1).at("kind") == "read");
    CHECK(events.at(1).at("actor").get<std::string>().starts_with("auditor/"));

    for (const std::string what : {"claim", "notes", "resolution"})
        CHECK(
            client.ask("POST", path + "/" + what, matching(auditor, "\"v1\""), R"({"text":"x"})")
                .status == 403
        );
    CHECK(client.ask("POST", path + "/claim", matching(head, "\"v1\"")).status == 404);
    REQUIRE(step_case(client, labour, line, "claim").status == 200);
    REQUIRE(step_case(client, labour, line, "resolution", {{"outcome", "assisted"}}).status == 200);
    CHECK(client.ask("POST", path + "/erasure", bearer(head)).status == 403);
    CHECK(client.ask("POST", path + "/erasure", bearer(auditor)).status == 403);
    CHECK(opened_case(client, labour, line).at("erased") == false);
}
