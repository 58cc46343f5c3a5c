#include "triage/targets.hpp"

#include <chrono>
#include <string>

namespace saiduan {
namespace {

constexpr UnixMs minute_ms = 60'000;
constexpr UnixMs day_ms = 86'400'000;
constexpr std::int64_t year_s = 366 * 86'400LL;
constexpr std::int64_t working_days_max = 366;
constexpr std::size_t holidays_max = 2000;

constexpr Word<std::size_t> day_words[] = {
    {"mon", 0}, {"tue", 1}, {"wed", 2}, {"thu", 3}, {"fri", 4}, {"sat", 5}, {"sun", 6}
};

std::int64_t day_of(UnixMs local) {
    using namespace std::chrono;
    return floor<days>(milliseconds{local}).count();
}

void read_minute(Reader& in, std::string_view name, int& out) {
    std::string text;
    in.require(name);
    if (!in.text(name, text, 5, 5))
        return;
    const auto moment = parse_rfc3339("1970-01-01T" + text + ":00Z");
    if (moment)
        out = static_cast<int>(*moment / minute_ms);
    else
        in.reject(name, "format", "must be a time of day from 00:00 to 23:59");
}

void read_holidays(Reader& in, std::vector<std::int64_t>& out) {
    constexpr std::size_t date_length = 10;
    std::vector<std::string> dates;
    in.texts("holidays", dates, holidays_max, date_length);
    for (const std::string& date : dates) {
        const auto moment = parse_rfc3339(date + "T00:00:00Z");
        if (moment)
            out.push_back(day_of(*moment));
        else
            in.reject("holidays", "format", "\"" + date + "\" is not a date such as 2026-12-05");
    }
    std::sort(out.begin(), out.end());
}

} // namespace

bool Calendar::works_on(std::int64_t day) const {
    const std::chrono::weekday weekday{std::chrono::sys_days{std::chrono::days{day}}};
    return days[weekday.iso_encoding() - 1] &&
           !std::binary_search(holidays.begin(), holidays.end(), day);
}

Calendar Calendar::read(Reader& in) {
    Calendar out;
    constexpr int offset_max = 14 * 60;
    in.require("utc_offset_minutes");
    in.integer("utc_offset_minutes", out.utc_offset_minutes, -offset_max, offset_max);
    std::vector<std::size_t> worked;
    in.require("days");
    if (in.choices("days", worked, day_words)) {
        if (worked.empty())
            in.reject("days", "length", "must name at least one of mon … sun");
        else
            out.days.fill(false);
        for (const std::size_t day : worked)
            out.days[day] = true;
    }
    read_minute(in, "from", out.from_minute);
    read_minute(in, "to", out.to_minute);
    if (out.from_minute >= out.to_minute)
        in.reject("to", "range", "must be later than `from`");
    read_holidays(in, out.holidays);
    return out;
}

Target Target::read(Reader& in) {
    Target out;
    if (in.has("claim_s") == in.has("claim_working_days"))
        in.reject("claim_s", "required", "give either claim_s or claim_working_days");
    in.integer("claim_s", out.claim_s, 1, year_s);
    in.integer("claim_working_days", out.claim_working_days, 1, working_days_max);
    in.require("first_contact_s");
    in.integer("first_contact_s", out.first_contact_s, 1, year_s);
    in.require("resolution_s");
    in.integer("resolution_s", out.resolution_s, 1, year_s);
    return out;
}

UnixMs due_after(UnixMs received, int working_days, const Calendar& calendar) {
    const UnixMs east = calendar.utc_offset_minutes * minute_ms;
    const UnixMs local = received + east;
    UnixMs left = minute_ms * (calendar.to_minute - calendar.from_minute) * working_days;
    // Ends: some weekday is worked, and the holidays are at most holidays_max.
    for (std::int64_t day = day_of(local);; ++day) {
        const UnixMs opens = std::max(local, day * day_ms + calendar.from_minute * minute_ms);
        const UnixMs closes = day * day_ms + calendar.to_minute * minute_ms;
        if (opens >= closes || !calendar.works_on(day))
            continue;
        if (left <= closes - opens)
            return opens + left - east;
        left -= closes - opens;
    }
}

UnixMs claim_by(UnixMs received, const Target& target, const Calendar& calendar) {
    if (target.claim_working_days > 0)
        return due_after(received, target.claim_working_days, calendar);
    return received + target.claim_s * 1000;
}

} // namespace saiduan
