#include "geo/finder.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace saiduan {
namespace {

constexpr double reach_km = 5;    // prepared: the lines' 3 km and an accuracy of 2
constexpr double margin_km = 150; // around Thailand

// The least rectangle around the Thai regions, with the margin.
Rectangle around_thailand(const Shapes& shapes) {
    constexpr double inf = std::numeric_limits<double>::infinity();
    Plane low{inf, inf}, high{-inf, -inf};
    for (std::size_t i = 0; i < shapes.regions().size(); ++i)
        if (shapes.regions()[i].country == "TH")
            for (const Segment& s : shapes.segments(i)) {
                low = {std::min(low.x, s.a.x), std::min(low.y, s.a.y)};
                high = {std::max(high.x, s.a.x), std::max(high.y, s.a.y)};
            }
    if (low.x > high.x)
        return {{0, 0}, {margin_km, margin_km}};
    return {
        {(low.x + high.x) / 2, (low.y + high.y) / 2},
        {(high.x - low.x) / 2 + margin_km, (high.y - low.y) / 2 + margin_km}
    };
}

struct Lines {
    std::vector<Segment> segments;
    std::vector<std::uint32_t> owners;

    void add(std::uint32_t owner, std::span<const Segment> more) {
        segments.insert(segments.end(), more.begin(), more.end());
        owners.resize(segments.size(), owner);
    }
    [[nodiscard]] std::unique_ptr<const Vicinity>
    prepare(const Rectangle& covered, const Vicinity::Options& options = {}) && {
        return std::make_unique<Vicinity>(std::move(segments), owners, covered, options);
    }
};

struct Nearest {
    std::size_t owner = 0;
    double distance_km = std::numeric_limits<double>::infinity();
};

// The first of the nearest owners.
std::optional<Nearest> nearest(const Vicinity& lines, Plane at) {
    const auto parts = lines.at(at);
    if (!parts || parts->empty())
        return std::nullopt;
    Nearest best;
    for (const Vicinity::Part& part : *parts)
        if (const double km = part.side == Side::inside ? 0 : lines.distance(part, at);
            km < best.distance_km)
            best = {part.owner, km};
    return best;
}

} // namespace

Finder::Finder(
    const Shapes& shapes, const std::vector<bool>& with_offices, const std::vector<Plane>& places
)
    : shapes_(shapes) {
    const Rectangle covered = around_thailand(shapes);
    Lines all, offices, border, points;
    for (std::uint32_t i = 0; i < shapes.regions().size(); ++i) {
        outlines_.emplace_back(shapes.segments(i));
        all.add(i, shapes.segments(i));
        if (with_offices[i])
            offices.add(i, shapes.segments(i));
    }
    border.add(0, shapes.border());
    for (std::uint32_t i = 0; i < places.size(); ++i)
        points.add(i, std::array{Segment{places[i], places[i]}});
    const auto side_of = [this](std::uint32_t region, Plane at) { return side(region, at); };
    regions_ = std::move(all).prepare(covered, {reach_km, side_of});
    offices_ = std::move(offices).prepare(covered, {0, side_of});
    border_ = std::move(border).prepare(covered);
    places_ = std::move(points).prepare(covered);
}

Side Finder::side(std::uint32_t region, Plane at) const {
    const Side quick = outlines_[region].side(at);
    if (quick != Side::unsure)
        return quick;
    return shapes_.contains(region, at) ? Side::inside : Side::outside;
}

std::optional<NearRegions> Finder::regions(Plane at, double radius_km, double coast_km) const {
    if (radius_km > reach_km)
        return std::nullopt;
    const auto parts = regions_->at(at);
    if (!parts)
        return std::nullopt;
    NearRegions out;
    Nearest coast;
    for (const Vicinity::Part& part : *parts) {
        const bool inside = part.side == Side::inside ||
                            (part.side == Side::unsure && side(part.owner, at) == Side::inside);
        const double km = inside ? 0 : regions_->distance(part, at);
        if (km <= radius_km)
            out.push_back({part.owner, km});
        else if (km < coast.distance_km)
            coast = {part.owner, km};
    }
    if (out.empty() && coast.distance_km <= coast_km)
        out.push_back({coast.owner, coast.distance_km});
    std::sort(out.begin(), out.end());
    return out;
}

// Lines suffice: a point inside a region with offices has them already.
std::optional<Shapes::Near> Finder::with_offices(Plane at) const {
    const auto found = nearest(*offices_, at);
    return found ? std::optional{Shapes::Near{found->owner, found->distance_km}} : std::nullopt;
}

std::optional<double> Finder::border_distance(Plane at) const {
    const auto found = nearest(*border_, at);
    return found ? std::optional{found->distance_km} : std::nullopt;
}

std::optional<Finder::Place> Finder::place(Plane at) const {
    const auto found = nearest(*places_, at);
    return found ? std::optional{Place{found->owner, found->distance_km}} : std::nullopt;
}

std::size_t Finder::bytes() const {
    return regions_->bytes() + offices_->bytes() + border_->bytes() + places_->bytes();
}

} // namespace saiduan
