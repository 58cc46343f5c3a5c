#include "tests/service/reporter.hpp"
#include "tests/support/database.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <semaphore>
#include <thread>

using namespace saiduan;
using namespace saiduan::test;

namespace {

// Files complaints from several connections and reads the first case, until it is destroyed.
class Load {
public:
    Load(std::uint16_t port, const std::string& token) {
        constexpr int clients = 3;
        for (int i = 0; i < clients; ++i)
            threads_.emplace_back([this, port] {
                HttpClient client{port};
                while (!stopping_) {
                    const int status =
                        client.ask("POST", "/v1/complaints", {}, plain_complaint).status;
                    failures_ += status == 201 ? 0 : 1;
                    filed_.release();
                }
            });
        threads_.emplace_back([this, port, token] {
            HttpClient client{port};
            while (!stopping_)
                if (client.ask("GET", "/v1/cases/1", bearer(token)).status != 200)
                    ++failures_;
        });
    }
    Load(const Load&) = delete;
    Load& operator=(const Load&) = delete;
    ~Load() { stop(); }

    void stop() {
        stopping_ = true;
        for (std::thread& thread : threads_)
            thread.join();
        threads_.clear();
    }
    // Returns when that many more complaints are filed.
    void wait_for(int more) {
        for (int i = 0; i < more; ++i)
            filed_.acquire();
    }
    [[nodiscard]] int failures() const { return failures_; }

private:
    std::atomic<bool> stopping_ = false;
    std::atomic<int> failures_ = 0;
    std::counting_semaphore<> filed_{0};
    std::vector<std::thread> threads_;
};

std::string new_dispatcher(HttpClient& client, const std::string& supervisor) {
    const HttpAnswer made = client.ask(
        "POST", "/v1/tokens", bearer(supervisor), R"({"role":"dispatcher","label":"new"})"
    );
    INFO(made.body);
    REQUIRE(made.status == 201);
    return Json::parse(made.body).at("token").get<std::string>();
}

std::string generations(const Database& database) {
    return database.value("SELECT group_concat(k.generation) FROM agency_keys k JOIN agencies a"
                          " ON a.id = k.agency WHERE a.key = 'labour' ORDER BY k.generation");
}

bool comes_to(const Database& database, const std::string& wanted) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::minutes{2};
    while (generations(database) != wanted && std::chrono::steady_clock::now() < until)
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
    return generations(database) == wanted;
}

// How many of the waiting cases this token cannot open; of many, every so manieth is tried.
int closed_to(std::uint16_t port, const std::string& token) {
    constexpr std::size_t tried_max = 100;
    HttpClient client{port};
    const Json lines = waiting_cases(client, token);
    const std::size_t stride = lines.size() / tried_max + 1;
    int closed = 0;
    for (std::size_t i = 0; i < lines.size(); i += stride) {
        const HttpAnswer answer = read_case(client, token, lines.at(i));
        const bool open = answer.status == 200 &&
                          Json::parse(answer.body).at("content") == Json::parse(plain_complaint);
        closed += open ? 0 : 1;
    }
    return closed;
}

} // namespace

TEST_CASE("a key is rotated under load and every case opens to old and new tokens") {
    constexpr int filed_between = 30;
    const Configuration configuration;
    Station station{configuration.file()};
    const std::string supervisor = station.token("labour", "supervisor");
    const std::string old = station.token("labour", "dispatcher");
    station.start();
    HttpClient client{station.port()};
    const Database database{station.database()};
    REQUIRE(generations(database) == "1");
    std::vector<std::string> tokens{supervisor, old, new_dispatcher(client, supervisor)};
    {
        static_cast<void>(file(client, plain_complaint));
        Load load{station.port(), old};
        load.wait_for(filed_between);
        const HttpAnswer rotated = client.ask("POST", "/v1/key-rotations", bearer(supervisor));
        CHECK(rotated.status == 202);
        CHECK(Json::parse(rotated.body).at("generation") == 2);
        tokens.push_back(new_dispatcher(client, supervisor));
        CHECK(comes_to(database, "2"));
        tokens.push_back(new_dispatcher(client, supervisor));
        load.wait_for(filed_between);
        load.stop();
        CHECK(load.failures() == 0);
    }
    CHECK(
        database.value("SELECT count(*) FROM key_copies k JOIN agencies a ON a.id = k.agency"
                       " WHERE a.key = 'labour' AND k.generation = 1") == "0"
    );
    CHECK(waiting_cases(client, old).size() >= 2 * filed_between);
    for (const std::string& token : tokens)
        CHECK(closed_to(station.port(), token) == 0);
    CHECK(station.stop() == 0);
    CHECK(station.audit("") == 0);
    station.start();
    for (const std::string& token : tokens)
        CHECK(closed_to(station.port(), token) == 0);
}

TEST_CASE("tokens made while keys are rotated open everything afterwards") {
    constexpr int rounds = 40;
    const Configuration configuration;
    Station station{configuration.file()};
    const std::string supervisor = station.token("labour", "supervisor");
    station.start();
    HttpClient client{station.port()};
    static_cast<void>(file(client, plain_complaint));
    std::vector<std::string> tokens;
    int unexpected = 0;
    std::thread rotator{[&] {
        HttpClient own{station.port()};
        for (int i = 0; i < rounds; ++i) {
            const int status = own.ask("POST", "/v1/key-rotations", bearer(supervisor)).status;
            unexpected += status == 202 || status == 409 ? 0 : 1;
        }
    }};
    for (int i = 0; i < rounds; ++i) {
        const HttpAnswer made = client.ask(
            "POST", "/v1/tokens", bearer(supervisor), R"({"role":"dispatcher","label":"new"})"
        );
        if (made.status == 201)
            tokens.push_back(Json::parse(made.body).at("token").get<std::string>());
        else
            CHECK(made.status == 409);
    }
    rotator.join();
    CHECK(unexpected == 0);
    CHECK_FALSE(tokens.empty());
    static_cast<void>(file(client, plain_complaint));
    for (const std::string& token : tokens)
        CHECK(closed_to(station.port(), token) == 0);
    CHECK(station.stop() == 0);
    CHECK(station.audit("") == 0);
}
