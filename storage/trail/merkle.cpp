#include "storage/trail/merkle.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <optional>

namespace saiduan {
namespace {

constexpr std::string_view leaf_prefix{"\x00", 1};
constexpr std::string_view node_prefix{"\x01", 1};

// Joins a complete subtree with whatever of the tree lies to its right.
Hash join(const Hash& left, const std::optional<Hash>& right) {
    return right ? node_hash(left, *right) : left;
}

// The root of [begin, end), where `begin` is a multiple of a power of two >= end - begin.
Result<Hash> range_root(std::uint64_t begin, std::uint64_t end, const HashReader& read) {
    assert(begin < end);
    std::optional<Hash> right;
    // One complete subtree for every bit of the length, the smallest last and so first here.
    for (std::uint64_t rest = end - begin; rest != 0; rest &= rest - 1) {
        const auto level = static_cast<unsigned>(std::countr_zero(rest));
        const Result<Hash> left = read(level, (end >> level) - 1);
        if (!left)
            return left.error();
        right = join(*left, right);
    }
    return *right;
}

// Collects the roots of ranges until one of them cannot be read.
class ProofBuilder {
public:
    explicit ProofBuilder(const HashReader& read) : read_(read) {}

    void add(std::uint64_t begin, std::uint64_t end) {
        if (fault_)
            return;
        const Result<Hash> root = range_root(begin, end, read_);
        if (root)
            proof_.push_back(*root);
        else
            fault_ = root.error();
    }

    // The descent meets the root first; proofs are written from the leaf.
    Result<std::vector<Hash>> finish() {
        if (fault_)
            return *fault_;
        std::reverse(proof_.begin(), proof_.end());
        return std::move(proof_);
    }

private:
    const HashReader& read_;
    std::vector<Hash> proof_;
    std::optional<Fault> fault_;
};

// Where a tree of `size` > 1 entries splits: the largest power of two below it.
std::uint64_t split(std::uint64_t size) {
    return std::bit_floor(size - 1);
}

// The way from a node up to the root: its number in its level, and the level's last number.
struct Climb {
    std::uint64_t node, last;

