#include "tests/service/talk.hpp"

using namespace saiduan;
using namespace saiduan::test;

namespace {

// Takes the step with the tag read last; the new tag replaces it.
Json step(
    HttpClient& client,
    const std::string& token,
    const std::string& path,
    std::string& etag,
    std::string_view body
) {
    const HttpAnswer answer = client.ask("POST", path, matching(token, etag), body);
    INFO(path << ": " << answer.body);
    REQUIRE(answer.status == 200);
    CHECK(answer.header("etag") != etag);
    etag = answer.header("etag");
    return Json::parse(answer.body);
}

} // namespace

TEST_CASE("a complaint goes the whole line from filing to reopening") {
    Service service;
    HttpClient client{service.station.port()};
    const HttpAnswer filed = client.ask("POST", "/v1/complaints", {}, plain_complaint);
    REQUIRE(filed.status == 201);
    CHECK(filed.header("content-type") == "application/json");
    CHECK(filed.header("cache-control") == "no-store");

    const Json queue = waiting_cases(client, service.token);
    REQUIRE(queue.size() == 1);
    CHECK(queue[0].at("complaint") == complaint_of(filed));
    CHECK_FALSE(queue[0].contains("content"));
    const std::string path = "/v1/cases/" + queue[0].at("id").dump();

    const HttpAnswer read = client.ask("GET", path, bearer(service.token));
    REQUIRE(read.status == 200);
    CHECK(Json::parse(read.body).at("content") == Json::parse(plain_complaint));
    std::string etag = read.header("etag");
    CHECK(etag == "\"v1\"");

    const Json claimed = step(client, service.token, path + "/claim", etag, "");
    CHECK(claimed.at("state") == "claimed");
    CHECK(claimed.at("claimed_by").is_string());
    CHECK(waiting_cases(client, service.token).empty());
    step(client, service.token, path + "/contacts", etag, R"({"method":"call","reached":false})");
    step(client, service.token, path + "/notes", etag, R"({"text":"Will call again"})");
    const Json resolved =
        step(client, service.token, path + "/resolution", etag, R"({"outcome":"assisted"})");
    CHECK(resolved.at("state") == "resolved");
    const Json reopened =
        step(client, service.token, path + "/reopening", etag, R"({"reason":"New facts"})");
    CHECK(reopened.at("state") == "waiting");
    CHECK(reopened.at("claimed_by").is_null());
    CHECK(etag == "\"v6\"");

    const Json trail =
        Json::parse(client.ask("GET", path, bearer(service.token)).body).at("events");
    std::vector<std::string> kinds;
    for (const Json& event : trail)
        if (event.at("kind") != "read")
            kinds.push_back(event.at("kind").get<std::string>());
    CHECK(
        kinds ==
        std::vector<std::string>{"filed", "claimed", "contacted", "noted", "resolved", "reopened"}
    );
}

TEST_CASE("the queue answers 304 to the tag it gave, HEAD has no body, OPTIONS names the methods") {
    Service service;
    HttpClient client{service.station.port()};
    const std::string path = "/v1/queues/labour/cases";
    const HttpAnswer first = client.ask("GET", path, bearer(service.token));
    REQUIRE(first.status == 200);
    HttpHeaders seen = bearer(service.token);
    seen.emplace_back("If-None-Match", first.header("etag"));
    CHECK(client.ask("GET", path, seen).status == 304);
    const HttpAnswer head = client.ask("HEAD", path, bearer(service.token));
    CHECK(head.status == 200);
    CHECK(head.header("content-length") == first.header("content-length"));
    const HttpAnswer options = client.ask("OPTIONS", "/v1/complaints");
    CHECK(options.status == 204);
    CHECK(options.header("allow") == "POST, OPTIONS");
}

TEST_CASE("two requests in one write get two answers in their order") {
    Service service;
    HttpClient client{service.station.port()};
    client.send(
        http_request("POST", "/v1/complaints", {}, plain_complaint) +
        http_request("GET", "/v1/queues/labour/cases", bearer(service.token))
    );
    const HttpAnswer filed = client.receive();
    const HttpAnswer queue = client.receive();
    CHECK(filed.status == 201);
    REQUIRE(queue.status == 200);
    CHECK(Json::parse(queue.body).at("cases").size() == 1);
}

TEST_CASE("a waiting poll is answered by the next case") {
    Service service;
    HttpClient waiting{service.station.port()};
    HttpClient reporter{service.station.port()};
    const std::string path = "/v1/queues/labour/cases";
    HttpHeaders seen = bearer(service.token);
    seen.emplace_back("If-None-Match", waiting.ask("GET", path, seen).header("etag"));
    seen.emplace_back("Prefer", "wait=50");
    waiting.send(http_request("GET", path, seen));
    REQUIRE(reporter.ask("POST", "/v1/complaints", {}, plain_complaint).status == 201);
    const HttpAnswer woken = waiting.receive();
    REQUIRE(woken.status == 200);
    CHECK(Json::parse(woken.body).at("cases").size() == 1);
}

TEST_CASE("the stream tells the number of a new case and nothing of what it says") {
    Service service;
    HttpClient stream{service.station.port()};
    HttpClient reporter{service.station.port()};
    stream.send(http_request("GET", "/v1/queues/labour/stream", bearer(service.token)));
    const HttpAnswer head = stream.receive_head();
    REQUIRE(head.status == 200);
    CHECK(head.header("content-type") == "text/event-stream");
    CHECK(stream.receive_until("\n\n") == "retry: 5000\n\n");
    REQUIRE(reporter.ask("POST", "/v1/complaints", {}, plain_complaint).status == 201);
    const std::string event = stream.receive_until("\n\n");
    const std::string id = waiting_cases(reporter, service.token).at(0).at("id").dump();
    CHECK(event.find("event: case.filed\n") != std::string::npos);
    CHECK(event.ends_with("data: {\"case\":" + id + ",\"queue\":\"labour\"}\n\n"));
}

TEST_CASE("a flood from one client is stored, never refused") {
    Service service;
    HttpClient client{service.station.port()};
    for (int i = 0; i < 100; ++i)
        REQUIRE(client.ask("POST", "/v1/complaints", {}, plain_complaint).status == 201);
    CHECK(waiting_cases(client, service.token).size() == 100);
}
