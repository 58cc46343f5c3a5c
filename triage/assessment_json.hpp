// An assessment as the API, the record and the command line show it.
#pragma once

#include "triage/assessment.hpp"

namespace saiduan {

[[nodiscard]] Json assessment_to_json(const Assessment& assessment);

} // namespace saiduan
