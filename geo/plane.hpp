// The plane all of geo measures on, and its segments. Values only.
#pragma once

#include <cmath>

namespace saiduan {

// Kilometres east of 101° E and north of the equator, sinusoidal: distances within the region
// served are right to about 3 %.
struct Plane {
    double x = 0, y = 0;
    bool operator==(const Plane&) const = default;
};
// Degrees; latitude -90 to 90, longitude -180 to 180.
[[nodiscard]] Plane to_plane(double latitude, double longitude);

// A piece of a line; a point when both ends are the same.
struct Segment {
    Plane a, b;
};

[[nodiscard]] inline double distance(Plane p, Plane q) {
    const double dx = p.x - q.x, dy = p.y - q.y;
    return std::sqrt(dx * dx + dy * dy);
}

// In GEOS's own steps (algorithm/Distance.cpp), so that the two agree to the last bit.
[[nodiscard]] inline double distance(Plane p, const Segment& s) {
    if (s.a == s.b)
        return distance(p, s.a);
    const double dx = s.b.x - s.a.x, dy = s.b.y - s.a.y;
    const double length2 = dx * dx + dy * dy;
    const double along = ((p.x - s.a.x) * dx + (p.y - s.a.y) * dy) / length2;
    if (along <= 0)
        return distance(p, s.a);
    if (along >= 1)
        return distance(p, s.b);
    const double aside = ((s.a.y - p.y) * dx - (s.a.x - p.x) * dy) / length2;
    return std::fabs(aside) * std::sqrt(length2);
}

} // namespace saiduan
