#include "geo/outline.hpp"

#include <algorithm>
#include <limits>

namespace saiduan {
namespace {

constexpr std::size_t strips_max = 4096;

// Which side of the directed line a→b the point lies on: positive left, negative right, 0 when the
// sign is not certain. The bound is Shewchuk's for orient2d (3.3e-16 of the sum), with room.
int turn(const Segment& s, Plane p) {
    constexpr double certain = 1e-15;
    const double left = (s.a.x - p.x) * (s.b.y - p.y);
    const double right = (s.a.y - p.y) * (s.b.x - p.x);
    const double det = left - right;
    if (std::fabs(det) <= certain * (std::fabs(left) + std::fabs(right)))
        return 0;
    return det > 0 ? 1 : -1;
}

enum class Ray { misses, crosses, unsure };

Ray cast(const Segment& s, Plane p) {
    const bool a_above = s.a.y > p.y, b_above = s.b.y > p.y;
    if (a_above == b_above) {
        // A line along the ray is counted by its neighbours, unless the point lies on it.
        const bool along = s.a.y == p.y && s.b.y == p.y && std::max(s.a.x, s.b.x) >= p.x &&
                           std::min(s.a.x, s.b.x) <= p.x;
        return along || s.a == p || s.b == p ? Ray::unsure : Ray::misses;
    }
    if (std::max(s.a.x, s.b.x) < p.x)
        return Ray::misses;
    const int sign = turn(s, p);
    if (sign == 0)
        return Ray::unsure;
    return (sign > 0) == b_above ? Ray::crosses : Ray::misses;
}

} // namespace

Outline::Outline(std::span<const Segment> segments) : segments_(segments) {
    y_min_ = std::numeric_limits<double>::infinity();
    y_max_ = -y_min_;
    for (const Segment& s : segments) {
        y_min_ = std::min({y_min_, s.a.y, s.b.y});
        y_max_ = std::max({y_max_, s.a.y, s.b.y});
    }
    const std::size_t strips = std::clamp<std::size_t>(segments.size() / 2, 1, strips_max);
    if (y_max_ > y_min_)
        strips_per_km_ = static_cast<double>(strips) / (y_max_ - y_min_);
    // Counting sort: how many in each strip, where each begins, then the segments themselves.
    first_.assign(strips + 1, 0);
    const auto each = [&](auto act) {
        for (std::uint32_t i = 0; i < segments.size(); ++i) {
            const auto [low, high] = std::minmax(segments[i].a.y, segments[i].b.y);
            for (std::size_t k = strip(low); k <= strip(high); ++k)
                act(k, i);
        }
    };
    each([&](std::size_t k, std::uint32_t) { ++first_[k + 1]; });
    for (std::size_t k = 0; k < strips; ++k)
        first_[k + 1] += first_[k];
    picks_.resize(first_.back());
    auto next = first_;
    each([&](std::size_t k, std::uint32_t i) { picks_[next[k]++] = i; });
}

std::size_t Outline::strip(double y) const {
    const auto k = static_cast<std::size_t>((y - y_min_) * strips_per_km_);
    return std::min(k, first_.size() - 2);
}

Side Outline::side(Plane at) const {
    if (!(at.y >= y_min_ && at.y <= y_max_))
        return Side::outside;
    const std::size_t k = strip(at.y);
    bool inside = false;
    for (std::uint32_t i = first_[k]; i < first_[k + 1]; ++i)
        switch (cast(segments_[picks_[i]], at)) {
        case Ray::unsure:
            return Side::unsure;
        case Ray::crosses:
            inside = !inside;
            break;
        case Ray::misses:
            break;
        }
    return inside ? Side::inside : Side::outside;
}

} // namespace saiduan
