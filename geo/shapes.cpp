#include "geo/shapes.hpp"

#include "geo/fit.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

namespace saiduan {
namespace {

constexpr double km_per_degree = 111.195; // of a sphere of 6,371 km
constexpr double central_meridian = 101;
constexpr double radians = 3.14159265358979323846 / 180;
constexpr double shipped_error_km = 3; // of Natural Earth's lines (domain.md §5)
constexpr double slack_km = 1e-6;      // a box never excludes what rounding would admit

void collect(const Geos& geos, const GEOSGeometry* geometry, std::vector<Segment>& out) {
    const int type = GEOSGeomTypeId_r(geos, geometry);
    if (type == GEOS_LINEARRING) {
        const GEOSCoordSequence* corners = GEOSGeom_getCoordSeq_r(geos, geometry);
        unsigned count = 0;
        GEOSCoordSeq_getSize_r(geos, corners, &count);
        Plane before;
        for (unsigned i = 0; i < count; ++i) {
            Plane at;
            GEOSCoordSeq_getXY_r(geos, corners, i, &at.x, &at.y);
            if (i > 0)
                out.push_back({before, at});
            before = at;
        }
    } else if (type == GEOS_POLYGON) {
        collect(geos, GEOSGetExteriorRing_r(geos, geometry), out);
        for (int i = 0; i < GEOSGetNumInteriorRings_r(geos, geometry); ++i)
            collect(geos, GEOSGetInteriorRingN_r(geos, geometry, i), out);
    } else {
        for (int i = 0; i < GEOSGetNumGeometries_r(geos, geometry); ++i)
            collect(geos, GEOSGetGeometryN_r(geos, geometry, i), out);
    }
}

Geometry lines_of(const Geos& geos, const std::vector<Segment>& segments) {
    std::vector<GEOSGeometry*> lines;
    for (const Segment& s : segments) {
        GEOSCoordSequence* ends = GEOSCoordSeq_create_r(geos, 2, 2);
        GEOSCoordSeq_setXY_r(geos, ends, 0, s.a.x, s.a.y);
        GEOSCoordSeq_setXY_r(geos, ends, 1, s.b.x, s.b.y);
        lines.push_back(GEOSGeom_createLineString_r(geos, ends));
    }
    return geos.own(GEOSGeom_createCollection_r(
        geos, GEOS_MULTILINESTRING, lines.data(), static_cast<unsigned>(lines.size())
    ));
}

// Each code exactly once, or what is wrong with that.
std::optional<Fault> complete(
    const std::string& file,
    const std::vector<Feature>& provinces,
    const std::vector<std::string>& codes
) {
    std::map<std::string, int> found;
    for (const Feature& f : provinces)
        ++found[f.region.code];
    std::string missing, twice;
    for (const std::string& code : codes) {
        if (found[code] == 0)
            missing += (missing.empty() ? "" : ", ") + code;
        if (found[code] > 1)
            twice += (twice.empty() ? "" : ", ") + code;
    }
    if (!missing.empty())
        return Fault{Errc::invalid, file + ": lacks the provinces " + missing};
    if (!twice.empty())
        return Fault{Errc::invalid, file + ": has more than one feature for " + twice};
    return std::nullopt;
}

// The operator's provinces, named as the shipped ones where the file has no names.
Result<std::vector<Feature>> read_own(
    const Geos& geos,
    const std::string& file,
    const std::vector<std::string>& codes,
    const std::vector<Feature>& shipped
) {
    const Result<Json> collection = read_collection(file);
    if (!collection)
        return collection.error();
    auto own = read_features(geos, file, *collection, [&](const Region& r) {
        return std::find(codes.begin(), codes.end(), r.code) != codes.end();
    });
    if (!own)
        return own;
    if (auto bad = complete(file, *own, codes))
        return *bad;
    for (Feature& f : *own) {
        f.region.country = "TH";
        const auto old = std::find_if(shipped.begin(), shipped.end(), [&](const Feature& s) {
            return s.region.code == f.region.code;
        });
        if (old == shipped.end())
            continue;
        if (f.region.name_en.empty())
            f.region.name_en = old->region.name_en;
        if (f.region.name_th.empty())
            f.region.name_th = old->region.name_th;
    }
    return own;
}

} // namespace

Plane to_plane(double latitude, double longitude) {
    return {
        (longitude - central_meridian) * std::cos(latitude * radians) * km_per_degree,
        latitude * km_per_degree
    };
}

class Shapes::Shape {
public:
    Shape(const Geos& geos, Geometry geometry)
        : geos_(geos), geometry_(std::move(geometry)), box_(box_of(geos, geometry_.get())) {
        prepared_ = Prepared{GEOSPrepare_r(geos_, geometry_.get()), GeosDelete{geos_}};
        // Asking once makes GEOS build its lazy indexes now, before threads share them.
        (void)distance({box_.x_min - 1, box_.y_min - 1});
        // Outside the box GEOS answers without its point locator: only a point inside builds it.
        (void)distance({(box_.x_min + box_.x_max) / 2, (box_.y_min + box_.y_max) / 2});
    }

