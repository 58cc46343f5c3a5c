#include "config/time.hpp"

#include <fmt/format.h>

#include <chrono>

namespace saiduan {
namespace {

constexpr std::int64_t ms_per_day = 86'400'000;

bool digits(std::string_view text, std::size_t at, std::size_t count, int& out) {
    if (at + count > text.size())
        return false;
    out = 0;
    for (std::size_t i = at; i < at + count; ++i) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        out = out * 10 + (text[i] - '0');
    }
    return true;
}

// "Z", "+07:00" or "-03:30" at the end of the text, as minutes east; false when malformed.
bool offset_minutes(std::string_view rest, int& out) {
    if (rest == "Z" || rest == "z") {
        out = 0;
        return true;
    }
    int hours = 0;
    int minutes = 0;
    if (rest.size() != 6 || (rest[0] != '+' && rest[0] != '-') || rest[3] != ':' ||
        !digits(rest, 1, 2, hours) || !digits(rest, 4, 2, minutes) || hours > 23 || minutes > 59)
        return false;
    out = (hours * 60 + minutes) * (rest[0] == '-' ? -1 : 1);
    return true;
}

// Seconds' fraction as milliseconds; moves `at` behind it.
bool fraction_ms(std::string_view text, std::size_t& at, int& ms) {
    ms = 0;
    if (at >= text.size() || text[at] != '.')
        return true;
    const std::size_t first = ++at;
    for (int scale = 100; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, scale /= 10)
        ms += scale * (text[at] - '0');
    return at > first && at - first <= 9;
}

} // namespace

UnixMs SystemClock::now() const {
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

std::string to_rfc3339(UnixMs time) {
    using namespace std::chrono;
    const auto day = floor<days>(sys_time<milliseconds>{milliseconds{time}});
    const year_month_day date{day};
    const std::int64_t ms = time - day.time_since_epoch().count() * ms_per_day;
    return fmt::format(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()),
        ms / 3'600'000,
        ms / 60'000 % 60,
        ms / 1000 % 60,
        ms % 1000
    );
}

Result<UnixMs> parse_rfc3339(std::string_view text) {
    using namespace std::chrono;
    Fault bad{Errc::invalid, "must be an RFC 3339 time such as 2026-11-23T14:00:00Z"};
    int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0, ms = 0, east = 0;
    const bool shape = text.size() >= 20 && digits(text, 0, 4, y) && text[4] == '-' &&
                       digits(text, 5, 2, mo) && text[7] == '-' && digits(text, 8, 2, d) &&
                       (text[10] == 'T' || text[10] == 't') && digits(text, 11, 2, h) &&
                       text[13] == ':' && digits(text, 14, 2, mi) && text[16] == ':' &&
                       digits(text, 17, 2, s);
    std::size_t at = 19;
    if (!shape || !fraction_ms(text, at, ms) || !offset_minutes(text.substr(at), east))
        return bad;
    const year_month_day date{
        year{y}, month{static_cast<unsigned>(mo)}, day{static_cast<unsigned>(d)}
    };
    if (!date.ok() || y < 1970 || h > 23 || mi > 59 || s > 60)
        return bad;
    return sys_days{date}.time_since_epoch().count() * ms_per_day +
           ((h * 60 + mi - east) * 60LL + s) * 1000 + ms;
}

} // namespace saiduan
