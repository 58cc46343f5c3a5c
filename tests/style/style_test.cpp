// Holds the sources to the house's rules; each failure names file:line.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace fs = std::filesystem;
constexpr std::array<std::string_view, 5> rooms{"config", "geo", "triage", "storage", "gateway"};
constexpr std::size_t lines_max = 450;
constexpr std::size_t width_max = 100;

std::size_t rank(std::string_view path) {
    const std::string_view room = path.substr(0, path.find('/'));
    std::size_t at = 0;
    while (at < rooms.size() && rooms[at] != room)
        ++at;
    return at; // tests come last and may include every room
}

bool has(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

// Columns of an ASCII line; clang-format knows the marks above and below other scripts' letters.
std::size_t width(std::string_view line) {
    const bool ascii = std::all_of(line.begin(), line.end(), [](char c) { return c >= 0; });
    return ascii ? line.size() : 0;
}

void check_line(const std::string& path, std::size_t number, std::string_view line) {
    const std::string where = path + ":" + std::to_string(number);
    const std::size_t room = rank(path);
    const bool test = path.starts_with("tests/");
    CHECK_MESSAGE(width(line) <= width_max, where << " is wider than 100 columns");
    if (line.starts_with("#include \"") && room < rooms.size())
        CHECK_MESSAGE(rank(line.substr(10)) <= room, where << " includes a room to its right");
    if (path == "tests/style/style_test.cpp")
        return;
    const bool threads = test || room >= 3;
    CHECK_MESSAGE((threads || !has(line, "std::thread")), where << " uses std::thread");
    CHECK_MESSAGE(
        (path == "config/time.cpp" || !has(line, "system_clock::now")), where << " asks for now"
    );
    CHECK_MESSAGE(
        (test || path.starts_with("storage/sqlite") || !has(line, "sqlite3_")),
        where << " speaks sqlite3_"
    );
    CHECK_MESSAGE((!has(line, "TODO") || has(line, "TODO(#")), where << " TODO without issue");
}

} // namespace

TEST_CASE("every source file keeps the house's rules") {
    const fs::path root = SAIDUAN_SOURCE_DIR;
    std::size_t files = 0;
    for (const char* folder : {"config", "geo", "triage", "storage", "gateway", "tests"}) {
        for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
            const auto extension = entry.path().extension();
            if (extension != ".cpp" && extension != ".hpp")
                continue;
            const std::string path = fs::relative(entry.path(), root).string();
            std::ifstream in(entry.path());
            std::size_t number = 0;
            bool once = extension == ".cpp";
            for (std::string line; std::getline(in, line);) {
                check_line(path, ++number, line);
                once = once || line == "#pragma once";
            }
            CHECK_MESSAGE(number <= lines_max, path << ":" << number << " is too long");
            CHECK_MESSAGE(once, path << ":1 lacks #pragma once");
            ++files;
        }
    }
    CHECK(files > 10);
}