    [[nodiscard]] const GEOSGeometry* geometry() const { return geometry_.get(); }

    [[nodiscard]] bool contains(Plane at) const {
        const Geometry point = geos_.own(GEOSGeom_createPointFromXY_r(geos_, at.x, at.y));
        return GEOSPreparedIntersects_r(geos_, prepared_.get(), point.get()) == 1;
    }

    [[nodiscard]] double distance(Plane at) const {
        const Geometry point = geos_.own(GEOSGeom_createPointFromXY_r(geos_, at.x, at.y));
        double out = 0;
        if (GEOSPreparedIntersects_r(geos_, prepared_.get(), point.get()) != 1)
            GEOSPreparedDistance_r(geos_, prepared_.get(), point.get(), &out);
        return out;
    }

    // Never more than distance().
    [[nodiscard]] double box_distance(Plane at) const {
        const double dx = std::max({box_.x_min - at.x, 0.0, at.x - box_.x_max});
        const double dy = std::max({box_.y_min - at.y, 0.0, at.y - box_.y_max});
        return std::max(0.0, std::hypot(dx, dy) - slack_km);
    }

private:
    const Geos& geos_;
    Geometry geometry_;
    Prepared prepared_;
    Box box_;
};

Shapes::Shapes() = default;
Shapes::~Shapes() = default;

Result<std::unique_ptr<const Shapes>> Shapes::load(
    const std::string& shipped, const std::string& own, const std::vector<std::string>& codes
) {
    std::unique_ptr<Shapes> out{new Shapes};
    const Result<Json> collection = read_collection(shipped);
    if (!collection)
        return collection.error();
    auto all = read_features(out->geos_, shipped, *collection, [](const Region&) { return true; });
    if (!all)
        return all.error();
    for (Feature& f : *all)
        f.region.line_error_km = shipped_error_km;
    if (!own.empty()) {
        std::vector<Feature> neighbours, replaced;
        for (Feature& f : *all)
            (f.region.country == "TH" ? replaced : neighbours).push_back(std::move(f));
        auto provinces = read_own(out->geos_, own, codes, replaced);
        if (!provinces)
            return provinces.error();
        if (auto bad = fit_to(out->geos_, *provinces, replaced, neighbours))
            return Fault{bad->code, own + ": " + bad->detail};
        std::move(provinces->begin(), provinces->end(), std::back_inserter(neighbours));
        *all = std::move(neighbours);
    }
    out->add(std::move(*all));
    out->find_border();
    return std::unique_ptr<const Shapes>{std::move(out)};
}

void Shapes::add(std::vector<Feature> features) {
    for (Feature& f : features) {
        collect(geos_, f.geometry.get(), segments_);
        first_.push_back(segments_.size());
        regions_.push_back(std::move(f.region));
        shapes_.push_back(std::make_unique<Shape>(geos_, std::move(f.geometry)));
    }
}

void Shapes::find_border() {
    // Lines are the same when their ends are, to a millimetre.
    using Line = std::array<std::int64_t, 4>;
    const auto line = [](const Segment& s) {
        const auto mm = [](double km) { return std::llround(km * 1e6); };
        const Line one{mm(s.a.x), mm(s.a.y), mm(s.b.x), mm(s.b.y)};
        const Line other{one[2], one[3], one[0], one[1]};
        return std::min(one, other);
    };
    std::vector<Line> foreign;
    for (std::size_t i = 0; i < regions_.size(); ++i)
        if (regions_[i].country != "TH")
            for (const Segment& s : segments(i))
                foreign.push_back(line(s));
    std::sort(foreign.begin(), foreign.end());
    for (std::size_t i = 0; i < regions_.size(); ++i)
        if (regions_[i].country == "TH")
            for (const Segment& s : segments(i))
                if (std::binary_search(foreign.begin(), foreign.end(), line(s)))
                    border_.push_back(s);
    if (!border_.empty())
        border_shape_ = std::make_unique<Shape>(geos_, lines_of(geos_, border_));
}

std::span<const Segment> Shapes::segments(std::size_t region) const {
    return std::span{segments_}.subspan(first_[region], first_[region + 1] - first_[region]);
}

bool Shapes::contains(std::size_t region, Plane at) const {
    return shapes_[region]->contains(at);
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
    std::sort(out.begin(), out.end());
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
        if (best && box > best->distance_km)
            break;
        const Near found{i, shapes_[i]->distance(at)};
        if (found.distance_km <= radius_km && (!best || found < *best))
            best = found;
    }
    return best;
}

std::optional<double> Shapes::border_distance(Plane at) const {
    if (!border_shape_)
        return std::nullopt;
    return border_shape_->distance(at);
}

} // namespace saiduan
