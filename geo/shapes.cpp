#include "geo/shapes.hpp"

#include <geos_c.h>

#include <algorithm>
#include <cmath>
#include <tuple>

namespace saiduan {
namespace {

constexpr double km_per_degree = 111.195; // of a sphere of 6,371 km
constexpr double central_meridian = 101;
constexpr double radians = 3.14159265358979323846 / 180;
constexpr std::size_t points_max = 5'000'000;

GEOSContextHandle_t handle(void* context) {
    return static_cast<GEOSContextHandle_t>(context);
}

// One ring of [longitude, latitude] pairs; null when it is not one.
GEOSGeometry* ring_of(GEOSContextHandle_t geos, const Json& ring) {
    constexpr std::size_t corners_min = 4;
    if (!ring.is_array() || ring.size() < corners_min || ring.size() > points_max)
        return nullptr;
    const auto count = static_cast<unsigned>(ring.size());
    GEOSCoordSequence* corners = GEOSCoordSeq_create_r(geos, count, 2);
    for (unsigned i = 0; i < count; ++i) {
        const Json& corner = ring[i];
        if (!corner.is_array() || corner.size() < 2 || !corner[0].is_number() ||
            !corner[1].is_number()) {
            GEOSCoordSeq_destroy_r(geos, corners);
            return nullptr;
        }
        const Plane p = to_plane(corner[1].get<double>(), corner[0].get<double>());
        GEOSCoordSeq_setXY_r(geos, corners, i, p.x, p.y);
    }
    return GEOSGeom_createLinearRing_r(geos, corners); // null when it is not closed
}

GEOSGeometry* polygon_of(GEOSContextHandle_t geos, const Json& rings) {
    if (!rings.is_array() || rings.empty())
        return nullptr;
    std::vector<GEOSGeometry*> made;
    for (const Json& ring : rings)
        made.push_back(ring_of(geos, ring));
    if (std::find(made.begin(), made.end(), nullptr) != made.end()) {
        for (GEOSGeometry* g : made)
            if (g)
                GEOSGeom_destroy_r(geos, g);
        return nullptr;
    }
    return GEOSGeom_createPolygon_r(
        geos, made[0], made.data() + 1, static_cast<unsigned>(made.size() - 1)
    );
}

GEOSGeometry* geometry_of(GEOSContextHandle_t geos, const Json& feature) {
    if (!feature.contains("geometry") || !feature["geometry"].is_object())
        return nullptr;
    const Json& geometry = feature["geometry"];
    const std::string type = geometry.value("type", "");
    if (!geometry.contains("coordinates"))
        return nullptr;
    if (type == "Polygon")
        return polygon_of(geos, geometry["coordinates"]);
    if (type != "MultiPolygon" || !geometry["coordinates"].is_array())
        return nullptr;
    std::vector<GEOSGeometry*> parts;
    bool good = true;
    for (const Json& rings : geometry["coordinates"])
        if (GEOSGeometry* part = polygon_of(geos, rings))
            parts.push_back(part);
        else
            good = false;
    GEOSGeometry* all = GEOSGeom_createCollection_r(
        geos, GEOS_MULTIPOLYGON, parts.data(), static_cast<unsigned>(parts.size())
    );
    if (good && !parts.empty())
        return all;
    GEOSGeom_destroy_r(geos, all);
    return nullptr;
}

// The first of several usual names for one property, as text.
std::string property(const Json& properties, std::initializer_list<const char*> names) {
    for (const char* name : names)
        if (properties.contains(name) && properties[name].is_string())
            return properties[name].get<std::string>();
    return "";
}

Region region_of(const Json& feature) {
    Region r;
    const Json none = Json::object();
    const Json& p = feature.contains("properties") && feature["properties"].is_object()
                        ? feature["properties"]
                        : none;
    r.code = property(p, {"code", "iso_3166_2", "ISO_3166_2", "shapeISO"});
    r.country = property(p, {"country", "iso_a2"});
    if (r.country.empty())
        r.country = r.code.substr(0, 2);
    r.name_en = property(p, {"name_en", "name", "ADM1_EN"});
    r.name_th = property(p, {"name_th", "ADM1_TH"});
    return r;
}

} // namespace

struct Shapes::Shape {
    Shape(GEOSContextHandle_t g, GEOSGeometry* geom) : geos(g), geometry(geom) {
        prepared = GEOSPrepare_r(geos, geometry);
        GEOSGeom_getXMin_r(geos, geometry, &x_min);
        GEOSGeom_getXMax_r(geos, geometry, &x_max);
        GEOSGeom_getYMin_r(geos, geometry, &y_min);
        GEOSGeom_getYMax_r(geos, geometry, &y_max);
        // Asking once makes GEOS build its lazy indexes now, before threads share them.
        (void)distance({x_min - 1, y_min - 1});
        // Outside the box GEOS answers without its point locator: only a point inside builds it.
        (void)distance({(x_min + x_max) / 2, (y_min + y_max) / 2});
    }
    Shape(const Shape&) = delete;
    Shape& operator=(const Shape&) = delete;
    ~Shape() {
        GEOSPreparedGeom_destroy_r(geos, prepared);
        GEOSGeom_destroy_r(geos, geometry);
    }

