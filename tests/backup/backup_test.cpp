#include "config/reader.hpp"
#include "tests/support/command.hpp"
#include "tests/support/station.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <thread>

using namespace saiduan;
using namespace saiduan::test;

namespace {

namespace fs = std::filesystem;

constexpr std::string_view complaint = R"({"text":"Our employer has not paid our wages"})";

std::string bytes_of_file(const std::string& path) {
    std::ifstream in{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

void write_file(const std::string& path, const std::string& bytes) {
    std::ofstream{path, std::ios::binary} << bytes;
}

// The server on any data folder.
std::unique_ptr<ServerProcess> serve_on(const std::string& data) {
    return std::make_unique<ServerProcess>(
        serve_command(data, SAIDUAN_SOURCE_DIR "/config/saiduan.json"), data + "/serve.log"
    );
}

// A station with a few complaints and one backup of them.
struct Saved {
    TempFolder folder{};
    Station station{};
    std::string token = station.token("labour", "dispatcher");
    std::string file = folder.path + "/backup";
    std::string target = folder.path + "/restored";

    explicit Saved(int complaints = 3) {
        station.start();
        add(complaints);
        REQUIRE(station.stop() == 0);
        const CommandResult done = backup(file);
        INFO(done.said);
        REQUIRE(done.status == 0);
    }

    void add(int complaints) {
        HttpClient client{station.port()};
        for (int i = 0; i < complaints; ++i)
            REQUIRE(client.ask("POST", "/v1/complaints", {}, complaint).status == 201);
    }
    [[nodiscard]] CommandResult backup(const std::string& to, const std::string& before = {}) {
        return run_saiduan("backup --data '" + station.data() + "' --out '" + to + "'", before);
    }
    [[nodiscard]] CommandResult
    restore(const std::string& from, const std::string& more = {}, const std::string& key = {}) {
        return run_saiduan(
            "restore --from '" + from + "' --data '" + target + "' --recovery-key-file '" +
            (key.empty() ? station.recovery_key_file() : key) + "' " + more
        );
    }
    // Nothing was made and nothing half-made is left.
    [[nodiscard]] bool nothing_restored() const {
        return !fs::exists(target) && !fs::exists(target + ".part");
    }
};

Json waiting(HttpClient& client, const std::string& token) {
    const HttpAnswer answer = client.ask("GET", "/v1/queues/labour/cases?limit=200", bearer(token));
    REQUIRE(answer.status == 200);
    return Json::parse(answer.body).at("cases");
}

std::uint64_t size_of(const std::string& checkpoint) {
    const std::string note = bytes_of_file(checkpoint);
    return std::stoull(note.substr(note.find('\n') + 1));
}

} // namespace

TEST_CASE("a backup made under load serves elsewhere, and every case in it opens with old tokens") {
    TempFolder folder;
    Station station;
    const std::string token = station.token("labour", "dispatcher");
    station.start();
    std::atomic<bool> enough = false;
    std::atomic<int> before = 0, filed = 0;
    std::thread load{[&] {
        HttpClient client{station.port()};
        while (!enough && client.ask("POST", "/v1/complaints", {}, complaint).status == 201)
            filed.fetch_add(1);
    }};
    while (filed < 20)
        std::this_thread::yield();
    before = filed.load();
    const std::string file = folder.path + "/backup";
    const CommandResult made =
        run_saiduan("backup --data '" + station.data() + "' --out '" + file + "'");
    enough = true;
    load.join();
    INFO(made.said);
    REQUIRE(made.status == 0);
    CHECK(made.said.find("no backed_up event") != std::string::npos);
    CHECK_FALSE(fs::exists(station.database() + ".copy"));
    CHECK(
        (fs::status(file).permissions() & fs::perms::all) ==
        (fs::perms::owner_read | fs::perms::owner_write)
    );
    CHECK(bytes_of_file(file).find("SQLite format") == std::string::npos);
    REQUIRE(station.stop() == 0);

    const std::string target = folder.path + "/restored";
    const CommandResult restored = run_saiduan(
        "restore --from '" + file + "' --data '" + target + "' --recovery-key-file '" +
        station.recovery_key_file() + "'"
    );
    INFO(restored.said);
    REQUIRE(restored.status == 0);
    const auto server = serve_on(target);
    HttpClient client{server->port};
    const Json cases = waiting(client, token);
    CHECK(cases.size() >= static_cast<std::size_t>(std::min(before.load(), 200)));
    for (const Json& row : cases) {
        const HttpAnswer read =
            client.ask("GET", "/v1/cases/" + row.at("id").dump(), bearer(token));
        REQUIRE(read.status == 200);
        CHECK(Json::parse(read.body).at("content") == Json::parse(complaint));
    }
    CHECK(client.ask("POST", "/v1/complaints", {}, complaint).status == 201);
    server->signal(SIGTERM);
    CHECK(server->wait_exit() == 0);
}

TEST_CASE("a backup of a stopped station is an event of its trail") {
    Saved saved;
    const std::uint64_t size = size_of(saved.station.data() + "/checkpoint");
    const CommandResult again = saved.backup(saved.folder.path + "/second");
    CHECK(again.said.find("a backed_up event was written") != std::string::npos);
    constexpr std::uint64_t events = 3; // started, backed_up, stopped
    CHECK(size_of(saved.station.data() + "/checkpoint") == size + events);
}

TEST_CASE("a backup never overwrites, nor does a restore") {
    Saved saved;
    const std::string first = bytes_of_file(saved.file);
    CHECK(saved.backup(saved.file).status == 2);
    CHECK(bytes_of_file(saved.file) == first);
    fs::create_directory(saved.target);
    CHECK(saved.restore(saved.file).status == 2);
    CHECK(fs::is_empty(saved.target));
    CHECK_FALSE(fs::exists(saved.target + ".part"));
}

TEST_CASE("what a killed backup left behind is taken by the next one, and nothing else is") {
    Saved saved;
    const std::string out = saved.folder.path + "/second";
    const std::string part = out + ".part";
    write_file(part, std::string(1 << 20, 'x'));
    write_file(saved.station.database() + ".copy", "half a database");
    CHECK(saved.backup(out).status == 0);
    CHECK(saved.restore(out).status == 0);
    CHECK_FALSE(fs::exists(part));
    CHECK_FALSE(fs::exists(saved.station.database() + ".copy"));

    const std::string third = saved.folder.path + "/third";
    const std::string precious = saved.folder.path + "/precious";
    write_file(precious, "precious");
    fs::create_hard_link(precious, third + ".part");
    CHECK(saved.backup(third).status == 2);
    fs::remove(third + ".part");
    fs::create_symlink(precious, third + ".part");
    CHECK(saved.backup(third).status == 2);
    CHECK(bytes_of_file(precious) == "precious");
    CHECK_FALSE(fs::exists(third));
}

TEST_CASE("another recovery key opens nothing") {
    Saved saved;
    Station other;
    const CommandResult refused = saved.restore(saved.file, "", other.recovery_key_file());
    CHECK(refused.status == 2);
    CHECK(refused.said.find("recovery key") != std::string::npos);
    CHECK(saved.nothing_restored());
}

TEST_CASE("one flipped bit anywhere is found, and leaves nothing behind") {
    Saved saved;
    const std::string good = bytes_of_file(saved.file);
    constexpr std::size_t header = 5 + 80 + 24; // magic, sealed key, stream header
    constexpr std::size_t chunk = 64 * 1024 + 17;
    REQUIRE(good.size() > header + chunk);
    std::set<std::size_t> places{0, 4, 5, header - 1, header, header + chunk - 1, header + chunk};
    for (std::size_t i = 1; i <= 8; ++i)
        places.insert(good.size() - i);
    for (std::size_t i = 0; places.size() < 100; ++i)
        places.insert(i < 20 ? i * 5 : (i * 2'654'435'761U) % good.size());
    const std::string bad = saved.folder.path + "/bad";
    for (const std::size_t place : places) {
        std::string bytes = good;
        bytes[place] = static_cast<char>(bytes[place] ^ (1 << place % 8));
        write_file(bad, bytes);
        const CommandResult refused = saved.restore(bad);
        INFO(place << ": " << refused.said);
        CHECK(refused.status == 2);
        CHECK(saved.nothing_restored());
    }
    CHECK(saved.restore(saved.file).status == 0);
}

TEST_CASE("a backup that was cut off, or has something added, is refused") {
    Saved saved;
    const std::string good = bytes_of_file(saved.file);
    constexpr std::size_t header = 5 + 80 + 24;
    constexpr std::size_t chunk = 64 * 1024 + 17;
    const std::string bad = saved.folder.path + "/bad";
    const std::size_t sizes[] = {
        0, 4, header - 1, header, header + chunk - 1, header + chunk, good.size() - 1
    };
    for (const std::size_t size : sizes) {
        write_file(bad, good.substr(0, size));
        INFO(size);
        CHECK(saved.restore(bad).status == 2);
        CHECK(saved.nothing_restored());
    }
    write_file(bad, good + "x");
    CHECK(saved.restore(bad).status == 2);
    CHECK(saved.nothing_restored());
}

TEST_CASE("a restore that would undo signed events is refused, unless it gives a reason") {
    Saved saved;
    saved.station.start();
    saved.add(4);
    REQUIRE(saved.station.stop() == 0);
    const std::string newest = "--old-data '" + saved.station.data() + "'";
    const CommandResult refused = saved.restore(saved.file, newest);
    INFO(refused.said);
    CHECK(refused.status == 2);
    CHECK(refused.said.find("events would be lost") != std::string::npos);
    CHECK(saved.nothing_restored());

    const CommandResult done = saved.restore(saved.file, newest + " --roll-back 'disk burnt'");
    INFO(done.said);
    REQUIRE(done.status == 0);
    CHECK(done.said.find("saiduan.invalid/trail/2") != std::string::npos);
    CHECK(bytes_of_file(saved.target + "/keys/origin") == "saiduan.invalid/trail/2\n");
    CHECK(
        bytes_of_file(saved.target + "/keys/trail.key.before-2") ==
        bytes_of_file(saved.station.data() + "/keys/trail.key")
    );
    CHECK(
        bytes_of_file(saved.target + "/keys/trail.key") !=
        bytes_of_file(saved.station.data() + "/keys/trail.key")
    );
    const std::string note = bytes_of_file(saved.target + "/checkpoint");
    CHECK(note.starts_with("saiduan.invalid/trail/2\n"));
    const auto server = serve_on(saved.target);
    HttpClient client{server->port};
    CHECK(waiting(client, saved.token).size() == 3);
    CHECK(client.ask("GET", "/checkpoint", {}).status < 500);
}

TEST_CASE("a restore that loses nothing keeps the log, whatever reason was given") {
    Saved saved;
    // The backup's own event was signed after it: the last checkpoint in it is one older.
    const std::string published = saved.folder.path + "/published";
    REQUIRE(saved.restore(saved.file).status == 0);
    fs::copy_file(saved.target + "/checkpoint", published);
    REQUIRE(
        run_saiduan("backup --data '" + saved.target + "' --out '" + saved.folder.path + "/2'")
            .status == 0
    );
    fs::remove_all(saved.target);
    const CommandResult done =
        saved.restore(saved.folder.path + "/2", "--roll-back none --published '" + published + "'");
    INFO(done.said);
    CHECK(done.status == 0);
    CHECK_FALSE(fs::exists(saved.target + "/keys/origin"));
}

TEST_CASE("a checkpoint that is none stops the restore") {
    Saved saved;
    write_file(saved.folder.path + "/none", "hello\n");
    CHECK(saved.restore(saved.file, "--published '" + saved.folder.path + "/none'").status == 2);
    CHECK(saved.nothing_restored());
}

TEST_CASE("a full disk leaves nothing half-written") {
    Saved saved;
    const std::string out = saved.folder.path + "/full";
    const auto database = static_cast<std::size_t>(fs::file_size(saved.station.database()));
    // In blocks of 512 bytes: no room for the copy, then none for the archive around it.
    for (const std::size_t blocks : {database / 1024, database / 512}) {
        const CommandResult refused =
            saved.backup(out, "ulimit -f " + std::to_string(blocks) + "; ");
        INFO(refused.said);
        CHECK(refused.status == 2);
        CHECK_FALSE(fs::exists(out));
        CHECK_FALSE(fs::exists(out + ".part"));
        CHECK_FALSE(fs::exists(saved.station.database() + ".copy"));
    }
    const CommandResult refused = run_saiduan(
        "restore --from '" + saved.file + "' --data '" + saved.target + "' --recovery-key-file '" +
            saved.station.recovery_key_file() + "'",
        "ulimit -f " + std::to_string(database / 1024) + "; "
    );
    CHECK(refused.status == 2);
    CHECK(saved.nothing_restored());
    CHECK(saved.backup(out).status == 0);
}
