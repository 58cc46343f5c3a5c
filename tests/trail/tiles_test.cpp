#include "storage/trail/tiles.hpp"
#include "tests/trail/log.hpp"

using namespace saiduan;
using Kind = TileId::Kind;

TEST_CASE("tiles have the paths of the standard") {
    const std::pair<TileId, const char*> paths[] = {
        {{Kind::hashes, 0, 0, 256}, "tile/0/000"},
        {{Kind::hashes, 0, 255, 256}, "tile/0/255"},
        {{Kind::hashes, 3, 1'000, 256}, "tile/3/x001/000"},
        {{Kind::hashes, 0, 1'234'067, 256}, "tile/0/x001/x234/067"},
        {{Kind::hashes, 0, 1'234'067, 5}, "tile/0/x001/x234/067.p/5"},
        {{Kind::hashes, 63, 7, 255}, "tile/63/007.p/255"},
        {{Kind::entries, 0, 1'234'067, 1}, "tile/entries/x001/x234/067.p/1"},
        {{Kind::entries, 0, 42, 256}, "tile/entries/042"},
        {{Kind::hashes, 0, 36'028'797'018'963'967, 256}, "tile/0/x036/x028/x797/x018/x963/967"},
    };
    for (const auto& [tile, path] : paths) {
        CHECK(tile.path() == path);
        const auto parsed = TileId::parse(path);
        REQUIRE(parsed);
        CHECK(*parsed == tile);
    }
}

TEST_CASE("a tile has one path") {
    for (const char* wrong : {
             "",
             "tile",
             "tile/",
             "tile//000",
             "tile/0",
             "tile/0/",
             "tile/0/0",
             "tile/0/00",
             "tile/0/0000",
             "tile/0/x000/001",
             "tile/0/001/000",
             "tile/0/x001/x000",
             "tile/0/x001/00",
             "tile/0/x01/000",
             "tile/0/x0001/000",
             "tile/0/X001/000",
             "tile/0/x001//000",
             "tile/0/x001/000/",
             "tile/00/000",
             "tile/01/000",
             "tile/64/000",
             "tile/-1/000",
             "tile/ 0/000",
             "tile/0/000.p/0",
             "tile/0/000.p/256",
             "tile/0/000.p/05",
             "tile/0/000.p/",
             "tile/0/000.p/5/",
             "tile/0/000.p/5.p/5",
             "tile/0/000.p5",
             "tile/0/000.q/5",
             "tile/0/00a",
             "tile/0/-01",
             "tile/0/../000",
             "tile/entries",
             "tile/entries/",
             "tile/entries/0/000",
             "tile/Entries/000",
             "/tile/0/000",
             "tiles/0/000",
             "tile/0/x001/x000/x000/x000/x000/x000/000",
             "tile/0/x999/x999/x999/x999/x999/x999/x999/x999/x999/x999/x999/x999/x999/999",
         }) {
        CAPTURE(wrong);
        CHECK_FALSE(TileId::parse(wrong));
    }
    CHECK_FALSE(TileId::parse(std::string_view{"tile/0/000\0", 11}));
}

TEST_CASE("a tree of 70,000 entries has the tiles of the standard's example") {
    constexpr std::uint64_t size = 70'000;
    CHECK(tile_width(0, 0, size) == 256);
    CHECK(tile_width(0, 272, size) == 256);
    CHECK(tile_width(0, 273, size) == 112);
    CHECK(tile_width(0, 274, size) == 0);
    CHECK(tile_width(1, 0, size) == 256);
    CHECK(tile_width(1, 1, size) == 17);
    CHECK(tile_width(2, 0, size) == 1);
    CHECK(tile_width(3, 0, size) == 0);
    CHECK(tile_width(8, 0, size) == 0);
    CHECK(tile_width(63, 0, size) == 0);
    CHECK(tile_width(0, 0, 0) == 0);
    CHECK(tile_width(0, 1, 256) == 0);
    CHECK(tile_width(1, 0, 256) == 1);
    CHECK(tile_width(7, 0, tree_size_max) == 127);
}

TEST_CASE("a tree determines its tiles and those of the trees it grew from") {
    const auto within = [](unsigned level, std::uint64_t n, unsigned width) {
        return tile_within({Kind::hashes, level, n, width}, 70'000);
    };
    CHECK(within(0, 273, 112));
    CHECK(within(0, 273, 1));
    CHECK_FALSE(within(0, 273, 113));
    CHECK_FALSE(within(0, 273, 256));
    CHECK(within(0, 272, 256));
    CHECK(within(0, 272, 40)); // partial once
    CHECK_FALSE(within(0, 274, 1));
    CHECK_FALSE(within(0, 273, 0));
    CHECK_FALSE(within(3, 0, 1));
    CHECK_FALSE(within(63, 0, 1));
}

TEST_CASE("a bundle gives back its entries and is refused otherwise") {
    const std::vector<std::string> entries{"", "a", std::string(entry_bytes_max, 'z')};
    std::string bundle;
    for (const std::string& entry : entries)
        add_to_bundle(bundle, entry);
    CHECK(bundle.substr(0, 5) == std::string_view{"\0\0\0\1a", 5});
    const auto parsed = parse_bundle(bundle, 3);
    REQUIRE(parsed);
    REQUIRE(parsed->size() == 3);
    for (std::size_t i = 0; i < 3; ++i)
        CHECK((*parsed)[i] == entries[i]);
    CHECK_FALSE(parse_bundle(bundle, 2));
    CHECK_FALSE(parse_bundle(bundle, 4));
    CHECK_FALSE(parse_bundle(std::string_view{bundle}.substr(0, bundle.size() - 1), 3));
    CHECK_FALSE(parse_bundle(std::string_view{bundle}.substr(0, 1), 1));
    CHECK(parse_bundle("", 0));
}
