#include "geo/atlas.hpp"

#include "geo/finder.hpp"
#include "geo/shapes.hpp"

#include <algorithm>
#include <map>

namespace saiduan {
namespace {

constexpr double offshore_max_km = 200; // farther from any coast there is no province to name
constexpr double border_max_km = 1500;  // beyond, no distance is given
constexpr double place_max_km = 100;    // a farther place is not near

struct Named {
    std::string name;
    Plane at;
};

struct Offices {
    std::map<std::string, Jurisdiction> by_province; // by code
    std::string ticac;
};

class LoadedAtlas final : public Atlas {
public:
    LoadedAtlas(
        std::unique_ptr<const Shapes> shapes,
        std::vector<Named> places,
        const Offices& offices,
        Answers answers
    )
        : shapes_(std::move(shapes)), places_(std::move(places)),
          ticac_only_{"", "", offices.ticac} {
        for (const Region& r : shapes_->regions()) {
            const auto own = offices.by_province.find(r.code);
            has_office_.push_back(own != offices.by_province.end());
            office_.push_back(has_office_.back() ? own->second : Jurisdiction{});
            line_error_max_km_ = std::max(line_error_max_km_, r.line_error_km);
        }
        std::vector<Plane> points;
        for (const Named& place : places_)
            points.push_back(place.at);
        if (answers == Answers::prepared)
            finder_ = std::make_unique<Finder>(*shapes_, has_office_, points);
    }

    [[nodiscard]] Place locate(const Point& point) const override {
        const Plane at = to_plane(point.latitude, point.longitude);
        const double accuracy_km = point.accuracy_m / 1000;
        Place out;
        const NearRegions near = regions_near(at, accuracy_km + line_error_max_km_);
        out.offshore = near.empty() || near.front().distance_km > 0;
        if (!near.empty())
            name(out, near, accuracy_km);
        out.certain = !out.offshore && out.alternates.empty();
        // The lines may be off: a point just outside a coast is more likely on the beach.
        if (out.offshore && !near.empty() &&
            near.front().distance_km <= region(near.front()).line_error_km)
            out.offshore = false;
        out.near = place_near(at);
        out.distance_to_border_km = border_distance(at);
        out.jurisdiction = responsible(at, near);
        return out;
    }

private:
    [[nodiscard]] const Region& region(const Shapes::Near& n) const {
        return shapes_->regions()[n.region];
    }

    void name(Place& out, const NearRegions& near, double accuracy_km) const {
        const Region& first = region(near.front());
        out.country = first.country;
        out.province = first.code;
        out.province_en = first.name_en;
        out.province_th = first.name_th;
        for (std::size_t i = 1; i < near.size(); ++i) {
            // A line between two regions is as good as the better drawn of them.
            const Region& other = region(near[i]);
            const double doubt_km =
                accuracy_km + std::min(first.line_error_km, other.line_error_km);
            if (near[i].distance_km <= doubt_km)
                out.alternates.push_back(other.code);
        }
    }

    // All within the radius, nearest first; when there is none, the nearest coast.
    [[nodiscard]] NearRegions regions_near(Plane at, double radius_km) const {
        if (finder_)
            if (auto found = finder_->regions(at, radius_km, offshore_max_km))
                return *found;
        const auto within = shapes_->within(at, radius_km);
        NearRegions out(within.begin(), within.end());
        if (out.empty())
            if (const auto coast =
                    shapes_->nearest(at, offshore_max_km, [](const Region&) { return true; }))
                out.push_back(*coast);
        return out;
    }

    [[nodiscard]] std::optional<double> border_distance(Plane at) const {
        auto km = finder_ ? finder_->border_distance(at) : std::nullopt;
        if (!km)
            km = shapes_->border_distance(at);
        return km && *km <= border_max_km ? km : std::nullopt;
    }

