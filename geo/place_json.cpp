#include "geo/place_json.hpp"

#include <cmath>

namespace saiduan {
namespace {

Json or_null(const std::string& text) {
    return text.empty() ? Json{} : Json(text);
}

} // namespace

Json place_to_json(const Place& place) {
    Json out{
        {"country", or_null(place.country)},
        {"province", or_null(place.province)},
        {"province_name", {{"en", or_null(place.province_en)}, {"th", or_null(place.province_th)}}},
        {"certain", place.certain},
        {"offshore", place.offshore},
        {"alternates", place.alternates},
        {"near", or_null(place.near)},
        {"distance_to_border_km", nullptr},
        {"jurisdiction",
         {{"labour", or_null(place.jurisdiction.labour)},
          {"police", or_null(place.jurisdiction.police)},
          {"ticac", or_null(place.jurisdiction.ticac)}}}
    };
    if (place.distance_to_border_km)
        out["distance_to_border_km"] = std::round(*place.distance_to_border_km * 10) / 10;
    return out;
}

} // namespace saiduan