    [[nodiscard]] bool at_root() const { return last == 0; }
    // Our sibling, if we have one, is on our left.
    [[nodiscard]] bool sibling_left() const { return (node & 1) != 0 || node == last; }
    void up() {
        node >>= 1;
        last >>= 1;
    }
    // A last node without a sibling stands for its parents too, up to one that has a sibling.
    void skip_only_children() {
        while ((node & 1) == 0 && node != 0)
            up();
    }
};

} // namespace

Hash leaf_hash(std::string_view entry) {
    return sha256({leaf_prefix, entry});
}

Hash node_hash(const Hash& left, const Hash& right) {
    return sha256({node_prefix, bytes_of(left), bytes_of(right)});
}

Hash empty_root() {
    return sha256({});
}

Hash subtree_root(std::string_view hashes) {
    const std::size_t count = hashes.size() / hash_bytes;
    assert(hashes.size() % hash_bytes == 0 && std::has_single_bit(count) && count <= tile_hashes);
    if (count == 1)
        return hash_at(hashes, 0);
    std::array<Hash, tile_hashes / 2> row;
    for (std::size_t i = 0; i < count / 2; ++i)
        row[i] = sha256({node_prefix, hashes.substr(2 * i * hash_bytes, 2 * hash_bytes)});
    for (std::size_t width = count / 4; width > 0; width /= 2)
        for (std::size_t i = 0; i < width; ++i)
            row[i] = node_hash(row[2 * i], row[2 * i + 1]);
    return row[0];
}

Result<Tree> Tree::restore(std::uint64_t size, std::span<const std::string> partials) {
    if (size > tree_size_max || partials.size() > tile_levels)
        return Fault{Errc::invalid, "the tree is larger than a tree can be"};
    Tree tree;
    tree.size_ = size;
    for (unsigned level = 0; level < tile_levels; ++level) {
        const std::uint64_t width = (size >> (tile_height * level)) % tile_hashes;
        const std::string_view stored =
            level < partials.size() ? std::string_view{partials[level]} : std::string_view{};
        if (stored.size() != width * hash_bytes)
            return Fault{Errc::invalid, "a partial tile does not fit the size of the tree"};
        tree.edge_[level] = stored;
    }
    return tree;
}

void Tree::append(const Hash& leaf, std::vector<FullTile>& completed) {
    assert(size_ < tree_size_max);
    ++size_;
    Hash hash = leaf;
    for (unsigned level = 0; level < tile_levels; ++level) {
        std::string& tile = edge_[level];
        tile.append(bytes_of(hash));
        if (tile.size() < tile_bytes)
            return;
        const std::uint64_t n = (size_ >> (tile_height * (level + 1))) - 1;
        hash = subtree_root(tile);
        completed.push_back({level, n, tile});
        tile.clear(); // and keep its memory for the next 256
    }
}

Hash Tree::root() const {
    std::optional<Hash> right;
    for (const std::string& tile : edge_) {
        // As in range_root: a complete subtree for every bit of the width, the last one first.
        std::size_t end = tile.size() / hash_bytes;
        while (end > 0) {
            const std::size_t width = std::size_t{1} << std::countr_zero(end);
            const std::string_view all = tile;
            const std::string_view hashes =
                all.substr((end - width) * hash_bytes, width * hash_bytes);
            right = join(subtree_root(hashes), right);
            end -= width;
        }
    }
    return right ? *right : empty_root();
}

Result<Hash> root_at(std::uint64_t size, const HashReader& read) {
    if (size > tree_size_max)
        return Fault{Errc::invalid, "no tree is that large"};
    return size == 0 ? empty_root() : range_root(0, size, read);
}

Result<std::vector<Hash>>
inclusion_proof(std::uint64_t index, std::uint64_t size, const HashReader& read) {
    if (index >= size || size > tree_size_max)
        return Fault{Errc::invalid, "the entry is not in a tree of that size"};
    ProofBuilder proof(read);
    std::uint64_t begin = 0, end = size;
    while (end - begin > 1) {
        const std::uint64_t middle = begin + split(end - begin);
        if (index < middle) {
            proof.add(middle, end);
            end = middle;
        } else {
            proof.add(begin, middle);
            begin = middle;
        }
    }
    return proof.finish();
}

Result<std::vector<Hash>>
consistency_proof(std::uint64_t old_size, std::uint64_t new_size, const HashReader& read) {
    if (old_size > new_size || new_size > tree_size_max)
        return Fault{Errc::invalid, "the older tree cannot be the larger one"};
    if (old_size == 0)
        return std::vector<Hash>{};
    ProofBuilder proof(read);
    std::uint64_t begin = 0, end = new_size;
    while (end != old_size) {
        const std::uint64_t middle = begin + split(end - begin);
        if (old_size <= middle) {
            proof.add(middle, end);
            end = middle;
        } else {
            proof.add(begin, middle);
            begin = middle;
        }
    }
    if (begin != 0) // else the old root, which the verifier has
        proof.add(begin, end);
    return proof.finish();
}

bool verify_inclusion(
    std::uint64_t index,
    std::uint64_t size,
    const Hash& leaf,
    std::span<const Hash> proof,
    const Hash& root
) {
    if (index >= size)
        return false;
    Climb climb{index, size - 1};
    Hash hash = leaf;
    for (const Hash& sibling : proof) {
        if (climb.at_root())
            return false;
        if (climb.sibling_left()) {
            hash = node_hash(sibling, hash);
            climb.skip_only_children();
        } else {
            hash = node_hash(hash, sibling);
        }
        climb.up();
    }
    return climb.at_root() && hash == root;
}

bool verify_consistency(
    std::uint64_t old_size,
    std::uint64_t new_size,
    const Hash& old_root,
    const Hash& new_root,
    std::span<const Hash> proof
) {
    const Hash nothing = empty_root();
    if (old_size > new_size || (old_size == 0 && old_root != nothing))
        return false;
    if (old_size == new_size)
        return proof.empty() && old_root == new_root;
    if (old_size == 0)
        return proof.empty();

    // Start at the largest complete subtree that ends the old tree; when that is all of the old
    // tree, its hash is the old root and left out of the proof.
    Climb climb{old_size - 1, new_size - 1};
    while ((climb.node & 1) != 0)
        climb.up();
    Hash before = old_root, after = old_root;
    if (!std::has_single_bit(old_size)) {
        if (proof.empty())
            return false;
        before = after = proof.front();
        proof = proof.subspan(1);
    }
    for (const Hash& sibling : proof) {
        if (climb.at_root())
            return false;
        if (climb.sibling_left()) {
            before = node_hash(sibling, before);
            after = node_hash(sibling, after);
            climb.skip_only_children();
        } else {
            after = node_hash(after, sibling);
        }
        climb.up();
    }
    return climb.at_root() && before == old_root && after == new_root;
}

} // namespace saiduan
