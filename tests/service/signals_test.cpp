#include "tests/service/talk.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <semaphore>
#include <set>
#include <sstream>
#include <thread>

using namespace saiduan;
using namespace saiduan::test;

namespace {

std::string read_text(const std::string& path) {
    std::ostringstream out;
    out << std::ifstream{path}.rdbuf();
    return out.str();
}

void write_text(const std::string& path, const std::string& text) {
    std::ofstream{path, std::ios::trunc} << text;
}

// The queue a complaint without any known phrase goes to.
std::string fallback_queue(HttpClient& client) {
    const HttpAnswer answer = client.ask("POST", "/v1/complaints", {}, R"({"text":"qqq"})");
    REQUIRE(answer.status == 201);
    return answer.body.find("police") != std::string::npos ? "police" : "labour";
}

} // namespace

TEST_CASE("after SIGTERM under load every acknowledged complaint is there") {
    constexpr int clients = 4;
    constexpr int before_the_signal = 200;
    Service service;
    std::mutex mutex;
    std::set<std::int64_t> acknowledged;
    std::counting_semaphore<> filed{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < clients; ++i)
        threads.emplace_back([&] {
            try {
                HttpClient client{service.station.port()};
                for (;;) {
                    const HttpAnswer answer =
                        client.ask("POST", "/v1/complaints", {}, plain_complaint);
                    if (answer.status == 201) {
                        const std::lock_guard lock{mutex};
                        acknowledged.insert(complaint_of(answer));
                    }
                    filed.release();
                }
            } catch (const std::runtime_error&) {
                filed.release(before_the_signal); // the server has gone
            }
        });
    for (int i = 0; i < before_the_signal; ++i)
        filed.acquire();
    CHECK(service.station.stop() == 0);
    for (std::thread& thread : threads)
        thread.join();
    CHECK(acknowledged.size() >= before_the_signal);
    service.station.start();
    HttpClient client{service.station.port()};
    for (const Json& row : waiting_cases(client, service.token))
        acknowledged.erase(row.at("complaint").get<std::int64_t>());
    CHECK(acknowledged.empty());
}

TEST_CASE("SIGHUP with broken rules keeps the old ones, with good ones takes the new") {
    constexpr int tries = 10'000;
    const Configuration configuration;
    const std::string rules_file = configuration.path("triage/rules.json");
    const std::string rules = read_text(rules_file);
    Station station{configuration.file()};
    station.start();
    HttpClient client{station.port()};
    REQUIRE(fallback_queue(client) == "labour");

    write_text(rules_file, "{");
    station.process().signal(SIGHUP);
    for (int i = 0; i < 10; ++i)
        CHECK(fallback_queue(client) == "labour");

    const std::string old_line = R"("fallback_queue": "labour")";
    std::string changed = rules;
    REQUIRE(changed.find(old_line) != std::string::npos);
    changed.replace(changed.find(old_line), old_line.size(), R"("fallback_queue": "police")");
    write_text(rules_file, changed);
    station.process().signal(SIGHUP);
    int tried = 0;
    while (tried < tries && fallback_queue(client) != "police")
        ++tried;
    CHECK(tried < tries);
    CHECK(station.stop() == 0);
}

TEST_CASE("a waiting poll is answered when SIGHUP brings new targets") {
    const Configuration configuration;
    Station station{configuration.file()};
    const std::string token = station.token("labour", "dispatcher");
    station.start();
    HttpClient client{station.port()};
    REQUIRE(client.ask("POST", "/v1/complaints", {}, plain_complaint).status == 201);
    const std::string path = "/v1/queues/labour/cases";
    HttpHeaders headers = bearer(token);
    const HttpAnswer before = client.ask("GET", path, headers);
    const auto claim_by = [](const HttpAnswer& answer) {
        return Json::parse(answer.body).at("cases").at(0).at("claim_by");
    };

    const std::string agencies_file = configuration.path("agencies.json");
    const std::string name = R"("claim_working_days": )";
    std::string agencies = read_text(agencies_file);
    for (std::size_t at = 0; (at = agencies.find(name, at)) != std::string::npos;)
        agencies.insert(at += name.size(), "1"); // 1 becomes 11
    write_text(agencies_file, agencies);
    station.process().signal(SIGHUP);
    headers.emplace_back("Prefer", "wait=50");
    headers.emplace_back("If-None-Match", "");
    // The news of the complaint itself may still come first.
    HttpAnswer after = before;
    for (int i = 0; i < 3 && claim_by(after) == claim_by(before); ++i) {
        headers.back().second = after.header("etag");
        after = client.ask("GET", path, headers);
        REQUIRE(after.status == 200);
    }
    CHECK(claim_by(after) != claim_by(before));
}

TEST_CASE("SIGTERM ends open streams and waiting polls in order") {
    Service service;
    HttpClient stream{service.station.port()};
    stream.send(http_request("GET", "/v1/queues/labour/stream", bearer(service.token)));
    CHECK(stream.receive_head().status == 200);
    CHECK(stream.receive_until("\n\n") == "retry: 5000\n\n");
    HttpClient poll{service.station.port()};
    HttpHeaders seen = bearer(service.token);
    const std::string path = "/v1/queues/labour/cases";
    seen.emplace_back("If-None-Match", poll.ask("GET", path, seen).header("etag"));
    seen.emplace_back("Prefer", "wait=50");
    poll.send(http_request("GET", path, seen));
    CHECK(service.station.stop() == 0);
    CHECK_THROWS_AS(static_cast<void>(stream.receive_until("event: case")), std::runtime_error);
}

TEST_CASE("the data folder of a running server is not touched by another program") {
    Service service;
    CHECK_THROWS_AS(
        static_cast<void>(service.station.token("labour", "dispatcher")), std::runtime_error
    );
    HttpClient client{service.station.port()};
    CHECK(client.ask("POST", "/v1/complaints", {}, plain_complaint).status == 201);
}
