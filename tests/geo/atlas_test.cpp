#include "config/reader.hpp"
#include "geo/atlas.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <set>

using namespace saiduan;

namespace {

const Atlas& atlas() {
    static const auto loaded = Atlas::load(SAIDUAN_SOURCE_DIR "/config/geo");
    REQUIRE(loaded.has_value());
    return **loaded;
}

} // namespace

TEST_CASE("towns far from a line are in their province, for certain") {
    const std::pair<Point, const char*> towns[] = {
        {{13.75, 100.5, 10}, "TH-10"},
        {{13.5475, 100.2744, 30}, "TH-74"},
        {{18.7883, 98.9853, 10}, "TH-50"},
        {{12.9236, 100.8825, 10}, "TH-20"},
        {{7.0086, 100.4747, 10}, "TH-90"},
        {{15.2448, 104.8473, 10}, "TH-34"}
    };
    for (const auto& [point, province] : towns) {
        const Place place = atlas().locate(point);
        CHECK(place.country == "TH");
        CHECK(place.province == province);
        CHECK(place.certain);
        CHECK_FALSE(place.jurisdiction.police.empty());
        CHECK_FALSE(place.jurisdiction.labour.empty());
        CHECK(place.jurisdiction.ticac == "TICAC");
    }
    CHECK(atlas().locate({13.75, 100.5, 10}).jurisdiction.police == "MPB");
}

TEST_CASE("near a line the other side is listed and nothing is pretended") {
    const Place bridge = atlas().locate({16.6905, 98.517, 20});
    CHECK_FALSE(bridge.certain);
    CHECK(bridge.alternates.size() >= 1);
    CHECK(bridge.distance_to_border_km.value_or(99) < 4);
}

TEST_CASE("a wide accuracy circle makes a certain place uncertain") {
    CHECK(atlas().locate({13.75, 100.5, 10}).certain);
    const Place wide = atlas().locate({13.75, 100.5, 50'000});
    CHECK_FALSE(wide.certain);
    CHECK(
        std::find(wide.alternates.begin(), wide.alternates.end(), "TH-12") != wide.alternates.end()
    );
}

TEST_CASE("at sea the nearest coast's province answers, on the open ocean none") {
    const Place gulf = atlas().locate({12.5, 100.5, 10});
    CHECK(gulf.offshore);
    CHECK_FALSE(gulf.certain);
    CHECK(gulf.country == "TH");
    CHECK_FALSE(gulf.jurisdiction.police.empty());
    const Place ocean = atlas().locate({0, 160, 0});
    CHECK(ocean.offshore);
    CHECK(ocean.country.empty());
    CHECK(ocean.jurisdiction.ticac == "TICAC");
}

TEST_CASE("abroad the nearest Thai province's offices take the hand-over") {
    const Place poipet = atlas().locate({13.66, 102.6, 10});
    CHECK(poipet.country == "KH");
    CHECK(poipet.jurisdiction.labour == "DLPW-27");
    CHECK(poipet.distance_to_border_km.has_value());
}

TEST_CASE("the distance to the border is to the land border, from either side of it") {
    const auto border = [](double latitude, double longitude) {
        return atlas().locate({latitude, longitude, 30}).distance_to_border_km.value_or(-1);
    };
    CHECK(border(13.661, 102.548) < 3); // the bridge of Aranyaprathet
    CHECK(border(13.58, 102.97) > 30);  // Sisophon, in Cambodia
    CHECK(border(13.58, 102.97) < 60);
    // Langkawi lies 20 km from Ko Tarutao; the border on land begins at Wang Prachan, far to the
    // east of both.
    CHECK(border(6.55, 99.65) > 45);
    CHECK(border(0, 160) < 0);
}

TEST_CASE("farther neighbours are land, not sea") {
    const std::pair<Point, const char*> cities[] = {
        {{25.04, 102.71, 30}, "CN-YN"},
        {{22.0, 100.8, 30}, "CN-YN"}, // Jinghong, on the Mekong
        {{22.82, 108.32, 30}, "CN-GX"},
        {{1.33, 103.85, 30}, "SG-"},
        {{4.9, 114.94, 30}, "BN-"},
        {{3.59, 98.67, 30}, "ID-SU"},
        {{23.73, 92.72, 30}, "IN-MZ"},
        {{22.34, 91.83, 30}, "BD-B"}
    };
    for (const auto& [point, code] : cities) {
        const Place place = atlas().locate(point);
        CHECK(place.province.starts_with(code));
        CHECK(place.country == std::string{code}.substr(0, 2));
        CHECK_FALSE(place.offshore);
        CHECK_FALSE(place.jurisdiction.police.empty());
    }
    CHECK(atlas().locate({1.33, 103.85, 30}).near != "");
}

TEST_CASE("each of the 77 provinces is found, with its own labour office") {
    std::mt19937 random{11};
    std::uniform_real_distribution<double> latitude{5.6, 20.5}, longitude{97.3, 105.7};
    std::set<std::string> found;
    for (int i = 0; i < 50'000; ++i) {
        const Place place = atlas().locate({latitude(random), longitude(random), 10});
        if (!place.certain || place.country != "TH")
            continue;
        CHECK(place.jurisdiction.labour == "DLPW-" + place.province.substr(3));
        found.insert(place.province);
    }
    CHECK(found.size() == 77);
}
