#include "geo/fit.hpp"

#include <algorithm>

namespace saiduan {
namespace {

constexpr double gap_km_max = 10; // Natural Earth is off by less, all but a few places
constexpr int buffer_steps = 4;   // a quarter circle's corners

// The polygonal parts of `geometry` that are `wanted`, as one multipolygon, empty if none is.
template <class Wanted>
Geometry polygons_of(const Geos& geos, const Geometry& geometry, Wanted wanted) {
    std::vector<GEOSGeometry*> parts;
    const int count = GEOSGetNumGeometries_r(geos, geometry.get());
    for (int i = 0; i < count; ++i) {
        const GEOSGeometry* part = GEOSGetGeometryN_r(geos, geometry.get(), i);
        if (GEOSGeomTypeId_r(geos, part) == GEOS_POLYGON && !GEOSisEmpty_r(geos, part) &&
            wanted(part))
            parts.push_back(GEOSGeom_clone_r(geos, part));
    }
    return geos.own(GEOSGeom_createCollection_r(
        geos, GEOS_MULTIPOLYGON, parts.data(), static_cast<unsigned>(parts.size())
    ));
}

// A neighbour with the land near it that the shipped outlines call Thai.
Geometry widened(const Geos& geos, const Geometry& land, const std::vector<Feature>& shipped) {
    const Geometry reach = geos.own(GEOSBuffer_r(geos, land.get(), gap_km_max, buffer_steps));
    if (!reach)
        return nullptr;
    Geometry out = geos.own(GEOSGeom_clone_r(geos, land.get()));
    const Box box = box_of(geos, reach.get());
    for (const Feature& thai : shipped) {
        if (!box.meets(box_of(geos, thai.geometry.get()), 0))
            continue;
        Geometry near = geos.own(GEOSIntersection_r(geos, thai.geometry.get(), reach.get()));
        if (near)
            near = polygons_of(geos, near, [](const GEOSGeometry*) { return true; });
        if (!near)
            return nullptr;
        out = geos.own(GEOSUnion_r(geos, out.get(), near.get()));
        if (!out)
            return nullptr;
    }
    return out;
}

} // namespace

std::optional<Fault> fit_to(
    const Geos& geos,
    const std::vector<Feature>& own,
    const std::vector<Feature>& shipped,
    std::vector<Feature>& neighbours
) {
    std::vector<Box> provinces, old;
    for (const Feature& f : own)
        provinces.push_back(box_of(geos, f.geometry.get()));
    for (const Feature& f : shipped)
        old.push_back(box_of(geos, f.geometry.get()));
    for (Feature& neighbour : neighbours) {
        const Box box = box_of(geos, neighbour.geometry.get());
        const auto meets = [&](const Box& b) { return box.meets(b, gap_km_max); };
        if (std::none_of(provinces.begin(), provinces.end(), meets) &&
            std::none_of(old.begin(), old.end(), meets))
            continue;
        Geometry land = widened(geos, neighbour.geometry, shipped);
        if (!land)
            return Fault{Errc::invalid, neighbour.region.code + " cannot be widened"};
        for (std::size_t i = 0; i < own.size(); ++i) {
            if (!meets(provinces[i]))
                continue;
            land = geos.own(GEOSDifference_r(geos, land.get(), own[i].geometry.get()));
            if (!land)
                return Fault{
                    Errc::invalid,
                    own[i].region.code + " has lines that cross themselves: " +
                        neighbour.region.code + " cannot be cut along them"
                };
        }
        // Slivers between two provinces are not the neighbour's: only what touches it is.
        neighbour.geometry = polygons_of(geos, land, [&](const GEOSGeometry* part) {
            return GEOSIntersects_r(geos, part, neighbour.geometry.get()) == 1;
        });
    }
    std::erase_if(neighbours, [&](const Feature& f) {
        return GEOSisEmpty_r(geos, f.geometry.get()) == 1;
    });
    return std::nullopt;
}

} // namespace saiduan