    [[nodiscard]] double distance(Plane at) const {
        GEOSGeometry* point = GEOSGeom_createPointFromXY_r(geos, at.x, at.y);
        double out = 0;
        if (GEOSPreparedIntersects_r(geos, prepared, point) != 1)
            GEOSPreparedDistance_r(geos, prepared, point, &out);
        GEOSGeom_destroy_r(geos, point);
        return out;
    }

    [[nodiscard]] double box_distance(Plane at) const {
        const double dx = std::max({x_min - at.x, 0.0, at.x - x_max});
        const double dy = std::max({y_min - at.y, 0.0, at.y - y_max});
        return std::hypot(dx, dy);
    }

    GEOSContextHandle_t geos;
    GEOSGeometry* geometry;
    const GEOSPreparedGeometry* prepared = nullptr;
    double x_min = 0, x_max = 0, y_min = 0, y_max = 0;
};

Plane to_plane(double latitude, double longitude) {
    return {
        (longitude - central_meridian) * std::cos(latitude * radians) * km_per_degree,
        latitude * km_per_degree
    };
}

Shapes::Shapes() : geos_(GEOS_init_r()) {}

Shapes::~Shapes() {
    shapes_.clear();
    GEOS_finish_r(handle(geos_));
}

Result<std::unique_ptr<Shapes>> Shapes::build(
    const std::string& file,
    const Json& collection,
    const std::function<bool(const Region&)>& wanted
) {
    std::unique_ptr<Shapes> out{new Shapes};
    if (auto bad = out->add(file, collection, wanted))
        return *bad;
    return out;
}

std::optional<Fault> Shapes::add(
    const std::string& file,
    const Json& collection,
    const std::function<bool(const Region&)>& wanted
) {
    if (!collection.is_object() || !collection.contains("features") ||
        !collection["features"].is_array())
        return Fault{Errc::invalid, file + ": must be a GeoJSON FeatureCollection"};
    std::size_t number = 0;
    for (const Json& feature : collection["features"]) {
        const std::string where = file + ": feature " + std::to_string(number++);
        if (!feature.is_object())
            return Fault{Errc::invalid, where + " is not an object"};
        Region region = region_of(feature);
        if (region.code.empty())
            return Fault{
                Errc::invalid, where + " has no province code (code, iso_3166_2, shapeISO)"
            };
        if (!wanted(region))
            continue;
        GEOSGeometry* geometry = geometry_of(handle(geos_), feature);
        if (!geometry)
            return Fault{Errc::invalid, where + " (" + region.code + ") has no valid polygon"};
        shapes_.push_back(std::make_unique<Shape>(handle(geos_), geometry));
        regions_.push_back(std::move(region));
    }
    return std::nullopt;
}

std::vector<Shapes::Near> Shapes::within(Plane at, double radius_km) const {
    std::vector<Near> out;
    for (std::size_t i = 0; i < shapes_.size(); ++i) {
        if (shapes_[i]->box_distance(at) > radius_km)
            continue;
        const double distance = shapes_[i]->distance(at);
        if (distance <= radius_km)
            out.push_back({i, distance});
    }
    std::sort(out.begin(), out.end(), [](const Near& a, const Near& b) {
        return std::tie(a.distance_km, a.region) < std::tie(b.distance_km, b.region);
    });
    return out;
}

std::optional<Shapes::Near> Shapes::nearest(
    Plane at, double radius_km, const std::function<bool(const Region&)>& wanted
) const {
    // Boxes are cheap: by their distance first, few polygons have to be asked.
    std::vector<std::pair<double, std::size_t>> boxes;
    for (std::size_t i = 0; i < shapes_.size(); ++i)
        if (const double box = shapes_[i]->box_distance(at);
            box <= radius_km && wanted(regions_[i]))
            boxes.emplace_back(box, i);
    std::sort(boxes.begin(), boxes.end());
    std::optional<Near> best;
    for (const auto& [box, i] : boxes) {
        if (best && box >= best->distance_km)
            break;
        const double distance = shapes_[i]->distance(at);
        if (distance <= radius_km && (!best || distance < best->distance_km))
            best = Near{i, distance};
    }
    return best;
}

} // namespace saiduan
