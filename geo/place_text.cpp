#include "geo/place_text.hpp"

#include "config/json_text.hpp"

#include <cmath>
#include <limits>

namespace saiduan {

std::string place_text(const Place& p) {
    JsonText json;
    json.open('{').key("country").text_or_null(p.country).key("province").text_or_null(p.province);
    json.key("province_name").open('{').key("en").text_or_null(p.province_en);
    json.key("th").text_or_null(p.province_th).close('}');
    json.key("certain").boolean(p.certain).key("offshore").boolean(p.offshore);
    json.key("alternates").open('[');
    for (const auto& alternate : p.alternates)
        json.text(alternate);
    json.close(']').key("near").text_or_null(p.near);
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    json.key("distance_to_border_km")
        .number(p.distance_to_border_km ? std::round(*p.distance_to_border_km * 10) / 10 : none);
    json.key("jurisdiction").open('{').key("labour").text_or_null(p.jurisdiction.labour);
    json.key("police").text_or_null(p.jurisdiction.police);
    json.key("ticac").text_or_null(p.jurisdiction.ticac).close('}');
    return json.close('}').take();
}

} // namespace saiduan
