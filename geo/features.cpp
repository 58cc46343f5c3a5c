#include "geo/features.hpp"

#include <zlib.h>

namespace saiduan {
namespace {

constexpr std::size_t points_max = 5'000'000; // in one ring
constexpr std::size_t file_bytes_max = 256 << 20;
constexpr double latitude_max = 90, longitude_max = 180;

bool degrees(const Json& value, double max) {
    return value.is_number() && std::fabs(value.get<double>()) <= max;
}

// One ring of [longitude, latitude] pairs; null when it is not one, or not closed.
Geometry ring_of(const Geos& geos, const Json& ring) {
    constexpr std::size_t corners_min = 4;
    if (!ring.is_array() || ring.size() < corners_min || ring.size() > points_max)
        return nullptr;
    const auto count = static_cast<unsigned>(ring.size());
    Coordinates corners{GEOSCoordSeq_create_r(geos, count, 2), GeosDelete{geos}};
    for (unsigned i = 0; i < count; ++i) {
        const Json& corner = ring[i];
        if (!corner.is_array() || corner.size() < 2 || !degrees(corner[0], longitude_max) ||
            !degrees(corner[1], latitude_max))
            return nullptr;
        const Plane p = to_plane(corner[1].get<double>(), corner[0].get<double>());
        GEOSCoordSeq_setXY_r(geos, corners.get(), i, p.x, p.y);
    }
    return geos.own(GEOSGeom_createLinearRing_r(geos, corners.release()));
}

Geometry polygon_of(const Geos& geos, const Json& rings) {
    if (!rings.is_array() || rings.empty())
        return nullptr;
    std::vector<Geometry> made;
    for (const Json& ring : rings)
        if (made.push_back(ring_of(geos, ring)); !made.back())
            return nullptr;
    std::vector<GEOSGeometry*> bare;
    for (Geometry& ring : made)
        bare.push_back(ring.release());
    const auto holes = static_cast<unsigned>(bare.size() - 1);
    return geos.own(GEOSGeom_createPolygon_r(geos, bare[0], bare.data() + 1, holes));
}

Geometry geometry_of(const Geos& geos, const Json& feature) {
    if (!feature.contains("geometry") || !feature["geometry"].is_object())
        return nullptr;
    const Json& geometry = feature["geometry"];
    if (!geometry.contains("type") || !geometry.contains("coordinates"))
        return nullptr;
    const Json& coordinates = geometry["coordinates"];
    if (geometry["type"] == "Polygon")
        return polygon_of(geos, coordinates);
    if (geometry["type"] != "MultiPolygon" || !coordinates.is_array() || coordinates.empty())
        return nullptr;
    std::vector<Geometry> made;
    for (const Json& rings : coordinates)
        if (made.push_back(polygon_of(geos, rings)); !made.back())
            return nullptr;
    std::vector<GEOSGeometry*> bare;
    for (Geometry& part : made)
        bare.push_back(part.release());
    return geos.own(GEOSGeom_createCollection_r(
        geos, GEOS_MULTIPOLYGON, bare.data(), static_cast<unsigned>(bare.size())
    ));
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

Result<std::vector<Feature>> read_features(
    const Geos& geos,
    const std::string& file,
    const Json& collection,
    const std::function<bool(const Region&)>& wanted
) {
    if (!collection.is_object() || !collection.contains("features") ||
        !collection["features"].is_array())
        return Fault{Errc::invalid, file + ": must be a GeoJSON FeatureCollection"};
    std::vector<Feature> out;
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
        Geometry geometry = geometry_of(geos, feature);
        if (!geometry)
            return Fault{Errc::invalid, where + " (" + region.code + ") has no valid polygon"};
        out.push_back({std::move(region), std::move(geometry)});
    }
    return out;
}

Result<Json> read_collection(const std::string& file) {
    const gzFile in = gzopen(file.c_str(), "rb");
    if (!in)
        return Fault{Errc::not_found, file + ": cannot be read"};
    std::string text;
    std::string piece(1 << 20, '\0');
    int n = 0;
    while ((n = gzread(in, piece.data(), static_cast<unsigned>(piece.size()))) > 0 &&
           text.size() <= file_bytes_max)
        text.append(piece, 0, static_cast<std::size_t>(n));
    gzclose(in);
    if (n < 0 || text.size() > file_bytes_max)
        return Fault{Errc::invalid, file + ": cannot be read, or larger than 256 MiB"};
    Result<Json> parsed = parse_json(text);
    if (!parsed)
        return Fault{Errc::malformed, file + ": " + parsed.error().detail};
    return parsed;
}

} // namespace saiduan
