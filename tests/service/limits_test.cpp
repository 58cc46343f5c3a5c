// Who is slow on purpose, or holds a connection for nothing, is cut off; nobody else notices.
#include "tests/service/talk.hpp"

#include <chrono>
#include <thread>

using namespace saiduan;
using namespace saiduan::test;

namespace {

constexpr int tries_max = 600; // at a tenth of a second each; the limits below are seconds

struct Hurried {
    Configuration configuration{};
    Station station;
    std::string token;
    Hurried() : station(edited()), token(station.token("labour", "dispatcher")) { station.start(); }

private:
    std::string edited() const {
        configuration.edit("saiduan.json", [](Json& all) {
            all["server"]["request_s"] = 1;
            all["server"]["idle_s"] = 2;
        });
        return configuration.file();
    }
};

bool is_closed(HttpClient& client) {
    try {
        static_cast<void>(client.receive_head());
        return false;
    } catch (const std::runtime_error& error) {
        return std::string_view{error.what()} == "the server closed";
    }
}

// An honest client, too, may need a second try on a machine that stands still for a second.
bool is_served(std::uint16_t port) {
    for (int i = 0; i < 10; ++i)
        try {
            HttpClient honest{port};
            return honest.ask("POST", "/v1/complaints", {}, plain_complaint).status == 201;
        } catch (const std::runtime_error&) {
        }
    return false;
}

// Sends `piece` again and again, with a pause, until that fails.
bool is_cut_off(HttpClient& client, std::string_view piece, int pause_ms) {
    try {
        for (int i = 0; i < tries_max; ++i) {
            client.send(piece);
            std::this_thread::sleep_for(std::chrono::milliseconds{pause_ms});
        }
    } catch (const std::runtime_error&) {
        return true;
    }
    return false;
}

} // namespace

TEST_CASE("a client that stalls, trickles or does not read is cut off, and no other is") {
    Hurried hurried;
    const std::uint16_t port = hurried.station.port();

    HttpClient idle{port};
    CHECK(is_closed(idle));

    HttpClient stalls{port};
    stalls.send("POST /v1/complaints HTTP/1.1\r\nHost: x\r\nContent-Le");
    CHECK(is_closed(stalls));

    HttpClient trickles{port};
    trickles.send("POST /v1/complaints HTTP/1.1\r\nHost: x\r\n");
    CHECK(is_cut_off(trickles, "X: y\r\n", 100));

    HttpClient trickles_body{port};
    trickles_body.send("POST /v1/complaints HTTP/1.1\r\nHost: x\r\nContent-Type: "
                       "application/json\r\nContent-Length: 100000\r\n\r\n");
    CHECK(is_cut_off(trickles_body, " ", 100));

    HttpClient never_reads{port};
    std::string requests;
    for (int i = 0; i < 1'000; ++i)
        requests += http_request("GET", "/v1/nothing");
    CHECK(is_cut_off(never_reads, requests, 0));

    CHECK(is_served(port));
}

TEST_CASE("who waits for news is not taken for a slow client") {
    Hurried hurried;
    HttpClient client{hurried.station.port()};
    HttpHeaders headers = bearer(hurried.token);
    const HttpAnswer now = client.ask("GET", "/v1/queues/labour/cases", headers);
    headers.emplace_back("If-None-Match", now.header("etag"));
    headers.emplace_back("Prefer", "wait=3"); // longer than a request may take
    CHECK(client.ask("GET", "/v1/queues/labour/cases", headers).status == 304);
}
