// Where the tree's hashes and entries are published, as c2sp.org/tlog-tiles names them, and how
// proofs read them back. Pure; any thread.
#pragma once

#include "storage/trail/merkle.hpp"

#include <vector>

namespace saiduan {

inline constexpr std::size_t entry_bytes_max = 65'535; // its length is 16 bits in a bundle

// A tile of hashes, or the bundle of the entries under a tile of level 0.
struct TileId {
    enum class Kind { hashes, entries };
    Kind kind = Kind::hashes;
    unsigned level = 0;  // 0 to 63 in the format, below tile_levels in any tree; entries: 0
    std::uint64_t n = 0; // number within the level
    unsigned width = tile_hashes; // 1 to 255 for a partial tile, 256 for a full one

    bool operator==(const TileId&) const = default;

    // "tile/0/x001/x234/067", "tile/1/000.p/17", "tile/entries/000".
    [[nodiscard]] std::string path() const;
    // Accepts what path() writes and nothing else; Errc::not_found otherwise.
    [[nodiscard]] static Result<TileId> parse(std::string_view path);
};

// How many hashes tile (level, n) has in the tree of exactly `size` entries; 0 if there is none.
[[nodiscard]] unsigned tile_width(unsigned level, std::uint64_t n, std::uint64_t size);

// Whether the tree of `size` entries determines the tile: a tile of this tree or of one it grew
// from. Anything else must not be served.
[[nodiscard]] bool tile_within(const TileId& tile, std::uint64_t size);

// Exactly width * hash_bytes bytes of tile (level, n), 1 <= width <= 256, or a fault. A full tile
// cut to `width` will do.
using TileReader =
    std::function<Result<std::string>(unsigned level, std::uint64_t n, unsigned width)>;

// Reads subtrees of the tree of `size` entries from its tiles, keeping the last tile of each level.
// Errc::not_found for a subtree outside that tree, Errc::unavailable for a tile of another length
// than asked for. Not to be used by two threads at once; copies share nothing.
[[nodiscard]] HashReader hash_reader(std::uint64_t size, TileReader read);

// An entry bundle: every entry with its length before it, two bytes big-endian.
// Asserts entry.size() <= entry_bytes_max.
void add_to_bundle(std::string& bundle, std::string_view entry);
// Errc::malformed unless exactly `width` entries fill `bundle`. Views into `bundle`.
[[nodiscard]] Result<std::vector<std::string_view>>
parse_bundle(std::string_view bundle, unsigned width);

} // namespace saiduan
