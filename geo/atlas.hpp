// Point to place and jurisdiction. Loaded once; const and thread-safe afterwards.
#pragma once

#include "config/fault.hpp"
#include "geo/place.hpp"

#include <memory>
#include <string>

namespace saiduan {

class Atlas {
public:
    // How locate() finds its answer, which is the same either way: from what load() prepared for
    // Thailand and its surroundings, or asking GEOS each time (some 20 microseconds; for tests).
    enum class Answers { prepared, exact };

    // Reads boundaries.json, places.json and jurisdictions.json from `directory` (config/geo).
    // `boundaries_file` (GeoJSON, plain or .gz), when not empty, replaces the shipped provinces;
    // see Shapes::load().
    // Errors: invalid, malformed or not_found, naming file and feature, or all provinces missing.
    [[nodiscard]] static Result<std::unique_ptr<const Atlas>> load(
        const std::string& directory,
        const std::string& boundaries_file = "",
        Answers answers = Answers::prepared
    );

    Atlas(const Atlas&) = delete;
    Atlas& operator=(const Atlas&) = delete;
    virtual ~Atlas() = default;

    // Pure; about a microsecond. `point` must be in range (see Point).
    [[nodiscard]] virtual Place locate(const Point& point) const = 0;

protected:
    Atlas() = default;
};

} // namespace saiduan
