// A place as the API and the command line show it (design.md §4), as JSON text.
#pragma once

#include "geo/place.hpp"

#include <string>

namespace saiduan {

// Absent values are null.
[[nodiscard]] std::string place_text(const Place& place);

} // namespace saiduan
