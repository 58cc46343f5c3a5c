#include "triage/targets.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

using namespace saiduan;

namespace {

// Thailand's offices; 5 December 2026 is a Saturday, 10 and 31 December are Thursdays.
const char* const offices =
    R"({"utc_offset_minutes": 420, "days": ["mon", "tue", "wed", "thu", "fri"],
    "from": "08:30", "to": "16:30", "holidays": ["2026-12-31", "2026-12-10", "2027-01-01"]})";

template <class T>
T read(const std::string& text) {
    const auto document = parse_json(text);
    REQUIRE(document.has_value());
    Reader in{*document};
    T out = T::read(in);
    REQUIRE(!in.finish());
    return out;
}

template <class T>
std::set<std::string> errors(const std::string& text) {
    const auto document = parse_json(text);
    REQUIRE(document.has_value());
    Reader in{*document};
    (void)T::read(in);
    std::set<std::string> out;
    if (const auto bad = in.finish())
        for (const FieldError& error : bad->fields)
            out.insert(error.pointer + " " + error.code);
    return out;
}

// Both in Bangkok's time.
std::string due(const std::string& received, int working_days, const Calendar& calendar) {
    const auto from = parse_rfc3339(received + "+07:00");
    REQUIRE(from.has_value());
    constexpr UnixMs bangkok_ms = 7 * 3'600'000LL;
    const UnixMs at = due_after(*from, working_days, calendar);
    return to_rfc3339(at + bangkok_ms).substr(0, 19);
}

} // namespace

TEST_CASE("a working day is working time, wherever it begins") {
    const auto calendar = read<Calendar>(offices);
    struct Row {
        const char* received;
        int days;
        const char* due;
    };
    const Row rows[] = {
        {"2026-11-27T19:00:00", 1, "2026-11-30T16:30:00"}, // Friday evening: Monday's end
        {"2026-11-28T12:00:00", 1, "2026-11-30T16:30:00"}, // Saturday
        {"2026-11-30T03:00:00", 1, "2026-11-30T16:30:00"}, // Monday before opening
        {"2026-11-30T08:30:00", 1, "2026-11-30T16:30:00"}, // exactly at opening
        {"2026-11-30T10:00:00", 1, "2026-12-01T10:00:00"}, // within hours: as late the next day
        {"2026-11-27T15:00:00", 1, "2026-11-30T15:00:00"}, // Friday afternoon
        {"2026-11-30T16:29:59", 1, "2026-12-01T16:29:59"}, // a second before closing
        {"2026-11-30T16:30:00", 1, "2026-12-01T16:30:00"}, // exactly at closing
        {"2026-11-27T16:30:00", 1, "2026-11-30T16:30:00"}, // exactly at Friday's closing
        {"2026-12-09T20:00:00", 1, "2026-12-11T16:30:00"}, // Thursday is a holiday
        {"2026-12-10T10:00:00", 1, "2026-12-11T16:30:00"}, // filed on a holiday
        {"2026-12-09T10:00:00", 1, "2026-12-11T10:00:00"}, // across a holiday
        {"2026-12-30T17:00:00", 1, "2027-01-04T16:30:00"}, // New Year and a weekend
        {"2026-11-30T10:00:00", 3, "2026-12-03T10:00:00"},
        {"2026-11-27T19:00:00", 5, "2026-12-04T16:30:00"},
        {"2026-12-04T10:00:00", 10, "2026-12-21T10:00:00"}, // two weekends and a holiday
        {"2026-11-28T12:00:00", 0, "2026-11-30T08:30:00"},  // nothing to wait for but the opening
    };
    for (const Row& row : rows) {
        CAPTURE(row.received);
        CHECK(due(row.received, row.days, calendar) == row.due);
    }
}

TEST_CASE("the office's midnight counts, not Greenwich's") {
    // 18:00 UTC on Sunday is 01:00 on Monday in Bangkok, and still Sunday in Honolulu.
    const UnixMs sunday = *parse_rfc3339("2026-11-29T18:00:00Z");
    Calendar calendar = read<Calendar>(offices);
    CHECK(to_rfc3339(due_after(sunday, 1, calendar)) == "2026-11-30T09:30:00.000Z");
    calendar.utc_offset_minutes = -600;
    CHECK(to_rfc3339(due_after(sunday, 1, calendar)) == "2026-12-01T02:30:00.000Z");
}

TEST_CASE("no due time lies outside working hours, and none comes earlier for a later complaint") {
    const auto calendar = read<Calendar>(offices);
    constexpr UnixMs step_ms = 7 * 60'000LL, minute_ms = 60'000, day_ms = 86'400'000;
    const UnixMs first = *parse_rfc3339("2026-12-01T00:00:00Z");
    UnixMs before = 0;
    for (UnixMs at = first; at < first + 40 * day_ms; at += step_ms) {
        const UnixMs by = due_after(at, 1, calendar);
        const UnixMs local = by + calendar.utc_offset_minutes * minute_ms;
        const UnixMs minute = local % day_ms / minute_ms;
        REQUIRE(calendar.works_on(local / day_ms));
        REQUIRE((minute >= calendar.from_minute && minute <= calendar.to_minute));
        REQUIRE(by >= before);
        REQUIRE(by > at);
        before = by;
    }
}

TEST_CASE("a target counts seconds or working days") {
    const auto calendar = read<Calendar>(offices);
    const UnixMs friday = *parse_rfc3339("2026-11-27T19:00:00+07:00");
    const auto hour = read<Target>(R"({"claim_s": 3600, "first_contact_s": 2, "resolution_s": 3})");
    CHECK(claim_by(friday, hour, calendar) == friday + 3'600'000);
    const auto day =
        read<Target>(R"({"claim_working_days": 1, "first_contact_s": 2, "resolution_s": 3})");
    CHECK(claim_by(friday, day, calendar) == due_after(friday, 1, calendar));
}

TEST_CASE("every error of a target and of a calendar is told at once") {
    CHECK(
        errors<Target>(R"({"claim_s": 1, "claim_working_days": 400, "first_contact_s": 0})") ==
        std::set<std::string>{
            "/claim_s required",
            "/claim_working_days range",
            "/first_contact_s range",
            "/resolution_s required"
        }
    );
    CHECK(
        errors<Target>(R"({"first_contact_s": 1, "resolution_s": 1})") ==
        std::set<std::string>{"/claim_s required"}
    );
    CHECK(
        errors<Calendar>("{}") ==
        std::set<std::string>{
            "/utc_offset_minutes required", "/days required", "/from required", "/to required"
        }
    );
    CHECK(
        errors<Calendar>(R"({"utc_offset_minutes": 900, "days": ["mon", "funday"], "from": "25:00",
            "to": "9:30", "holidays": ["2026-02-30", "5 Dec"], "holiday": 1})") ==
        std::set<std::string>{
            "/utc_offset_minutes range",
            "/days/1 choice",
            "/from format",
            "/to length",
            "/holidays format",
            "/holiday unknown"
        }
    );
    CHECK(
        errors<Calendar>(R"({"utc_offset_minutes": 0, "days": [], "from": "12:00", "to": "12:00"})"
        ) == std::set<std::string>{"/days length", "/to range"}
    );
}
