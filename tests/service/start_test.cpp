// What the server refuses to start with.
#include "tests/service/reporter.hpp"

#include <algorithm>
#include <filesystem>

using namespace saiduan;
using namespace saiduan::test;

namespace {

namespace fs = std::filesystem;

// The program's own words; what spdlog writes begins with a time.
std::vector<std::string> complaints_in(const std::string& said) {
    std::vector<std::string> out;
    for (std::size_t at = 0; at < said.size();) {
        const std::size_t end = std::min(said.find('\n', at), said.size());
        const std::string line = said.substr(at, end - at);
        if (!line.starts_with("20"))
            out.push_back(line);
        at = end + 1;
    }
    return out;
}

void check_refusal(const Station& station, const std::string& word) {
    const CommandResult refusal = station.start_in_vain();
    INFO(refusal.said);
    CHECK(refusal.status == 2);
    const std::vector<std::string> lines = complaints_in(refusal.said);
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].starts_with("saiduan: "));
    CHECK(lines[0].find(word) != std::string::npos);
}

} // namespace

TEST_CASE("without its keys, or with keys open to others, the server does not start") {
    const Configuration configuration;
    Station station{configuration.file()};
    for (const std::string name : {"vault.key", "trail.key"}) {
        const fs::path key = station.data() + "/keys/" + name;
        fs::permissions(key, fs::perms::group_read, fs::perm_options::add);
        check_refusal(station, name);
        fs::permissions(key, fs::perms::group_read, fs::perm_options::remove);
        const fs::path away = key.string() + ".away";
        fs::rename(key, away);
        check_refusal(station, name);
        fs::create_symlink(away, key);
        check_refusal(station, name);
        fs::remove(key);
        fs::rename(away, key);
    }
    station.start();
    HttpClient client{station.port()};
    static_cast<void>(file(client, plain_complaint));
}

TEST_CASE("a database put back to an older copy is noticed") {
    const Configuration configuration;
    Station station{configuration.file()};
    station.start();
    HttpClient first{station.port()};
    static_cast<void>(file(first, plain_complaint));
    CHECK(station.stop() == 0);
    const std::string copy = station.database() + ".copy";
    fs::copy_file(station.database(), copy);
    station.start();
    HttpClient second{station.port()};
    const FiledComplaint filed = file(second, plain_complaint);
    CHECK(station.stop() == 0);
    const std::string newer = station.database() + ".newer";
    fs::rename(station.database(), newer);
    fs::copy_file(copy, station.database());
    check_refusal(station, "signed");
    fs::copy_file(newer, station.database(), fs::copy_options::overwrite_existing);
    station.start();
    HttpClient third{station.port()};
    CHECK(try_receipt(third, filed.receipt).status == 201);
}
