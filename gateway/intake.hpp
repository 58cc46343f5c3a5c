// The one way in: what a channel received becomes a decision, and a decision a sealed filing.
#pragma once

#include "gateway/settings.hpp"
#include "geo/atlas.hpp"
#include "storage/store.hpp"
#include "triage/triage.hpp"

#include <string>

namespace saiduan {

// Years to the band that statistics publish (domain.md §4): "0-9" … "60+", "unknown".
[[nodiscard]] std::string age_band(std::optional<int> years);

// Everything concluded about a complaint, not sealed yet.
struct Decision {
    Clear clear;
    std::vector<std::string> agencies; // the primary queue first
    std::string content;               // JSON: what was filed, the assessment, the place
    std::string answer;                // JSON members of the 201, without braces
    std::vector<std::string> phones;   // E.164, of reporter and accused, for linking
    std::vector<std::string> names;    // accused and employers, for linking
};

// Decides everything about a complaint. `body` is the complaint as filed, valid JSON. Pure.
[[nodiscard]] Decision decide(
    const Complaint& complaint,
    std::string_view body,
    const Rules& rules,
    const Atlas& atlas,
    const Agencies& agencies,
    UnixMs now
);

} // namespace saiduan
