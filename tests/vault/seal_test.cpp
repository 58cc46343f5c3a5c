#include "storage/vault/seal.hpp"

#include <doctest/doctest.h>

using namespace saiduan;

namespace {

constexpr Context narrative{"complaints", "text", 42, 1};
constexpr std::string_view told = "they hold our passports on the boat";

} // namespace

TEST_CASE("a sealed record opens with its key in its place") {
    const Key key = Key::random();
    const std::string sealed = seal(key, 0x0102030405060708, narrative, told);
    CHECK(sealed.size() == told.size() + seal_overhead);
    CHECK(sealed.starts_with(std::string_view("SDSL\x01\x01\x02\x03\x04\x05\x06\x07\x08")));
    CHECK(sealed.find("passports") == std::string::npos);
    CHECK(*sealed_key_id(sealed) == 0x0102030405060708);
    CHECK(open(key, narrative, sealed)->view() == told);
    CHECK(sealed != seal(key, 0x0102030405060708, narrative, told));
    CHECK(open(key, narrative, seal(key, 7, narrative, ""))->view().empty());
}

TEST_CASE("a sealed record with any bit flipped is refused") {
    const Key key = Key::random();
    const std::string sealed = seal(key, 7, narrative, told);
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        for (int bit = 0; bit < 8; ++bit) {
            std::string bad = sealed;
            bad[i] = static_cast<char>(bad[i] ^ (1 << bit));
            CHECK(open(key, narrative, bad).has_error());
        }
    }
}

TEST_CASE("a sealed record cut short or grown is refused") {
    const Key key = Key::random();
    const std::string sealed = seal(key, 7, narrative, told);
    for (std::size_t size = 0; size < sealed.size(); ++size)
        CHECK(open(key, narrative, sealed.substr(0, size)).has_error());
    CHECK(open(key, narrative, sealed + '\0').has_error());
}

TEST_CASE("a sealed record is refused in any other place and by any other key") {
    const Key key = Key::random();
    const std::string sealed = seal(key, 7, narrative, told);
    for (const Context& wrong :
         {Context{"messages", "text", 42, 1},
          Context{"complaints", "name", 42, 1},
          Context{"complaints", "text", 43, 1},
          Context{"complaints", "text", 42, 2},
          Context{"complaintst", "ext", 42, 1}, // the names' lengths are bound too
          Context{}})
        CHECK(open(key, wrong, sealed).has_error());
    CHECK(open(Key::random(), narrative, sealed).has_error());
}

TEST_CASE("a wrapped key comes back only from its own key and place") {
    const Key kek = Key::random();
    const Key key = Key::random();
    const Context place{"cases", "key", 42, 3};
    const std::string wrapped = wrap(kek, key, place);
    CHECK(wrapped.size() == 72);
    CHECK(*unwrap(kek, place, wrapped) == key);
    CHECK(unwrap(Key::random(), place, wrapped).has_error());
    CHECK(unwrap(kek, {"cases", "key", 43, 3}, wrapped).has_error());
    CHECK(unwrap(kek, place, wrapped + 'x').has_error());
    CHECK(unwrap(kek, place, {}).has_error());
    for (std::size_t i = 0; i < wrapped.size(); ++i) {
        std::string bad = wrapped;
        bad[i] = static_cast<char>(bad[i] ^ 1);
        CHECK(unwrap(kek, place, bad).has_error());
    }
}

TEST_CASE("a record and a wrapped key are not taken for each other") {
    const Key key = Key::random();
    const std::string sealed = seal(key, 0, narrative, Key::random().view());
    CHECK(unwrap(key, narrative, std::string_view(sealed).substr(13)).has_error());
}

TEST_CASE("what is sealed to a public key opens with its pair alone") {
    const KeyPair labour = KeyPair::random();
    const auto sealed = seal_to(labour.public_key, "epoch");
    REQUIRE(sealed.has_value());
    CHECK(open_sealed(labour, *sealed)->view() == "epoch");
    CHECK(open_sealed(KeyPair::random(), *sealed).has_error());
    CHECK(open_sealed(labour, sealed->substr(0, 47)).has_error());
    CHECK(open_sealed(labour, {}).has_error());
    for (std::size_t i = 0; i < sealed->size(); ++i) {
        std::string bad = *sealed;
        bad[i] = static_cast<char>(bad[i] ^ 1);
        CHECK(open_sealed(labour, bad).has_error());
    }
}

TEST_CASE("a box that should hold a key is refused when it holds something else") {
    const KeyPair pair = KeyPair::random();
    const Key key = Key::random();
    CHECK(*open_sealed_key(pair, *seal_to(pair.public_key, key.view())) == key);
    CHECK(open_sealed_key(pair, *seal_to(pair.public_key, "short")).has_error());
}

TEST_CASE("nothing is sealed to what is no public key") {
    CHECK(seal_to("short", "x").has_error());
    CHECK(seal_to(std::string(32, '\0'), "x").has_error()); // a point of low order
}

TEST_CASE("a pair comes back from its seed and from its secret") {
    const Key seed = Key::random();
    const KeyPair pair = KeyPair::from_seed(seed);
    CHECK(pair.public_key == KeyPair::from_seed(seed).public_key);
    CHECK(pair.public_key != KeyPair::random().public_key);
    const KeyPair again = KeyPair::from_secret(pair.secret.clone());
    CHECK(again.public_key == pair.public_key);
    CHECK(open_sealed(again, *seal_to(pair.public_key, "x"))->view() == "x");
}
