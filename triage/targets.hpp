// How fast each priority is to be answered, in seconds or in working time. Values and pure
// functions; the gateway reads them from agencies.json.
#pragma once

#include "config/reader.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace saiduan {

// When an office works. One zone without summer time, the same hours on every working day.
struct Calendar {
    int utc_offset_minutes = 0;         // east of Greenwich
    int from_minute = 8 * 60 + 30;      // of the local day
    int to_minute = 16 * 60 + 30;       // later than from_minute
    std::vector<std::int64_t> holidays; // days since 1970-01-01, ascending
    // Monday first; at least one is worked.
    std::array<bool, 7> days{true, true, true, true, true, false, false};

    // `day` counts from 1970-01-01, locally.
    [[nodiscard]] bool works_on(std::int64_t day) const;

    // Reads utc_offset_minutes, days, from, to and holidays; every error goes to `in`.
    [[nodiscard]] static Calendar read(Reader& in);
};

// Counted from the complaint's receipt; the reporter's clock never restarts.
struct Target {
    std::int64_t claim_s = 0;
    int claim_working_days = 0; // instead of claim_s when not 0
    std::int64_t first_contact_s = 0;
    std::int64_t resolution_s = 0;

    // Reads claim_s or claim_working_days, first_contact_s and resolution_s; errors go to `in`.
    [[nodiscard]] static Target read(Reader& in);
};

// The moment when `working_days` (0 or more) full days of working time have passed since
// `received`. It lies within working hours, at closing time rather than at the next opening.
[[nodiscard]] UnixMs due_after(UnixMs received, int working_days, const Calendar& calendar);

// By when a complaint received then is to be claimed.
[[nodiscard]] UnixMs claim_by(UnixMs received, const Target& target, const Calendar& calendar);

} // namespace saiduan
