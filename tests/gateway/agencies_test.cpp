#include "gateway/settings.hpp"
#include "tests/support/station.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <set>

using namespace saiduan;

namespace {

const std::string shipped = SAIDUAN_SOURCE_DIR "/config/agencies.json";

// The pointers of the errors of the shipped file after `change`.
template <class Change>
std::multiset<std::string> errors_after(Change change) {
    auto document = read_json_file(shipped);
    REQUIRE(document.has_value());
    change(*document);
    const test::TempFolder folder;
    const std::string file = folder.path + "/agencies.json";
    std::ofstream{file} << *document;
    std::multiset<std::string> out;
    if (const auto agencies = Agencies::load(file); !agencies)
        for (const FieldError& error : agencies.error().fields)
            out.insert(error.pointer);
    return out;
}

} // namespace

TEST_CASE("a normal case filed on a Friday evening is to be claimed by Monday's end") {
    const auto agencies = Agencies::load(shipped);
    REQUIRE(agencies.has_value());
    const UnixMs friday = *parse_rfc3339("2026-11-27T19:00:00+07:00");
    const auto due = [&](Priority priority) {
        return to_rfc3339(claim_by(friday, agencies->target(priority), agencies->calendar));
    };
    CHECK(due(Priority::normal) == "2026-11-30T09:30:00.000Z");
    CHECK(due(Priority::high) == "2026-11-27T13:00:00.000Z");
    CHECK(due(Priority::critical) == "2026-11-27T12:01:00.000Z");
}

TEST_CASE("working days need a calendar, and every error is told at once") {
    using Pointers = std::multiset<std::string>;
    CHECK(errors_after([](Json&) {}).empty());
    const auto without = [](Json& file) {
        file.erase("calendar");
        for (const char* priority : {"high", "critical"})
            file["targets"][priority] = file["targets"]["normal"];
    };
    CHECK(errors_after(without) == Pointers{"/calendar"});
    const auto wrong = [](Json& file) {
        file["targets"]["normal"]["claim_s"] = 5;
        file["calendar"]["holidays"].push_back("2026-13-01");
        file["calendar"]["from"] = "17:00";
    };
    CHECK(
        errors_after(wrong) ==
        Pointers{"/targets/normal/claim_s", "/calendar/holidays", "/calendar/to"}
    );
}
