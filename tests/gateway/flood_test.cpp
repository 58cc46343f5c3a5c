#include "gateway/http/flood.hpp"
#include "gateway/intake.hpp"

#include <doctest/doctest.h>

using namespace saiduan;

TEST_CASE("a network floods only after its share of a minute, and the next minute starts anew") {
    Flood flood{3};
    const auto label = flood.label("\x0A\x01\x02\x03", 0);
    for (int i = 0; i < 3; ++i)
        CHECK_FALSE(flood.flooding(label, 1000));
    CHECK(flood.flooding(label, 1000));
    CHECK_FALSE(flood.flooding(label, 1000 + Flood::window_ms));
}

TEST_CASE("one network's flood does not touch another's") {
    Flood flood{1};
    const auto loud = flood.label("loud", 0);
    const auto quiet = flood.label("quiet", 0);
    CHECK_FALSE(flood.flooding(loud, 0));
    CHECK(flood.flooding(loud, 0));
    CHECK_FALSE(flood.flooding(quiet, 0));
}

TEST_CASE("a label says nothing after the key has rotated, nor in another process") {
    Flood flood{1};
    Flood other{1};
    const auto before = flood.label("net", Flood::rotation_ms);
    CHECK(before == flood.label("net", Flood::rotation_ms + 1));
    CHECK(before != flood.label("net", 3 * Flood::rotation_ms));
    CHECK(before != other.label("net", Flood::rotation_ms));
}

TEST_CASE("ages fall into the published bands and an unknown age is never adult") {
    CHECK(age_band(std::nullopt) == "unknown");
    CHECK(age_band(0) == "0-9");
    CHECK(age_band(14) == "10-14");
    CHECK(age_band(17) == "15-17");
    CHECK(age_band(18) == "18-24");
    CHECK(age_band(59) == "25-59");
    CHECK(age_band(60) == "60+");
}
