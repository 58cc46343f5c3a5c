// GeoJSON on the plane: regions and their polygons.
#pragma once

#include "config/reader.hpp"
#include "geo/geos.hpp"
#include "geo/plane.hpp"

#include <functional>
#include <string>
#include <vector>

namespace saiduan {

struct Region {
    std::string country; // ISO 3166-1 alpha-2
    std::string code;    // ISO 3166-2
    std::string name_en, name_th;
    double line_error_km = 0; // how far its lines may be off
};

struct Feature {
    Region region;
    Geometry geometry; // polygon or multipolygon
};

// The features of a GeoJSON FeatureCollection that are `wanted`, in the file's order. The code is
// read from the property code, iso_3166_2, ISO_3166_2 or shapeISO, the country from country or
// iso_a2 (else from the code), names from name_en, name or ADM1_EN and name_th or ADM1_TH.
// Errors: invalid, naming file and feature.
[[nodiscard]] Result<std::vector<Feature>> read_features(
    const Geos& geos,
    const std::string& file,
    const Json& collection,
    const std::function<bool(const Region&)>& wanted
);

// Reads a plain or gzip file of JSON. Errors: not_found, malformed or invalid (over 256 MiB).
[[nodiscard]] Result<Json> read_collection(const std::string& file);

} // namespace saiduan
