// An operator's own province lines, made here from the shipped ones.
#include "config/reader.hpp"
#include "geo/atlas.hpp"
#include "tests/geo/temp_file.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <random>

using namespace saiduan;

namespace {

constexpr const char* directory = SAIDUAN_SOURCE_DIR "/config/geo";

const Json& shipped() {
    static const Json document = *read_json_file(std::string{directory} + "/boundaries.json");
    return document;
}

void move_east(Json& coordinates, double degrees) {
    if (coordinates[0].is_number()) {
        coordinates[0] = coordinates[0].get<double>() + degrees;
        return;
    }
    for (Json& inner : coordinates)
        move_east(inner, degrees);
}

// The shipped Thai provinces as a survey might give them: their lines 0.02° (2 km) farther east,
// every property but the code left out, and a district among them.
Json survey() {
    Json out{{"type", "FeatureCollection"}, {"features", Json::array()}};
    for (Json feature : shipped()["features"]) {
        if (feature["properties"]["country"] != "TH")
            continue;
        feature["properties"] = {{"code", feature["properties"]["code"]}};
        move_east(feature["geometry"]["coordinates"], 0.02);
        out["features"].push_back(std::move(feature));
    }
    Json district = out["features"][0];
    district["properties"]["code"] = "TH-1001";
    out["features"].push_back(std::move(district));
    return out;
}

auto load(const Json& collection, Atlas::Answers answers = Atlas::Answers::prepared) {
    const TempFile file{collection.dump()};
    return Atlas::load(directory, file.path, answers);
}

const Atlas& surveyed() {
    static const auto loaded = load(survey());
    REQUIRE(loaded.has_value());
    return **loaded;
}

const Atlas& coarse() {
    static const auto loaded = Atlas::load(directory);
    REQUIRE(loaded.has_value());
    return **loaded;
}

// The longitude between the two at which `inside` changes from what it is at `west`.
double line_between(double west, double east, const std::function<bool(double longitude)>& inside) {
    const bool at_west = inside(west);
    REQUIRE(inside(east) != at_west);
    while (east - west > 1e-9) {
        const double middle = (west + east) / 2;
        (inside(middle) == at_west ? west : east) = middle;
    }
    return west;
}

constexpr double km = 1 / 109.0; // in degrees of longitude, at 11° to 17° N, to some 3 %

} // namespace

TEST_CASE("an operator's province lines are taken as exact") {
    const double latitude = 13.9; // Prachin Buri to the west, Sa Kaeo to the east
    const auto is = [&](const Atlas& atlas, const char* province) {
        return [&atlas, province, latitude](double longitude) {
            return atlas.locate({latitude, longitude, 0}).province == province;
        };
    };
    const double old_line = line_between(101.8, 102.4, is(coarse(), "TH-27"));
    const double line = line_between(101.8, 102.4, is(surveyed(), "TH-27"));
    CHECK(line == doctest::Approx(old_line + 0.02).epsilon(1e-6));

    const Point inside{latitude, line + 0.5 * km, 30};
    CHECK(surveyed().locate(inside).certain);
    CHECK(surveyed().locate(inside).alternates.empty());
    CHECK(surveyed().locate(inside).province_en == "Sa Kaeo");
    CHECK_FALSE(surveyed().locate(inside).province_th.empty());
    CHECK_FALSE(coarse().locate({latitude, old_line + 0.5 * km, 30}).certain);

    const Place wide = surveyed().locate({latitude, line + 0.5 * km, 1000});
    CHECK_FALSE(wide.certain);
    CHECK(wide.alternates == std::vector<std::string>{"TH-25"});
}

