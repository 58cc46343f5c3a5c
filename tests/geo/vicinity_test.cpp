#include "geo/vicinity.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

using namespace saiduan;

namespace {

constexpr Rectangle hundred_km{{0, 0}, {50, 50}};

struct Random {
    std::mt19937 engine{3};
    double operator()(double low, double high) {
        return std::uniform_real_distribution<double>{low, high}(engine);
    }
};

const std::vector<Segment>& diamond() {
    static const std::vector<Segment> lines{
        {{0, -1}, {1, 0}}, {{1, 0}, {0, 1}}, {{0, 1}, {-1, 0}}, {{-1, 0}, {0, -1}}
    };
    return lines;
}

} // namespace

TEST_CASE("an outline knows inside from outside and says when it cannot tell") {
    const Outline outline{diamond()};
    CHECK(outline.side({0, 0}) == Side::inside); // level with two corners
    CHECK(outline.side({0.4, 0.4}) == Side::inside);
    CHECK(outline.side({0.6, 0.6}) == Side::outside);
    CHECK(outline.side({-0.6, 0.6}) == Side::outside);
    CHECK(outline.side({-5, 0}) == Side::outside);
    CHECK(outline.side({0, 5}) == Side::outside);
    CHECK(outline.side({0.5, 0.5}) == Side::unsure);
    CHECK(outline.side({1, 0}) == Side::unsure);
    CHECK(outline.side({0, 1}) == Side::unsure);
    CHECK(Outline{{}}.side({0, 0}) == Side::outside);
}

TEST_CASE("of many lines the nearest is always among those kept, and all within reach") {
    Random random;
    std::vector<Segment> lines;
    std::vector<std::uint32_t> owners;
    for (std::uint32_t owner = 0; owner < 40; ++owner)
        for (int i = 0; i < 20; ++i) {
            const Plane a{random(-70, 70), random(-70, 70)};
            lines.push_back({a, {a.x + random(-5, 5), a.y + random(-5, 5)}});
            owners.push_back(owner);
        }
    constexpr double reach = 3;
    const Vicinity vicinity{lines, owners, hundred_km, {reach}};
    std::size_t listed = 0;
    for (int i = 0; i < 3000; ++i) {
        const Plane at{random(-50, 50), random(-50, 50)};
        const auto parts = vicinity.at(at);
        REQUIRE(parts.has_value());
        std::vector<double> kept(40, 1e9), all(40, 1e9);
        for (const Vicinity::Part& part : *parts) {
            kept[part.owner] = vicinity.distance(part, at);
            listed += part.count;
        }
        for (std::size_t k = 0; k < lines.size(); ++k)
            all[owners[k]] = std::min(all[owners[k]], distance(at, lines[k]));
        CHECK(
            *std::min_element(kept.begin(), kept.end()) == *std::min_element(all.begin(), all.end())
        );
        for (std::size_t owner = 0; owner < all.size(); ++owner)
            CHECK((all[owner] > reach || kept[owner] == all[owner]));
    }
    CHECK(listed < 3000 * 60); // of 800 lines
}

TEST_CASE("too crowded a place, and one outside, is not answered") {
    Random random;
    std::vector<Segment> crowd;
    std::vector<std::uint32_t> owners;
    for (std::uint32_t owner = 0; owner < 1000; ++owner) {
        const Plane p{random(9.999, 10.001), random(9.999, 10.001)};
        crowd.push_back({p, p});
        owners.push_back(owner);
    }
    const Vicinity vicinity{crowd, owners, hundred_km, {}};
    CHECK_FALSE(vicinity.at({10, 10}).has_value());
    CHECK(vicinity.at({-40, -40}).has_value());
    for (const Plane outside : {Plane{50, 0}, Plane{0, -50}, Plane{1e300, 0}})
        CHECK_FALSE(vicinity.at(outside).has_value());
}

TEST_CASE("with no lines at all nothing is near") {
    const Vicinity vicinity{{}, {}, hundred_km, {}};
    REQUIRE(vicinity.at({0, 0}).has_value());
    CHECK(vicinity.at({0, 0})->empty());
}
