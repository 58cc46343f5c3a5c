#include "config/reader.hpp"
#include "geo/atlas.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

using namespace saiduan;

namespace {

const Atlas& atlas() {
    static const auto loaded = Atlas::load(SAIDUAN_SOURCE_DIR "/config/geo");
    REQUIRE(loaded.has_value());
    return **loaded;
}

struct TempFile {
    explicit TempFile(const std::string& text) {
        const int file = ::mkstemp(path.data());
        ::close(file);
        std::ofstream{path} << text;
    }
    ~TempFile() { ::unlink(path.c_str()); }
    TempFile(const TempFile&) = delete;
    TempFile& operator=(const TempFile&) = delete;
    std::string path = "/tmp/saiduan-geo-XXXXXX";
};

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

TEST_CASE("an operator's own boundaries replace the shipped provinces") {
    const TempFile file{R"({"type":"FeatureCollection","features":[{"type":"Feature",
        "properties":{"code":"TH-10","name_en":"Square"},
        "geometry":{"type":"Polygon",
        "coordinates":[[[100,13],[101,13],[101,14],[100,14],[100,13]]]}}]})"};
    const auto own = Atlas::load(SAIDUAN_SOURCE_DIR "/config/geo", file.path);
    REQUIRE(own.has_value());
    CHECK((*own)->locate({13.5, 100.5, 0}).province_en == "Square");
    CHECK((*own)->locate({13.5, 100.5, 0}).certain);
    CHECK((*own)->locate({16.0, 98.0, 0}).country == "MM");
}

TEST_CASE("wrong boundaries are refused, naming file and feature") {
    const TempFile file{R"({"type":"FeatureCollection","features":[{"type":"Feature",
        "properties":{"code":"TH-10"},"geometry":{"type":"Polygon","coordinates":[[[1,2],[3]]]}}]})"
    };
    const auto bad = Atlas::load(SAIDUAN_SOURCE_DIR "/config/geo", file.path);
    REQUIRE(bad.has_error());
    CHECK(bad.error().detail.find("feature 0 (TH-10)") != std::string::npos);
    CHECK(Atlas::load(SAIDUAN_SOURCE_DIR "/config/geo", "/nonexistent").has_error());
    CHECK(Atlas::load("/nonexistent").has_error());
}

TEST_CASE("all 77 provinces have their offices and contain a point that says so") {
    const auto offices = read_json_file(SAIDUAN_SOURCE_DIR "/config/geo/jurisdictions.json");
    REQUIRE(offices.has_value());
    CHECK((*offices)["provinces"].size() == 77);
}
