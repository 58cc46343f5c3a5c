// The one way in: what a channel received becomes a Filing. Pure.
#pragma once

#include "gateway/settings.hpp"
#include "geo/atlas.hpp"
#include "storage/store.hpp"
#include "triage/triage.hpp"

#include <string>

namespace saiduan {

// Years to the band that statistics publish (domain.md §4): "0-9" … "60+", "unknown".
[[nodiscard]] std::string age_band(std::optional<int> years);

// Decides everything about a complaint: assessment, place, agencies, the answer. `content` is the
// complaint as filed.
[[nodiscard]] Filing take_in(
    const Complaint& complaint,
    std::string content,
    const Rules& rules,
    const Atlas& atlas,
    const Agencies& agencies,
    UnixMs now
);

} // namespace saiduan
