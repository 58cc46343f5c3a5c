#include "geo/atlas.hpp"

#include "geo/shapes.hpp"

#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>

namespace saiduan {
namespace {

constexpr double line_error_km = 3;     // how far the shipped lines may be off (domain.md §5)
constexpr double offshore_max_km = 200; // farther from any coast there is no province to name
constexpr double border_max_km = 1500;  // beyond, no distance is given
constexpr double place_max_km = 100;    // a farther place is not near
constexpr std::size_t file_bytes_max = 256 << 20;

struct Named {
    std::string name;
    Plane at;
};

// Named places in square cells of cell_km, for the nearest one.
class Gazetteer {
public:
    void add(Named place) { cells_[key(place.at)].push_back(std::move(place)); }

    [[nodiscard]] std::string nearest(Plane at) const {
        const auto [cx, cy] = key(at);
        const Named* best = nullptr;
        double best_km = place_max_km;
        for (int ring = 0; ring <= rings_max && (ring - 1) * cell_km < best_km; ++ring)
            for (int dx = -ring; dx <= ring; ++dx)
                for (int dy = -ring; dy <= ring; ++dy)
                    if (std::max(std::abs(dx), std::abs(dy)) == ring)
                        look(cx + dx, cy + dy, at, best, best_km);
        return best ? best->name : "";
    }

private:
    static constexpr double cell_km = 20;
    static constexpr int rings_max = static_cast<int>(place_max_km / cell_km) + 1;
    using Key = std::pair<int, int>;

    static Key key(Plane p) {
        return {
            static_cast<int>(std::floor(p.x / cell_km)), static_cast<int>(std::floor(p.y / cell_km))
        };
    }
    void look(int x, int y, Plane at, const Named*& best, double& best_km) const {
        const auto cell = cells_.find({x, y});
        if (cell == cells_.end())
            return;
        for (const Named& place : cell->second)
            if (const double km = std::hypot(place.at.x - at.x, place.at.y - at.y); km < best_km) {
                best = &place;
                best_km = km;
            }
    }

    std::map<Key, std::vector<Named>> cells_;
};

class LoadedAtlas final : public Atlas {
public:
    std::unique_ptr<Shapes> shapes;
    Gazetteer gazetteer;
    std::unordered_map<std::string, Jurisdiction> offices; // by Thai province
    std::string ticac;

    [[nodiscard]] Place locate(const Point& point) const override {
        const Plane at = to_plane(point.latitude, point.longitude);
        const double doubt_km = point.accuracy_m / 1000 + line_error_km;
        Place out;
        auto near = shapes->within(at, doubt_km);
        out.offshore = near.empty() || near.front().distance_km > 0;
        if (near.empty())
            if (const auto coast =
                    shapes->nearest(at, offshore_max_km, [](const Region&) { return true; }))
                near.push_back(*coast);
        if (!near.empty())
            name(out, near, doubt_km);
        out.certain = !out.offshore && out.alternates.empty();
        // The lines may be off: a point just outside a coast is more likely on the beach.
        if (out.offshore && !near.empty() && near.front().distance_km <= line_error_km)
            out.offshore = false;
        out.near = gazetteer.nearest(at);
        out.distance_to_border_km = border_distance(at, out.country);
        out.jurisdiction = responsible(at, out);
        return out;
    }

private:
    [[nodiscard]] const Region& region(const Shapes::Near& n) const {
        return shapes->regions()[n.region];
    }

    void name(Place& out, const std::vector<Shapes::Near>& near, double doubt_km) const {
        const Region& first = region(near.front());
        out.country = first.country;
        out.province = first.code;
        out.province_en = first.name_en;
        out.province_th = first.name_th;
        for (std::size_t i = 1; i < near.size(); ++i)
            if (near[i].distance_km <= doubt_km)
                out.alternates.push_back(region(near[i]).code);
    }

    // To the nearest land on the border's other side.
    [[nodiscard]] std::optional<double>
    border_distance(Plane at, const std::string& country) const {
        const bool inside = country.empty() || country == "TH";
        const auto other = shapes->nearest(at, border_max_km, [inside](const Region& r) {
            return (r.country == "TH") != inside && r.country != "VN";
        });
        if (other)
            return other->distance_km;
        return std::nullopt;
    }

    // Abroad and at sea the nearest Thai province's offices take it: they would do the hand-over.
    [[nodiscard]] Jurisdiction responsible(Plane at, const Place& place) const {
        const auto own = offices.find(place.province);
        if (own != offices.end())
            return own->second;
        const auto thai = shapes->nearest(at, border_max_km, [this](const Region& r) {
            return offices.contains(r.code);
        });
        if (thai)
            return offices.at(region(*thai).code);
        return Jurisdiction{"", "", ticac};
    }
};

// A plain or gzip file; zlib reads both.
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

std::optional<Fault> load_places(const std::string& file, Gazetteer& out) {
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
        out.add(
            {place[0].get<std::string>(), to_plane(place[1].get<double>(), place[2].get<double>())}
        );
        ++row;
    }
    return std::nullopt;
}

std::optional<Fault> load_offices(const std::string& file, LoadedAtlas& atlas) {
    const Result<Json> document = read_json_file(file);
    if (!document)
        return document.error();
    constexpr std::size_t rows_max = 1000, text_max = 300;
    std::string ignored;
    Reader in{*document};
    in.require("ticac");
    in.object("ticac", [&](Reader& unit) {
        unit.require("id");
        unit.text("id", atlas.ticac, 1, text_max);
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
        office.ticac = atlas.ticac;
        atlas.offices[code] = std::move(office);
    });
    auto bad = in.finish(file);
    return bad;
}

} // namespace

Result<std::unique_ptr<const Atlas>>
Atlas::load(const std::string& directory, const std::string& boundaries_file) {
    auto atlas = std::make_unique<LoadedAtlas>();
    const std::string shipped = directory + "/boundaries.json";
    const Result<Json> collection = read_collection(shipped);
    if (!collection)
        return collection.error();
    const bool own = !boundaries_file.empty();
    auto shapes = Shapes::build(shipped, *collection, [own](const Region& r) {
        return !own || r.country != "TH";
    });
    if (!shapes)
        return shapes.error();
    atlas->shapes = std::move(*shapes);
    if (own) {
        const Result<Json> better = read_collection(boundaries_file);
        if (!better)
            return better.error();
        // Provinces only: a file may hold districts and subdistricts too, whose codes are longer.
        constexpr std::size_t province_code_length = 5; // TH-10
        const auto is_province = [](const Region& r) {
            return r.code.size() == province_code_length;
        };
        if (auto bad = atlas->shapes->add(boundaries_file, *better, is_province))
            return *bad;
    }
    if (auto bad = load_places(directory + "/places.json", atlas->gazetteer))
        return *bad;
    if (auto bad = load_offices(directory + "/jurisdictions.json", *atlas))
        return *bad;
    return std::unique_ptr<const Atlas>{std::move(atlas)};
}

} // namespace saiduan
