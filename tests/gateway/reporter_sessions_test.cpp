#include "gateway/reporter_sessions.hpp"

#include <doctest/doctest.h>

using namespace saiduan;

namespace {

constexpr UnixMs start = 1'000'000'000;

} // namespace

TEST_CASE("a session is found by its token until its time is over") {
    ReporterSessions sessions;
    Key data = Key::random();
    const Key same = data.clone();
    const std::string token = sessions.begin(7, std::move(data), true, start);
    CHECK(token.starts_with("sr_"));
    const auto found = sessions.find(token, start + ReporterSessions::lifetime_ms - 1);
    REQUIRE(found);
    CHECK(found->complaint == 7);
    CHECK(found->duress);
    CHECK(*found->data == same);
    CHECK_FALSE(sessions.find(token, start + ReporterSessions::lifetime_ms));
    CHECK_FALSE(sessions.find(token + "x", start));
    CHECK_FALSE(sessions.find("", start));
}

TEST_CASE("looking does not make a session live longer") {
    ReporterSessions sessions;
    const std::string token = sessions.begin(7, Key::random(), false, start);
    CHECK(sessions.find(token, start + ReporterSessions::lifetime_ms - 1));
    CHECK_FALSE(sessions.find(token, start + ReporterSessions::lifetime_ms + 1));
}

TEST_CASE("an expired session is forgotten and the younger ones stay") {
    ReporterSessions sessions;
    const std::string old = sessions.begin(1, Key::random(), false, start);
    const std::string young = sessions.begin(2, Key::random(), false, start + 1000);
    const auto held = sessions.find(old, start);
    sessions.expire(start + ReporterSessions::lifetime_ms);
    CHECK_FALSE(sessions.find(old, start));
    CHECK(sessions.find(young, start + ReporterSessions::lifetime_ms));
    CHECK(held->complaint == 1); // who still answers its request keeps it
}

TEST_CASE("a session that was ended is over, once") {
    ReporterSessions sessions;
    const std::string first = sessions.begin(1, Key::random(), false, start);
    const std::string second = sessions.begin(1, Key::random(), false, start);
    CHECK(first != second);
    sessions.end(first);
    sessions.end(first);
    CHECK_FALSE(sessions.find(first, start));
    CHECK(sessions.find(second, start));
}

TEST_CASE("beyond the limit the oldest session ends for the newest") {
    ReporterSessions sessions;
    const std::string oldest = sessions.begin(1, Key::random(), false, start);
    const std::string next = sessions.begin(2, Key::random(), false, start);
    for (std::size_t i = 2; i < ReporterSessions::sessions_max; ++i)
        static_cast<void>(sessions.begin(3, Key::random(), false, start));
    CHECK(sessions.find(oldest, start));
    const std::string newest = sessions.begin(4, Key::random(), false, start);
    CHECK_FALSE(sessions.find(oldest, start));
    CHECK(sessions.find(next, start));
    CHECK(sessions.find(newest, start));
}
