// Point to place and jurisdiction. Loaded once; const and thread-safe afterwards.
#pragma once

#include "config/fault.hpp"
#include "geo/place.hpp"

#include <memory>
#include <string>

namespace saiduan {

class Atlas {
public:
    // Reads boundaries.json, places.json and jurisdictions.json from `directory` (config/geo).
    // `boundaries_file` (GeoJSON, plain or .gz), when not empty, replaces the shipped provinces.
    // Errors: invalid or not_found, naming file and feature.
    [[nodiscard]] static Result<std::unique_ptr<const Atlas>>
    load(const std::string& directory, const std::string& boundaries_file = "");

    Atlas(const Atlas&) = delete;
    Atlas& operator=(const Atlas&) = delete;
    virtual ~Atlas() = default;

    // Pure; about a microsecond. `point` must be in range (see Point).
    [[nodiscard]] virtual Place locate(const Point& point) const = 0;

protected:
    Atlas() = default;
};

} // namespace saiduan
