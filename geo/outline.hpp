// Whether a point lies inside one region, from the region's own segments. Const once built.
#pragma once

#include "geo/plane.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace saiduan {

// `unsure`: on the line, or too near to tell in doubles; exact arithmetic must decide.
enum class Side : std::uint8_t { unsure, outside, inside };

class Outline {
public:
    // All rings of a polygon or multipolygon; `segments` must outlive this.
    explicit Outline(std::span<const Segment> segments);

    // Even-odd rule along a ray to the east.
    [[nodiscard]] Side side(Plane at) const;

private:
    [[nodiscard]] std::size_t strip(double y) const;

    std::span<const Segment> segments_;
    double y_min_ = 0, y_max_ = 0;
    double strips_per_km_ = 0;
    std::vector<std::uint32_t> first_; // of each strip in picks_; one more at the end
    std::vector<std::uint32_t> picks_; // the segments that reach into each horizontal strip
};

} // namespace saiduan
