// An assessment as the API and the command line show it (design.md §4), as JSON text.
#pragma once

#include "triage/assessment.hpp"

#include <string>

namespace saiduan {

[[nodiscard]] std::string assessment_text(const Assessment& assessment);
// The parts that the reporter's answer repeats: two JSON lists.
[[nodiscard]] std::string notified_text(const Assessment& assessment);
[[nodiscard]] std::string reasons_text(const Assessment& assessment);

} // namespace saiduan
