// First-level regions as prepared GEOS polygons: the exact answers, and the lines themselves for
// whoever wants them faster. Const and thread-safe once loaded: GEOS's lazy indexes are made then.
#pragma once

#include "geo/features.hpp"
#include "geo/plane.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace saiduan {

class Shapes {
public:
    // `shipped`: a GeoJSON file of Thailand and its neighbours. `own`, when not empty: one that
    // replaces the Thai provinces; it must have each of `codes` once and nothing else of it is read
    // (districts may be in it). Its lines count as exact, the shipped ones as 3 km off.
    // Errors: not_found, malformed or invalid, naming file and feature or every missing code.
    [[nodiscard]] static Result<std::unique_ptr<const Shapes>>
    load(const std::string& shipped, const std::string& own, const std::vector<std::string>& codes);

    ~Shapes();
    Shapes(const Shapes&) = delete;
    Shapes& operator=(const Shapes&) = delete;

    [[nodiscard]] const std::vector<Region>& regions() const { return regions_; }

    struct Near {
        std::size_t region;
        double distance_km; // 0 inside
        // Nearest first; of two as near, the first in the file.
        auto operator<=>(const Near& o) const {
            return std::pair{distance_km, region} <=> std::pair{o.distance_km, o.region};
        }
        bool operator==(const Near&) const = default;
    };
    // Every region within `radius_km`, nearest first.
    [[nodiscard]] std::vector<Near> within(Plane at, double radius_km) const;

    // The nearest region of those wanted, if one is within `radius_km`.
    [[nodiscard]] std::optional<Near>
    nearest(Plane at, double radius_km, const std::function<bool(const Region&)>& wanted) const;

    [[nodiscard]] bool contains(std::size_t region, Plane at) const;

    // To the lines a Thai region shares with a foreign one, and to Thai banks with foreign land
    // across at most 5 km of water; nothing when there are none.
    [[nodiscard]] std::optional<double> border_distance(Plane at) const;

    // All lines, region by region; those of one region; those border_distance() measures to.
    [[nodiscard]] const std::vector<Segment>& segments() const { return segments_; }
    [[nodiscard]] std::span<const Segment> segments(std::size_t region) const;
    [[nodiscard]] const std::vector<Segment>& border() const { return border_; }

private:
    class Shape;
    Shapes();
    void add(std::vector<Feature> features);
    void find_border();
    [[nodiscard]] bool faces_foreign_bank(Plane at) const;

    Geos geos_;
    std::vector<Region> regions_;
    std::vector<std::unique_ptr<const Shape>> shapes_;
    std::vector<Segment> segments_;
    std::vector<std::size_t> first_{0}; // of each region in segments_; one more at the end
    std::vector<Segment> border_;
    std::unique_ptr<const Shape> border_shape_;
};

} // namespace saiduan
