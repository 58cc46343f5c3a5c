// Response times from the cases' own clock points. Pure.
#pragma once

#include "storage/store.hpp"

#include <string>
#include <vector>

namespace saiduan {

// Seconds, nearest-rank percentiles over the cases where it happened.
struct Spread {
    std::int64_t count = 0;
    double p50_s = 0, p90_s = 0, p99_s = 0;
};

struct ResponseTimes {
    std::vector<std::string> key; // values of the dimensions, in their order
    std::int64_t cases = 0;
    std::int64_t waiting = 0; // not claimed yet; leaving them out would flatter
    double oldest_waiting_s = 0;
    Spread claim, first_contact, resolution;
};

inline constexpr std::string_view response_time_dimensions[] = {"agency", "priority", "province"};

// Groups by `by` (each one of response_time_dimensions), sorted by key.
[[nodiscard]] std::vector<ResponseTimes>
response_times(const std::vector<CaseTimes>& cases, const std::vector<std::string>& by, UnixMs now);

} // namespace saiduan
