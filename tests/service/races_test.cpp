#include "tests/service/talk.hpp"

#include <map>
#include <set>
#include <thread>

using namespace saiduan;
using namespace saiduan::test;

TEST_CASE("of two dispatchers who race for a thousand cases exactly one gets each") {
    constexpr int cases = 1000;
    Service service;
    HttpClient client{service.station.port()};
    for (int i = 0; i < cases; ++i)
        REQUIRE(client.ask("POST", "/v1/complaints", {}, plain_complaint).status == 201);
    const Json queue = waiting_cases(client, service.token);
    REQUIRE(queue.size() == cases);
    using Statuses = std::map<std::string, int>;
    const auto claim_all = [&](const std::string& token, Statuses& statuses) {
        HttpClient own{service.station.port()};
        for (const Json& row : queue) {
            const std::string id = row.at("id").dump();
            const HttpHeaders headers = matching(token, "\"v1\"");
            statuses[id] = own.ask("POST", "/v1/cases/" + id + "/claim", headers).status;
        }
    };
    Statuses mine;
    Statuses theirs;
    std::thread other{[&] { claim_all(service.colleague, theirs); }};
    claim_all(service.token, mine);
    other.join();
    for (const auto& [id, status] : mine) {
        INFO("case " << id);
        CHECK(std::set<int>{status, theirs[id]} == std::set<int>{200, 409});
    }
    CHECK(waiting_cases(client, service.token).empty());
}

TEST_CASE("a complaint sent again under its key is the same complaint") {
    Service service;
    HttpClient client{service.station.port()};
    const HttpHeaders key{{"Idempotency-Key", "\"a1b2\""}};
    const HttpAnswer first = client.ask("POST", "/v1/complaints", key, plain_complaint);
    const HttpAnswer again = client.ask("POST", "/v1/complaints", key, plain_complaint);
    REQUIRE(first.status == 201);
    REQUIRE(again.status == 201);
    CHECK(again.body == first.body);
    CHECK(first.header("idempotency-replayed").empty());
    CHECK(again.header("idempotency-replayed") == "true");
    const HttpAnswer other = client.ask("POST", "/v1/complaints", key, R"({"text":"other"})");
    CHECK(other.status == 422);
    CHECK(Json::parse(other.body).at("type") == "/problems/key-reused");
    CHECK(waiting_cases(client, service.token).size() == 1);
}

TEST_CASE("a complaint sent at once by several connections under one key is one complaint") {
    constexpr int senders = 8;
    Service service;
    std::vector<std::thread> threads;
    std::vector<HttpAnswer> answers(senders);
    for (HttpAnswer& answer : answers)
        threads.emplace_back([&] {
            HttpClient own{service.station.port()};
            answer = own.ask(
                "POST", "/v1/complaints", {{"Idempotency-Key", "\"same\""}}, plain_complaint
            );
        });
    for (std::thread& thread : threads)
        thread.join();
    for (const HttpAnswer& answer : answers) {
        REQUIRE(answer.status == 201);
        CHECK(complaint_of(answer) == complaint_of(answers[0]));
    }
    HttpClient client{service.station.port()};
    CHECK(waiting_cases(client, service.token).size() == 1);
}