TEST_CASE("the neighbours give way to an operator's lines and follow them") {
    const double latitude = 13.75; // Sa Kaeo to the west, Banteay Meanchey to the east
    const auto thai = [&](const Atlas& atlas) {
        return [&atlas, latitude](double longitude) {
            return atlas.locate({latitude, longitude, 0}).country == "TH";
        };
    };
    const double east = line_between(102.3, 103.3, thai(surveyed()));
    CHECK(east == doctest::Approx(line_between(102.3, 103.3, thai(coarse())) + 0.02).epsilon(1e-6));
    const Place won = surveyed().locate({latitude, east - 0.5 * km, 30});
    CHECK(won.province == "TH-27");
    CHECK(won.certain);
    const Place across = surveyed().locate({latitude, east + 0.5 * km, 30});
    CHECK(across.country == "KH");
    CHECK(
        std::find(across.alternates.begin(), across.alternates.end(), "TH-27") ==
        across.alternates.end()
    );
    CHECK(across.distance_to_border_km.value_or(9) < 0.6);

    // In the west the survey leaves 2 km that the shipped lines call Thai: they are Myanmar's.
    const double north = 16.4; // Tak
    const auto tak = [&](double longitude) {
        return surveyed().locate({north, longitude, 0}).country == "TH";
    };
    const double west = line_between(98.2, 99.3, tak);
    const Place lost = surveyed().locate({north, west - 0.5 * km, 30});
    CHECK(coarse().locate({north, west - 0.5 * km, 30}).country == "TH");
    CHECK(lost.country == "MM");
    CHECK_FALSE(lost.offshore);
    CHECK(lost.distance_to_border_km.value_or(9) < 0.6);
    CHECK(lost.jurisdiction.labour == "DLPW-63");
}

TEST_CASE("with an operator's lines, what is prepared equals what GEOS says") {
    const auto exact = load(survey(), Atlas::Answers::exact);
    REQUIRE(exact.has_value());
    std::mt19937 random{7};
    std::uniform_real_distribution<double> latitude{5, 21}, longitude{97, 106};
    for (int i = 0; i < 2000; ++i) {
        const Point point{latitude(random), longitude(random), i % 3 * 900.0};
        CHECK(surveyed().locate(point) == (*exact)->locate(point));
    }
}

TEST_CASE("an operator's file that lacks provinces is refused, with all their codes") {
    Json some = survey();
    std::erase_if(some["features"].get_ref<Json::array_t&>(), [](const Json& feature) {
        const Json& code = feature["properties"]["code"];
        return code == "TH-10" || code == "TH-58" || code == "TH-96";
    });
    const auto bad = load(some);
    REQUIRE(bad.has_error());
    CHECK(bad.error().code == Errc::invalid);
    CHECK(bad.error().detail.ends_with("lacks the provinces TH-10, TH-58, TH-96"));
}

TEST_CASE("an operator's file with one province twice is refused") {
    Json twice = survey();
    twice["features"].push_back(twice["features"][3]);
    const auto bad = load(twice);
    REQUIRE(bad.has_error());
    const std::string code = twice["features"][3]["properties"]["code"];
    CHECK(bad.error().detail.ends_with("more than one feature for " + code));
}

TEST_CASE("wrong boundaries are refused, naming file and feature") {
    const char* const wrong[] = {
        "[[[1,2],[3]]]",
        "[[[1,2],[3,4],[5,6],[1,200]]]",
        "[[[1,2],[3,4],[5,6],[7,8]]]",
        "[]",
        "7",
        "[[[1,2],[3,4],[5,6],[null,2]]]"
    };
    for (const char* coordinates : wrong) {
        const TempFile file{
            R"({"type":"FeatureCollection","features":[{"type":"Feature","properties":)"
            R"({"code":"TH-10"},"geometry":{"type":"Polygon","coordinates":)" +
            std::string{coordinates} + "}}]}"
        };
        const auto bad = Atlas::load(directory, file.path);
        REQUIRE(bad.has_error());
        CHECK(bad.error().detail == file.path + ": feature 0 (TH-10) has no valid polygon");
    }
    CHECK(Atlas::load(directory, "/nonexistent").has_error());
    CHECK(Atlas::load("/nonexistent").has_error());
}
