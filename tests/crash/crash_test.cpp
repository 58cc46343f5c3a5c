// Kills the server with SIGKILL under load, round after round on one data folder: whatever was
// acknowledged must be there afterwards, once, and the trail must account for every row and still
// begin with what was last signed before the kill.
#include "tests/support/database.hpp"
#include "tests/support/station.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <mutex>
#include <random>
#include <set>
#include <stdexcept>
#include <thread>

namespace {

using namespace saiduan::test;

constexpr int threads = 4;
constexpr int kill_after_min_ms = 20;
constexpr int kill_after_max_ms = 400;

// What was acknowledged, by number.
class Acknowledged {
public:
    void add(std::int64_t complaint) {
        const std::lock_guard lock{mutex_};
        twice_ = twice_ || !complaints_.insert(complaint).second;
    }
    [[nodiscard]] const std::set<std::int64_t>& complaints() const { return complaints_; }
    [[nodiscard]] bool twice() const { return twice_; }

private:
    std::mutex mutex_;
    std::set<std::int64_t> complaints_;
    bool twice_ = false;
};

// Files complaints until the server is gone.
void load(std::uint16_t port, const std::string& name, Acknowledged& acknowledged) {
    try {
        HttpClient client{port};
        for (int i = 0;; ++i) {
            const std::string body =
                "{\"text\":\"our wages are not paid, " + name + "-" + std::to_string(i) + "\"}";
            const HttpAnswer answer = client.ask("POST", "/v1/complaints", {}, body);
            const std::size_t at = answer.body.find("\"complaint\":");
            if (answer.status != 201 || at == std::string::npos)
                continue;
            acknowledged.add(std::atoll(answer.body.c_str() + at + 12));
        }
    } catch (const std::runtime_error&) {
        return; // killed, as intended
    }
}

// Keeps the last checkpoint that the server showed, as an outsider would.
void watch_checkpoint(std::uint16_t port, const std::string& file) {
    try {
        HttpClient client{port};
        for (;;)
            if (const HttpAnswer answer = client.ask("GET", "/checkpoint"); answer.status == 200)
                std::ofstream{file} << answer.body;
    } catch (const std::runtime_error&) {
        return; // killed
    }
}

// One line per thing that is wrong.
std::string
faults(const std::string& database, const Acknowledged& acknowledged, std::size_t in_flight_max) {
    std::string out;
    const Database reader{database};
    for (const Database::Row& row : reader.rows("PRAGMA integrity_check"))
        if (row[0] != "ok")
            out += "integrity: " + row[0] + "\n";
    // What people wrote is sealed here; that it opens again is the line test's matter.
    std::set<std::int64_t> stored;
    for (const Database::Row& row : reader.rows("SELECT id, length(sealed) FROM complaints")) {
        stored.insert(std::atoll(row[0].c_str()));
        if (row[1].empty() || row[1] == "0")
            out += "half-written: complaint " + row[0] + "\n";
    }
    for (const std::int64_t complaint : acknowledged.complaints())
        if (!stored.contains(complaint))
            out += "lost: complaint " + std::to_string(complaint) + "\n";
    // A complaint on its way when the kill came may be there unacknowledged: one a client a round.
    if (stored.size() > acknowledged.complaints().size() + in_flight_max)
        out += "more complaints than were sent\n";
    if (acknowledged.twice())
        out += "one number was given to two complaints\n";
    for (const Database::Row& row :
         reader.rows("SELECT id FROM complaints WHERE id NOT IN (SELECT c.complaint FROM cases c"
                     " JOIN events e ON e.case_id = c.id WHERE e.kind = 0)"))
        out += "without a case and its filed event: complaint " + row[0] + "\n";
    return out;
}

int rounds_wanted(int argc, char** argv) {
    constexpr int rounds_default = 10;
    for (int i = 1; i + 1 < argc; ++i)
        if (std::string_view{argv[i]} == "--rounds")
            return std::atoi(argv[i + 1]);
    return rounds_default;
}

// Whether everything acknowledged so far is there after the kill.
bool passes(Station& station, int round, std::mt19937& random, Acknowledged& acknowledged) {
    std::uniform_int_distribution<int> moment{kill_after_min_ms, kill_after_max_ms};
    station.start();
    const std::string published = station.data() + "/published";
    std::vector<std::thread> clients;
    clients.emplace_back([&] { watch_checkpoint(station.port(), published); });
    for (int i = 0; i < threads; ++i)
        clients.emplace_back([&, i] {
            load(station.port(), std::to_string(round) + "-" + std::to_string(i), acknowledged);
        });
    std::this_thread::sleep_for(std::chrono::milliseconds{moment(random)});
    station.process().signal(SIGKILL);
    for (std::thread& client : clients)
        client.join();
    station.process().wait_exit();
    const std::string wrong =
        faults(station.database(), acknowledged, static_cast<std::size_t>(threads * (round + 1)));
    std::cerr << wrong;
    return station.audit(published) == 0 && wrong.empty();
}

} // namespace

int main(int argc, char** argv) {
    try {
        const int rounds = rounds_wanted(argc, argv);
        std::mt19937 random{std::random_device{}()};
        Station station;
        Acknowledged acknowledged;
        int passed = 0;
        for (int round = 0; round < rounds; ++round)
            passed += passes(station, round, random, acknowledged) ? 1 : 0;
        std::cout << acknowledged.complaints().size() << " complaints acknowledged\n"
                  << passed << " passed, " << rounds - passed << " failed\n";
        return passed == rounds && rounds > 0 && !acknowledged.complaints().empty() ? 0 : 1;
    } catch (const std::exception& e) {
        std::cerr << e.what() << "\n0 passed, 1 failed\n";
        return 1;
    }
}
