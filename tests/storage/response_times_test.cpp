#include "storage/statistics/response_times.hpp"

#include <doctest/doctest.h>

using namespace saiduan;

namespace {

CaseTimes waited(const char* agency, UnixMs received, std::optional<UnixMs> claimed) {
    CaseTimes c;
    c.agency = agency;
    c.received_at = received;
    c.claimed_at = claimed;
    return c;
}

} // namespace

TEST_CASE("percentiles are nearest-rank over the cases where it happened") {
    std::vector<CaseTimes> cases;
    for (int i = 1; i <= 100; ++i)
        cases.push_back(waited("labour", 0, i * 1000));
    const auto rows = response_times(cases, {"agency"}, 500'000);
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].claim.count == 100);
    CHECK(rows[0].claim.p50_s == 50);
    CHECK(rows[0].claim.p90_s == 90);
    CHECK(rows[0].claim.p99_s == 99);
    CHECK(rows[0].first_contact.count == 0);
}

TEST_CASE("cases still waiting are counted, with the oldest's age") {
    const auto rows = response_times(
        {waited("police", 1000, {}), waited("police", 5000, {}), waited("labour", 0, 1)},
        {"agency"},
        11'000
    );
    REQUIRE(rows.size() == 2);
    CHECK(rows[1].key == std::vector<std::string>{"police"});
    CHECK(rows[1].waiting == 2);
    CHECK(rows[1].oldest_waiting_s == 10);
    CHECK(rows[0].waiting == 0);
}

TEST_CASE("without dimensions there is one row for all") {
    const auto rows = response_times({waited("a", 0, {}), waited("b", 0, {})}, {}, 1);
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].cases == 2);
}
