// A disk that fills up, breaks or is too slow: what was acknowledged stays, the rest is told.
#include "tests/service/talk.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>

using namespace saiduan;
using namespace saiduan::test;

namespace {

const std::string shim = "LD_PRELOAD=" DISK_SHIM;

// The disk fails while it exists.
class Sign {
public:
    explicit Sign(const Station& station) : path_(station.folder() + "/sign") {}
    [[nodiscard]] const std::string& path() const { return path_; }
    void put_up() const { std::ofstream{path_}; }
    void take_down() const { std::filesystem::remove(path_); }

private:
    std::string path_;
};

HttpAnswer post(HttpClient& client, const std::string& key) {
    return client.ask("POST", "/v1/complaints", {{"Idempotency-Key", key}}, plain_complaint);
}

// How often each complaint waits in the labour queue.
std::multiset<std::int64_t> waiting(HttpClient& client, const std::string& token) {
    std::multiset<std::int64_t> out;
    for (const Json& row : waiting_cases(client, token))
        out.insert(row.at("complaint").get<std::int64_t>());
    return out;
}

int readiness(Station& station) {
    HttpClient operations{station.process().operations_port};
    return operations.ask("GET", "/readyz").status;
}

} // namespace

TEST_CASE("a full disk refuses what it cannot keep, and takes it when there is room again") {
    Service service;
    const Sign full{service.station};
    REQUIRE(service.station.stop() == 0);
    service.station.start({shim, "DISK_FULL_WHILE=" + full.path()});
    HttpClient client{service.station.port()};
    std::multiset<std::int64_t> kept{complaint_of(post(client, "before"))};
    full.put_up();
    for (int i = 0; i < 3; ++i) {
        const HttpAnswer refused = post(client, "lost-" + std::to_string(i));
        CHECK(refused.status == 503);
        CHECK_FALSE(refused.header("retry-after").empty());
    }
    // A case is not shown to somebody whose reading cannot be recorded.
    const std::string path = "/v1/cases/" + std::to_string(*kept.begin());
    CHECK(client.ask("GET", path, bearer(service.token)).status == 503);
    CHECK(waiting(client, service.token) == kept);
    full.take_down();
    for (int i = 0; i < 3; ++i) {
        const HttpAnswer taken = post(client, "lost-" + std::to_string(i));
        REQUIRE(taken.status == 201);
        kept.insert(complaint_of(taken));
    }
    CHECK(readiness(service.station) == 200);
    CHECK(waiting(client, service.token) == kept);
    CHECK(service.station.stop() == 0);
    CHECK(service.station.audit({}) == 0);
}

TEST_CASE("a sync that failed ends all writing until a restart, and nothing acknowledged is lost") {
    Service service;
    const Sign broken{service.station};
    for (const int end : {SIGTERM, SIGKILL}) {
        CAPTURE(end);
        service.station.process().signal(SIGTERM);
        service.station.process().wait_exit();
        service.station.start({shim, "DISK_BROKEN_WHILE=" + broken.path()});
        HttpClient client{service.station.port()};
        const std::string name = "round-" + std::to_string(end);
        REQUIRE(post(client, name + "-kept").status == 201);
        const std::multiset<std::int64_t> kept = waiting(client, service.token);
        broken.put_up();
        CHECK(post(client, name).status == 503);
        broken.take_down();
        // The disk seems well again, but what the failed sync left on it is unknown.
        CHECK(post(client, name).status == 503);
        CHECK(readiness(service.station) == 503);
        CHECK(waiting(client, service.token) == kept); // reading the queue goes on
        service.station.process().signal(end);
        service.station.process().wait_exit();
        service.station.start();
        HttpClient again{service.station.port()};
        const HttpAnswer retried = post(again, name);
        REQUIRE(retried.status == 201);
        std::multiset<std::int64_t> expected = kept;
        expected.insert(complaint_of(retried));
        CHECK(waiting(again, service.token) == expected);
    }
    CHECK(service.station.stop() == 0);
    CHECK(service.station.audit({}) == 0);
}

TEST_CASE("when the bounded queue is full the answer is 503 with Retry-After, and all else is kept"
) {
    constexpr int many = 40;
    const Configuration configuration;
    configuration.edit("saiduan.json", [](Json& all) { all["storage"]["queue_max"] = 4; });
    Station station{configuration.file()};
    const std::string token = station.token("labour", "dispatcher");
    station.start({shim, "DISK_SYNC=300000"});
    std::vector<std::unique_ptr<HttpClient>> clients;
    for (int i = 0; i < many; ++i) {
        clients.push_back(std::make_unique<HttpClient>(station.port()));
        clients.back()->send(http_request("POST", "/v1/complaints", {}, plain_complaint));
    }
    std::multiset<std::int64_t> kept;
    int refused = 0;
    for (const auto& client : clients) {
        const HttpAnswer answer = client->receive();
        if (answer.status == 201) {
            kept.insert(complaint_of(answer));
            continue;
        }
        CHECK(answer.status == 503);
        CHECK(answer.header("retry-after") == "2");
        CHECK(answer.body.find("/problems/overloaded") != std::string::npos);
        ++refused;
    }
    CHECK(refused > 0);
    CHECK(kept.size() >= 4);
    CHECK(waiting(*clients.front(), token) == kept);
}
