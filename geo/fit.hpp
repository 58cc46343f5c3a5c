// Makes the neighbours' coarse outlines meet an operator's exact provinces.
#pragma once

#include "geo/features.hpp"

namespace saiduan {

// Cuts from each of `neighbours` what the `own` provinces cover, and widens it over the land
// between the two: what `shipped` (the provinces drawn with the neighbours) had as Thai within
// 10 km of it and `own` leaves out. Both then share the operator's line, corner by corner. A
// neighbour of which nothing remains is dropped.
// Errors: invalid, naming the province GEOS cannot cut along.
[[nodiscard]] std::optional<Fault> fit_to(
    const Geos& geos,
    const std::vector<Feature>& own,
    const std::vector<Feature>& shipped,
    std::vector<Feature>& neighbours
);

} // namespace saiduan
