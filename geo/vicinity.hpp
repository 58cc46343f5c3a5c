// What can matter to a point: of many lines, the few that can be the nearest to it or lie within
// reach. A quadtree under a uniform grid, made once; const and thread-safe afterwards.
#pragma once

#include "geo/outline.hpp"
#include "geo/plane.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace saiduan {

struct Rectangle {
    Plane centre;
    Plane half; // half of either side
};

class Vicinity {
public:
    struct Options {
        double reach_km = 0; // everything this near is kept, not only what can be the nearest
        // On which side of an owner's lines a point lies; empty when the lines enclose nothing.
        std::function<Side(std::uint32_t owner, Plane at)> side{};
    };
    // What one owner (a region, a place) has near a cell of the tree.
    struct Part {
        std::uint32_t owner;
        std::uint32_t first, count; // see distance()
        Side side;                  // of the whole cell; unsure: some line runs through it
    };

    // `owners` holds an owner for each segment, in ascending order. Only points within `covered`
    // can be asked about.
    Vicinity(
        std::vector<Segment> segments,
        const std::vector<std::uint32_t>& owners,
        Rectangle covered,
        const Options& options
    );

    // Every owner that contains the point, may be the nearest to it, or lies within reach; by
    // owner, ascending. Nothing when the tree cannot tell: outside the rectangle, or the place is
    // so crowded that listing it would not help.
    [[nodiscard]] std::optional<std::span<const Part>> at(Plane point) const;

    // To the nearest line of the part; infinite when the cell lies inside and nothing is kept.
    [[nodiscard]] double distance(const Part& part, Plane point) const;

    [[nodiscard]] std::size_t bytes() const;

private:
    // A leaf's parts are [first, first + count); a branch's four children begin at `first`.
    struct Node {
        std::uint32_t first = 0, count = 0;
    };
    struct Draft;
    class Builder;

    std::vector<Segment> segments_;
    Rectangle covered_;
    std::vector<std::uint32_t> grid_; // nodes, row by row from the south-west
    std::vector<Node> nodes_;
    std::vector<Part> parts_;
    std::vector<std::uint32_t> picks_; // segments
};

} // namespace saiduan