    [[nodiscard]] std::string place_near(Plane at) const {
        std::optional<Finder::Place> best = finder_ ? finder_->place(at) : std::nullopt;
        if (!best)
            for (std::size_t i = 0; i < places_.size(); ++i)
                if (const double km = distance(at, places_[i].at); !best || km < best->distance_km)
                    best = Finder::Place{i, km};
        return best && best->distance_km < place_max_km ? places_[best->index].name : "";
    }

    // Abroad and at sea the nearest Thai province's offices take it: they would do the hand-over.
    [[nodiscard]] const Jurisdiction& responsible(Plane at, const NearRegions& near) const {
        if (!near.empty() && has_office_[near.front().region])
            return office_[near.front().region];
        auto thai = finder_ ? finder_->with_offices(at) : std::nullopt;
        if (!thai)
            thai = shapes_->nearest(at, border_max_km, [this](const Region& r) {
                return has_office_[static_cast<std::size_t>(&r - shapes_->regions().data())];
            });
        return thai && thai->distance_km <= border_max_km ? office_[thai->region] : ticac_only_;
    }

    std::unique_ptr<const Shapes> shapes_;
    std::vector<Named> places_;
    Jurisdiction ticac_only_;
    std::vector<bool> has_office_;     // by region
    std::vector<Jurisdiction> office_; // by region
    double line_error_max_km_ = 0;
    std::unique_ptr<const Finder> finder_;
};

std::optional<Fault> load_places(const std::string& file, std::vector<Named>& out) {
    const Result<Json> document = read_json_file(file);
    if (!document)
        return document.error();
    std::size_t row = 0;
    for (const Json& place : document->value("places", Json::array())) {
        const bool good = place.is_array() && place.size() == 3 && place[0].is_string() &&
                          place[1].is_number() && place[2].is_number();
        if (!good)
            return Fault{
                Errc::invalid,
                file + ": /places/" + std::to_string(row) + " must be [name, latitude, longitude]"
            };
        out.push_back(
            {place[0].get<std::string>(), to_plane(place[1].get<double>(), place[2].get<double>())}
        );
        ++row;
    }
    return std::nullopt;
}

std::optional<Fault> load_offices(const std::string& file, Offices& out) {
    const Result<Json> document = read_json_file(file);
    if (!document)
        return document.error();
    constexpr std::size_t rows_max = 1000, text_max = 300;
    std::string ignored;
    Reader in{*document};
    in.require("ticac");
    in.object("ticac", [&](Reader& unit) {
        unit.require("id");
        unit.text("id", out.ticac, 1, text_max);
        unit.text("name_en", ignored, 1, text_max);
    });
    in.objects("police_regions", rows_max, [&](Reader& r) {
        for (const char* name : {"id", "name_en", "name_th"})
            r.text(name, ignored, 1, text_max);
    });
    in.objects("provinces", rows_max, [&](Reader& r) {
        Jurisdiction office;
        std::string code;
        for (const char* name : {"code", "police", "labour"})
            r.require(name);
        r.text("code", code, 1, text_max);
        r.text("police", office.police, 1, text_max);
        r.text("labour", office.labour, 1, text_max);
        for (const char* name :
             {"labour_name_en", "labour_name_th", "labour_check", "police_check"})
            r.text(name, ignored, 0, text_max);
        office.ticac = out.ticac;
        out.by_province[code] = std::move(office);
    });
    return in.finish(file);
}

} // namespace

Result<std::unique_ptr<const Atlas>>
Atlas::load(const std::string& directory, const std::string& boundaries_file, Answers answers) {
    Offices offices;
    if (auto bad = load_offices(directory + "/jurisdictions.json", offices))
        return *bad;
    std::vector<std::string> codes;
    for (const auto& [code, office] : offices.by_province)
        codes.push_back(code);
    auto shapes = Shapes::load(directory + "/boundaries.json", boundaries_file, codes);
    if (!shapes)
        return shapes.error();
    std::vector<Named> places;
    if (auto bad = load_places(directory + "/places.json", places))
        return *bad;
    return std::unique_ptr<const Atlas>{
        std::make_unique<LoadedAtlas>(std::move(*shapes), std::move(places), offices, answers)
    };
}

} // namespace saiduan
