#include "tests/service/reporter.hpp"

#include <csignal>
#include <memory>

using namespace saiduan;
using namespace saiduan::test;

namespace {

constexpr int tries_max = 10'000; // a reload is done long before

// The queue a complaint without any known phrase goes to.
FiledComplaint file_unknown(HttpClient& client) {
    return file(client, R"({"text":"qqq"})");
}

} // namespace

TEST_CASE("an agency added by SIGHUP takes complaints at once and opens them later") {
    const Configuration configuration;
    Station station{configuration.file()};
    station.start();
    auto client = std::make_unique<HttpClient>(station.port());
    REQUIRE(file_unknown(*client).answer.at("queue") == "labour");
    configuration.edit("agencies.json", [](Json& agencies) {
        agencies["agencies"].push_back({{"key", "shelter"}, {"name", {{"en", "Shelter"}}}});
    });
    configuration.edit("triage/rules.json", [](Json& rules) {
        rules["fallback_queue"] = "shelter";
    });
    station.process().signal(SIGHUP);
    FiledComplaint filed;
    for (int i = 0; i < tries_max && (i == 0 || filed.answer.at("queue") != "shelter"); ++i)
        filed = file_unknown(*client);
    REQUIRE(filed.answer.at("queue") == "shelter");
    const std::string reporter = session(*client, filed.receipt);
    CHECK(view(*client, reporter).at("readers").at(0).at("en") == "Shelter");

    CHECK(station.stop() == 0);
    const std::string token = station.token("shelter", "dispatcher");
    station.start();
    client = std::make_unique<HttpClient>(station.port());
    const Json line = line_of(*client, token, "shelter", filed.id);
    REQUIRE(line.is_object());
    CHECK(opened_case(*client, token, line).at("content").at("text") == "qqq");
}

TEST_CASE("the tokens of an agency that was configured away are refused until it is back") {
    const Configuration configuration;
    Station station{configuration.file()};
    const std::string ticac = station.token("ticac", "dispatcher");
    const std::string labour = station.token("labour", "dispatcher");
    station.start();
    HttpClient client{station.port()};
    HttpClient poll{station.port()};
    const std::string path = "/v1/queues/ticac/cases";
    HttpHeaders seen = bearer(ticac);
    seen.emplace_back("If-None-Match", poll.ask("GET", path, seen).header("etag"));
    seen.emplace_back("Prefer", "wait=50");
    poll.send(http_request("GET", path, seen));
    const auto reload_until = [&](int status) {
        station.process().signal(SIGHUP);
        int last = 0;
        for (int i = 0; i < tries_max && last != status; ++i)
            last = client.ask("GET", path, bearer(ticac)).status;
        return last == status;
    };
    Json all;
    configuration.edit("agencies.json", [&](Json& agencies) {
        all = agencies;
        agencies["agencies"].erase(2);
    });
    CHECK(reload_until(401));
    CHECK(poll.receive().status == 401);
    CHECK(client.ask("GET", "/v1/queues/labour/cases", bearer(labour)).status == 200);
    configuration.edit("agencies.json", [&](Json& agencies) { agencies = all; });
    CHECK(reload_until(200));
}
