// A place as the API and the command line show it (design.md §4).
#pragma once

#include "config/reader.hpp"
#include "geo/place.hpp"

namespace saiduan {

// Absent values are null.
[[nodiscard]] Json place_to_json(const Place& place);

} // namespace saiduan
