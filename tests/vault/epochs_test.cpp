#include "storage/vault/epochs.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace saiduan;

namespace {

struct Desk {
    KeyPair labour = KeyPair::random();
    KeyPair police = KeyPair::random();
    Key data_key = Key::random();
    Epochs epochs{100};

    Desk() {
        REQUIRE(epochs.set_agency("labour", 1, labour.public_key).has_value());
        REQUIRE(epochs.set_agency("police", 4, police.public_key).has_value());
    }
    Grant grant(std::string_view agency, std::uint64_t complaint, UnixMs now) {
        auto made = epochs.grant(agency, complaint, data_key, now);
        REQUIRE(made.has_value());
        return std::move(*made);
    }
};

} // namespace

TEST_CASE("an agency reaches the data key through its epoch, and no other agency does") {
    Desk desk;
    const Grant grant = desk.grant("labour", 42, 1000);
    CHECK(grant.epoch->id == 100);
    CHECK(grant.epoch->agency == "labour");
    CHECK(grant.epoch->agency_key == 1);
    const auto epoch_key = open_epoch(desk.labour, grant.epoch->sealed);
    REQUIRE(epoch_key.has_value());
    CHECK(*open_grant(*epoch_key, 100, 42, grant.wrapped) == desk.data_key);
    CHECK(open_grant(*epoch_key, 100, 43, grant.wrapped).has_error());
    CHECK(open_grant(*epoch_key, 101, 42, grant.wrapped).has_error());
    CHECK(open_epoch(desk.police, grant.epoch->sealed).has_error());
    CHECK(desk.grant("police", 42, 1000).epoch->agency_key == 4);
}

TEST_CASE("an epoch lasts a minute") {
    Desk desk;
    const auto first = desk.grant("labour", 1, 1000).epoch;
    CHECK(desk.grant("labour", 2, 60'999).epoch == first);
    const auto second = desk.grant("labour", 3, 61'000).epoch;
    CHECK(second->id == first->id + 1);
    CHECK(second->sealed != first->sealed);
    CHECK_FALSE(
        *open_epoch(desk.labour, first->sealed) == *open_epoch(desk.labour, second->sealed)
    );
}

TEST_CASE("a clock set back starts a new epoch") {
    Desk desk;
    const auto first = desk.grant("labour", 1, 1000).epoch;
    CHECK(desk.grant("labour", 2, 999).epoch != first);
}

TEST_CASE("an epoch serves a thousand complaints") {
    Desk desk;
    const auto first = desk.grant("labour", 0, 1000).epoch;
    for (std::uint64_t i = 1; i < Epochs::uses_max; ++i)
        CHECK(desk.grant("labour", i, 1000).epoch == first);
    CHECK(desk.grant("labour", Epochs::uses_max, 1000).epoch != first);
}

TEST_CASE("a used-up epoch's key is wiped while its grants live on") {
    Desk desk;
    const Grant kept = desk.grant("labour", 1, 1000);
    const unsigned char* slot = desk.epochs.current("labour", 1000)->key->data();
    CHECK_FALSE(std::all_of(slot, slot + Key::size, [](unsigned char b) { return b == 0; }));
    desk.epochs.expire(60'999);
    CHECK(desk.epochs.current("labour", 60'999)->epoch == kept.epoch);
    desk.epochs.expire(61'000);
    CHECK(std::all_of(slot, slot + Key::size, [](unsigned char b) { return b == 0; }));
    CHECK(open_epoch(desk.labour, kept.epoch->sealed).has_value());
}

TEST_CASE("a new public key ends the epoch at once, the same one does not") {
    Desk desk;
    const auto first = desk.grant("labour", 1, 1000).epoch;
    REQUIRE(desk.epochs.set_agency("labour", 1, desk.labour.public_key).has_value());
    CHECK(desk.grant("labour", 2, 1000).epoch == first);
    const KeyPair next = KeyPair::random();
    REQUIRE(desk.epochs.set_agency("labour", 2, next.public_key).has_value());
    const auto second = desk.grant("labour", 3, 1000).epoch;
    CHECK(second->agency_key == 2);
    CHECK(open_epoch(next, second->sealed).has_value());
    CHECK(open_epoch(desk.labour, second->sealed).has_error());
}

TEST_CASE("what is no public key is refused and changes nothing") {
    Desk desk;
    const auto first = desk.grant("labour", 1, 1000).epoch;
    CHECK(desk.epochs.set_agency("labour", 2, "short").has_error());
    CHECK(desk.epochs.set_agency("labour", 2, std::string(32, '\0')).has_error());
    CHECK(desk.grant("labour", 2, 1000).epoch == first);
}

TEST_CASE("a removed or unknown agency gets nothing") {
    Desk desk;
    desk.epochs.remove_agency("labour");
    desk.epochs.remove_agency("nobody");
    const auto refused = desk.epochs.grant("labour", 1, desk.data_key, 1000);
    REQUIRE(refused.has_error());
    CHECK(refused.error().code == Errc::not_found);
    CHECK(desk.epochs.current("labour", 1000) == nullptr);
    CHECK(desk.epochs.current("police", 1000) != nullptr);
}
