// First-level regions as prepared GEOS polygons on a plane measured in kilometres. Const and
// thread-safe once built: every lazy index is made in the constructor.
#pragma once

#include "config/reader.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace saiduan {

// Kilometres east of 101° E and north of the equator, sinusoidal: distances within the region
// served are right to about 3 %.
struct Plane {
    double x = 0, y = 0;
};
[[nodiscard]] Plane to_plane(double latitude, double longitude);

struct Region {
    std::string country; // ISO 3166-1 alpha-2
    std::string code;    // ISO 3166-2
    std::string name_en, name_th;
};

class Shapes {
public:
    // GeoJSON features with a polygon or multipolygon each; properties as in features_of().
    // Errors: invalid, naming file and feature.
    [[nodiscard]] static Result<std::unique_ptr<Shapes>> build(
        const std::string& file,
        const Json& collection,
        const std::function<bool(const Region&)>& wanted
    );

    ~Shapes();
    Shapes(const Shapes&) = delete;
    Shapes& operator=(const Shapes&) = delete;

    [[nodiscard]] const std::vector<Region>& regions() const { return regions_; }

    // Adds another file's features.
    [[nodiscard]] std::optional<Fault>
    add(const std::string& file,
        const Json& collection,
        const std::function<bool(const Region&)>& wanted);

    struct Near {
        std::size_t region;
        double distance_km; // 0 inside
    };
    // Every region within `radius_km`, nearest first.
    [[nodiscard]] std::vector<Near> within(Plane at, double radius_km) const;

    // The nearest region of those wanted, if one is within `radius_km`.
    [[nodiscard]] std::optional<Near>
    nearest(Plane at, double radius_km, const std::function<bool(const Region&)>& wanted) const;

private:
    struct Shape;
    Shapes();

    std::vector<Region> regions_;
    std::vector<std::unique_ptr<Shape>> shapes_;
    void* geos_; // GEOSContextHandle_t
};

} // namespace saiduan
