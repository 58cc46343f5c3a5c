// The Merkle tree of RFC 6962 §2 (RFC 9162 §2.1): a list of entries that can only grow, one hash
// for all of it, and short proofs about it. Kept as tiles of 256 hashes (c2sp.org/tlog-tiles).
// Pure; any thread.
#pragma once

#include "config/fault.hpp"
#include "storage/trail/hash.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace saiduan {

inline constexpr std::size_t tile_hashes = 256;
inline constexpr std::size_t tile_bytes = tile_hashes * hash_bytes;
inline constexpr unsigned tile_height = 8; // tree levels per tile
inline constexpr unsigned tile_levels = 8; // 256^8 = 2^64 entries
inline constexpr std::uint64_t tree_size_max = (std::uint64_t{1} << 63) - 1;

// SHA-256 of 0x00 and the entry.
[[nodiscard]] Hash leaf_hash(std::string_view entry);
// SHA-256 of 0x01 and both children.
[[nodiscard]] Hash node_hash(const Hash& left, const Hash& right);
// SHA-256 of nothing: the root of the empty tree.
[[nodiscard]] Hash empty_root();
// The root above 1, 2, 4, ... or 256 concatenated hashes of adjacent subtrees of equal height.
[[nodiscard]] Hash subtree_root(std::string_view hashes);

// A tile of 256 hashes: hash i is the root over the entries
// [(n * 256 + i) * 256^level, (n * 256 + i + 1) * 256^level).
struct FullTile {
    unsigned level = 0;
    std::uint64_t n = 0;
    std::string hashes; // tile_bytes
};

// A tree's size and right edge: all that appending needs, at most 255 hashes per tile level. A
// value: copy it to keep a way back.
class Tree {
public:
    // From the partial tile of every level: partials[level] holds floor(size / 256^level) mod 256
    // hashes; levels past the end of `partials` are empty. Errc::invalid if a length is wrong.
    // Whether the hashes are the right ones, only root() against a checkpoint can tell.
    [[nodiscard]] static Result<Tree>
    restore(std::uint64_t size, std::span<const std::string> partials);

    // Adds one leaf and appends the tiles it completed, lowest level first, to `completed`: one
    // for every 256th leaf, two for every 65,536th, and so on.
    void append(const Hash& leaf, std::vector<FullTile>& completed);

    [[nodiscard]] std::uint64_t size() const { return size_; }
    // Hashes again what the edge holds: at most 255 nodes per level.
    [[nodiscard]] Hash root() const;
    // The partial tile of a level (< tile_levels), possibly empty. Valid until the next append.
    [[nodiscard]] std::string_view partial(unsigned level) const { return edge_.at(level); }

    bool operator==(const Tree&) const = default;

private:
    std::uint64_t size_ = 0;
    std::array<std::string, tile_levels> edge_;
};

// The root of the complete subtree over the entries [index * 2^level, (index + 1) * 2^level).
// See hash_reader (tiles.hpp) for one that reads tiles. Its faults are passed on.
using HashReader = std::function<Result<Hash>(unsigned level, std::uint64_t index)>;

// The root of the first `size` entries.
[[nodiscard]] Result<Hash> root_at(std::uint64_t size, const HashReader& read);

// That entry `index` is in the tree of `size` entries: the hashes beside the path from leaf to root
// (RFC 9162 §2.1.3.1). Errc::invalid unless index < size <= tree_size_max.
[[nodiscard]] Result<std::vector<Hash>>
inclusion_proof(std::uint64_t index, std::uint64_t size, const HashReader& read);

// That the tree of `new_size` entries begins with that of `old_size` (RFC 9162 §2.1.4.1); empty if
// they are equal or the old one is empty. Errc::invalid unless
// old_size <= new_size <= tree_size_max.
[[nodiscard]] Result<std::vector<Hash>>
consistency_proof(std::uint64_t old_size, std::uint64_t new_size, const HashReader& read);

// RFC 9162 §2.1.3.2. True only for the one proof there is: a shorter, longer or changed one fails.
// `size` is only as good as where it came from: take it and the root from one checkpoint.
[[nodiscard]] bool verify_inclusion(
    std::uint64_t index,
    std::uint64_t size,
    const Hash& leaf,
    std::span<const Hash> proof,
    const Hash& root
);

// RFC 9162 §2.1.4.2, and the cases it leaves out: equal sizes need equal roots and no proof; the
// empty tree is the beginning of every tree, needs no proof, and has only empty_root().
[[nodiscard]] bool verify_consistency(
    std::uint64_t old_size,
    std::uint64_t new_size,
    const Hash& old_root,
    const Hash& new_root,
    std::span<const Hash> proof
);

} // namespace saiduan
