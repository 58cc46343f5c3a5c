// Response times and statistics as the store gives them. Values only.
#pragma once

#include "config/time.hpp"
#include "triage/vocabulary.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace saiduan {

// One case's clock points, for response times. Times are absent until they happened.
struct CaseTimes {
    std::string agency;
    Priority priority = Priority::normal;
    std::string province;
    UnixMs received_at = 0;
    std::optional<UnixMs> claimed_at, contacted_at, resolved_at; // first of each
};

// One cell of the counters kept in the filing's own transaction.
struct Count {
    std::vector<std::string> key; // values of the dimensions asked for, in their order
    std::int64_t complaints = 0;
};

// Dimensions of the counters (domain.md §4).
inline constexpr std::string_view statistic_dimensions[] = {
    "month",
    "province",
    "channel",
    "language",
    "role",
    "sex",
    "age_band",
    "nationality",
    "category",
    "queue",
    "priority",
    "outcome"
};

struct StatisticsQuery {
    std::vector<std::string> by; // at most 3 of statistic_dimensions
    UnixMs from = 0, to = 0;     // whole months in Asia/Bangkok that overlap [from, to)
};

} // namespace saiduan
