// The fast answers to the atlas's four questions: prepared for Thailand and the land and sea around
// it, equal to the exact ones where given. Const and thread-safe once made.
#pragma once

#include "geo/shapes.hpp"
#include "geo/vicinity.hpp"

#include <boost/container/small_vector.hpp>

namespace saiduan {

// Of the regions that concern a point; few.
using NearRegions = boost::container::small_vector<Shapes::Near, 8>;

class Finder {
public:
    // `with_offices`: by region. Refers to `shapes`, which must outlive this.
    Finder(
        const Shapes& shapes,
        const std::vector<bool>& with_offices,
        const std::vector<Plane>& places
    );

    // Each is empty when it has no answer prepared: the point is too far away, on a line to the
    // last digit, or the radius too wide.

    // As Shapes::within(), and when that finds none, the nearest within `coast_km`.
    [[nodiscard]] std::optional<NearRegions>
    regions(Plane at, double radius_km, double coast_km) const;

    // The nearest region with offices.
    [[nodiscard]] std::optional<Shapes::Near> with_offices(Plane at) const;

    // As Shapes::border_distance().
    [[nodiscard]] std::optional<double> border_distance(Plane at) const;

    struct Place {
        std::size_t index;
        double distance_km;
    };
    // The nearest place.
    [[nodiscard]] std::optional<Place> place(Plane at) const;

    [[nodiscard]] std::size_t bytes() const;

private:
    // As Outline::side(), exact arithmetic where that is unsure.
    [[nodiscard]] Side side(std::uint32_t region, Plane at) const;

    const Shapes& shapes_;
    std::vector<Outline> outlines_;
    std::unique_ptr<const Vicinity> regions_, offices_, border_, places_;
};

} // namespace saiduan
