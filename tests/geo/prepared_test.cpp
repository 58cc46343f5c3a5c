// What the atlas prepares against what GEOS says each time: they must be the same.
#include "config/reader.hpp"
#include "geo/atlas.hpp"

#include <doctest/doctest.h>

#include <random>
#include <sstream>
#include <thread>

using namespace saiduan;

namespace {

constexpr const char* directory = SAIDUAN_SOURCE_DIR "/config/geo";

const Atlas& atlas(Atlas::Answers answers) {
    static const auto prepared = Atlas::load(directory);
    static const auto exact = Atlas::load(directory, "", Atlas::Answers::exact);
    REQUIRE(prepared.has_value());
    REQUIRE(exact.has_value());
    return answers == Atlas::Answers::prepared ? **prepared : **exact;
}

// Every corner of every line the extract has.
std::vector<Point> corners() {
    std::vector<Point> out;
    const auto collect = [&](const Json& coordinates, const auto& self) -> void {
        if (coordinates[0].is_number()) {
            out.push_back({coordinates[1].get<double>(), coordinates[0].get<double>(), 0});
            return;
        }
        for (const Json& inner : coordinates)
            self(inner, self);
    };
    const Json document = *read_json_file(std::string{directory} + "/boundaries.json");
    for (const Json& feature : document["features"])
        collect(feature["geometry"]["coordinates"], collect);
    return out;
}

class Points {
public:
    // Uniform in a box of degrees.
    Point in(double south, double north, double west, double east) {
        return {between(south, north), between(west, east), accuracy()};
    }
    // Within `degrees` of a corner of some line.
    Point near(const std::vector<Point>& lines, double degrees) {
        const Point& p = lines[random_() % lines.size()];
        return {
            p.latitude + between(-degrees, degrees),
            p.longitude + between(-degrees, degrees),
            accuracy()
        };
    }
    // On a line, or as near as degrees can be written.
    Point on(const std::vector<Point>& lines) {
        const std::size_t i = random_() % (lines.size() - 1);
        const double along = i % 2 ? 0 : between(0, 1);
        const Point &p = lines[i], &q = lines[i + 1];
        return {
            p.latitude + along * (q.latitude - p.latitude),
            p.longitude + along * (q.longitude - p.longitude),
            accuracy()
        };
    }

private:
    double between(double low, double high) {
        return std::uniform_real_distribution<double>{low, high}(random_);
    }
    double accuracy() {
        constexpr double usual[] = {0, 5, 30, 30, 500, 1500, 2000, 2000.1, 20'000, 100'000};
        return usual[random_() % std::size(usual)];
    }
    std::mt19937 random_{20251124};
};

void check_same(const Point& point) {
    const bool same =
        atlas(Atlas::Answers::prepared).locate(point) == atlas(Atlas::Answers::exact).locate(point);
    if (same)
        return;
    std::ostringstream where;
    where.precision(17);
    where << point.latitude << ' ' << point.longitude << ' ' << point.accuracy_m;
    FAIL_CHECK("differs at " << where.str());
}

} // namespace

TEST_CASE("what is prepared equals what GEOS says, wherever the point lies") {
    Points points;
    const std::vector<Point> lines = corners();
    REQUIRE(lines.size() > 50'000);
    for (int i = 0; i < 9000; ++i) // the land served, its coasts and neighbours
        check_same(points.in(5, 21, 97, 106));
    for (int i = 0; i < 6000; ++i) // beside lines, inner ones and coasts
        check_same(points.near(lines, 0.03));
    for (int i = 0; i < 3000; ++i)
        check_same(points.near(lines, 1e-7));
    for (int i = 0; i < 2000; ++i)
        check_same(points.on(lines));
    for (int i = 0; i < 1000; ++i) // the edge of what is prepared
        check_same(points.in(3, 24, 94, 110));
    for (int i = 0; i < 1000; ++i)
        check_same(points.in(-90, 90, -180, 180));
    for (const double latitude : {-90.0, -45.0, 0.0, 13.0, 45.0, 90.0})
        for (const double longitude : {-180.0, -179.9999999, 0.0, 101.0, 179.9999999, 180.0})
            for (const double accuracy : {0.0, 30.0, 100'000.0})
                check_same({latitude, longitude, accuracy});
}

TEST_CASE("threads share one atlas and get the same answers") {
    Points points;
    std::vector<Point> asked;
    std::vector<Place> alone;
    for (int i = 0; i < 500; ++i)
        asked.push_back(points.in(5, 21, 97, 106));
    for (const Point& point : asked)
        alone.push_back(atlas(Atlas::Answers::prepared).locate(point));
    // A fresh one: whatever is made on first use is made while they race.
    const auto shared = Atlas::load(directory);
    REQUIRE(shared.has_value());
    std::vector<std::vector<Place>> together(4);
    std::vector<std::thread> threads;
    for (auto& places : together)
        threads.emplace_back([&] {
            for (const Point& point : asked)
                places.push_back((*shared)->locate(point));
        });
    for (std::thread& thread : threads)
        thread.join();
    for (const auto& places : together)
        CHECK(places == alone);
}
