// Proofs: every one we make verifies, and nothing that differs from one does.
#include "tests/trail/log.hpp"

#include <algorithm>
#include <set>

using namespace saiduan;

namespace {

using Proof = std::vector<Hash>;

// Calls `refused` with every proof that lacks a hash, has one more, or has two in another order.
template <class Refused>
void distort(const Proof& proof, Refused refused) {
    for (std::size_t at = 0; at <= proof.size(); ++at) {
        Proof longer = proof;
        const auto place = longer.begin() + static_cast<std::ptrdiff_t>(at);
        longer.insert(place, at < proof.size() ? proof[at] : Hash{});
        refused(longer);
        if (at == proof.size())
            break;
        Proof shorter = proof;
        shorter.erase(shorter.begin() + static_cast<std::ptrdiff_t>(at));
        refused(shorter);
        if (at > 0 && proof[at] != proof[at - 1]) {
            Proof swapped = proof;
            std::swap(swapped[at], swapped[at - 1]);
            refused(swapped);
        }
    }
}

constexpr std::size_t every_bit = 1, some_bits = 499, no_change = 0;

// Calls `refused` with the proof changed in every `step`th bit, from a random one on.
template <class Refused>
void flip_bits(const Proof& proof, std::size_t step, std::mt19937_64& random, Refused refused) {
    for (std::size_t bit = random() % step; bit < proof.size() * 256; bit += step) {
        Proof changed = proof;
        flip(changed[bit / 256], bit % 256);
        refused(changed);
    }
}

void check_inclusion(
    const MemoryLog& log,
    const HashReader& read,
    std::uint64_t index,
    std::uint64_t size,
    const Hash& root,
    std::size_t step,
    std::mt19937_64& random
) {
    CAPTURE(index);
    CAPTURE(size);
    const auto made = inclusion_proof(index, size, read);
    REQUIRE(made);
    const Proof& proof = *made;
    const Hash leaf = log.leaves[index];
    REQUIRE(verify_inclusion(index, size, leaf, proof, root));
    if (step == no_change)
        return;
    const auto refused = [&](const Proof& wrong) {
        REQUIRE_FALSE(verify_inclusion(index, size, leaf, wrong, root));
    };
    REQUIRE_FALSE(verify_inclusion(index, 4 * size, leaf, proof, root));
    distort(proof, refused);
    flip_bits(proof, step, random, refused);
    for (std::size_t bit = random() % step; bit < 256; bit += step) {
        Hash changed = leaf;
        flip(changed, bit);
        REQUIRE_FALSE(verify_inclusion(index, size, changed, proof, root));
        changed = root;
        flip(changed, bit);
        REQUIRE_FALSE(verify_inclusion(index, size, leaf, proof, changed));
    }
    for (const std::uint64_t other :
         {index ^ 1,
          index + 1,
          index - 1,
          size - 1,
          size,
          size + index,
          index + (std::uint64_t{1} << 63),
          random() % size})
        if (other != index)
            REQUIRE_FALSE(verify_inclusion(other, size, leaf, proof, root));
}

// A tree as a checkpoint tells of it.
struct Head {
    std::uint64_t size = 0;
    Hash root{};
};

void check_consistency(
    const HashReader& read,
    const Head& old,
    const Head& now,
    std::size_t step,
    std::mt19937_64& random
) {
    CAPTURE(old.size);
    CAPTURE(now.size);
    const auto made = consistency_proof(old.size, now.size, read);
    REQUIRE(made);
    const auto holds = [](const Head& a, const Head& b, const Proof& proof) {
        return verify_consistency(a.size, b.size, a.root, b.root, proof);
    };
    REQUIRE(holds(old, now, *made));
    if (step == no_change)
        return;
    const auto refused = [&](const Proof& wrong) { REQUIRE_FALSE(holds(old, now, wrong)); };
    distort(*made, refused);
    flip_bits(*made, step, random, refused);
    for (std::size_t bit = random() % step; bit < 256; bit += step) {
        Head changed = old;
        flip(changed.root, bit);
        REQUIRE_FALSE(holds(changed, now, *made));
        changed = now;
        flip(changed.root, bit);
        if (old.size != 0) // the empty tree says nothing about what follows
            REQUIRE_FALSE(holds(old, changed, *made));
    }
    if (old.size != now.size)
        REQUIRE_FALSE(holds(now, old, *made));
    if (old.size != 0) // a tree four times the size has longer proofs
        REQUIRE_FALSE(holds(old, {4 * now.size, now.root}, *made));
}

// Every entry of trees to 100, every third or so of larger ones.
std::uint64_t stride(std::uint64_t size, std::mt19937_64& random) {
    return size <= 100 ? 1 : 1 + random() % 5;
}

// The roots of every size to `size`.
std::vector<Hash> roots_to(std::uint64_t size) {
    std::vector<Hash> roots;
    MemoryLog log;
    for (std::uint64_t s = 0; s <= size; ++s) {
        log.grow_to(s);
        roots.push_back(log.tree.root());
    }
    return roots;
}

// Changes everything about small trees' proofs and something about some of the others.
std::size_t thoroughness(std::uint64_t size, std::mt19937_64& random) {
    if (size <= 20)
        return every_bit;
    return size <= 64 || random() % 8 == 0 ? some_bits : no_change;
}

} // namespace

TEST_CASE("inclusion proofs hold and no change of one does, in all small trees") {
    const MemoryLog log(300);
    const auto roots = roots_to(300);
    std::mt19937_64 random(1);
    for (std::uint64_t size = 1; size <= 300; ++size) {
        const HashReader read = log.reader(size);
        for (std::uint64_t index = 0; index < size; index += stride(size, random)) {
            const std::size_t step = thoroughness(size, random);
            check_inclusion(log, read, index, size, roots[size], step, random);
        }
    }
}

TEST_CASE("consistency proofs hold and no change of one does, between all small trees") {
    const MemoryLog log(300);
    const auto roots = roots_to(300);
    std::mt19937_64 random(2);
    for (std::uint64_t size = 0; size <= 300; ++size) {
        const HashReader read = log.reader(size);
        for (std::uint64_t old = 0; old <= size; old += stride(size, random)) {
            const std::size_t step = thoroughness(size, random);
            check_consistency(read, {old, roots[old]}, {size, roots[size]}, step, random);
        }
    }
}

TEST_CASE("proofs hold in larger trees, above all where tiles fill up") {
    const MemoryLog log(140'000);
    std::mt19937_64 random(3);
    std::set<std::uint64_t> sizes;
    for (const std::uint64_t tile : {256U, 512U, 65'536U, 65'792U, 131'072U})
        for (std::uint64_t size = tile - 2; size <= tile + 2; ++size)
            sizes.insert(size);
    while (sizes.size() < 80)
        sizes.insert(1 + random() % 140'000);
    for (const std::uint64_t size : sizes) {
        const HashReader read = log.reader(size);
        const Hash root = root_at(size, read).value();
        for (const std::uint64_t index : {std::uint64_t{0}, size - 1, size / 2, random() % size})
            check_inclusion(log, read, index, size, root, some_bits, random);
        const std::uint64_t any = random() % size;
        for (const std::uint64_t old : {std::uint64_t{1}, std::bit_floor(size), size - 1, any})
            check_consistency(
                read, {old, root_at(old, read).value()}, {size, root}, some_bits, random
            );
    }
}

TEST_CASE("proofs hold up to the largest tree there can be") {
    // Equal leaves: every subtree of one height has one hash, so no tree is too large to fake.
    std::vector<Hash> of_height{leaf_hash("same")};
    while (of_height.size() < 64)
        of_height.push_back(node_hash(of_height.back(), of_height.back()));
    const TileReader tiles = [&](unsigned level, std::uint64_t, unsigned width) {
        std::string out;
        for (unsigned i = 0; i < width; ++i)
            out += bytes_of(of_height[level * tile_height]);
        return Result<std::string>{out};
    };
    std::mt19937_64 random(4);
    for (int round = 0; round < 60; ++round) {
        const std::uint64_t size = round == 0 ? tree_size_max : 1 + (random() >> (1 + round));
        const std::uint64_t other = random() % size;
        CAPTURE(size);
        CAPTURE(other);
        const HashReader read = hash_reader(size, tiles);
        const Hash root = root_at(size, read).value();
        const auto inclusion = inclusion_proof(other, size, read);
        REQUIRE(inclusion);
        CHECK(verify_inclusion(other, size, of_height[0], *inclusion, root));
        const auto consistency = consistency_proof(other, size, read);
        REQUIRE(consistency);
        CHECK(verify_consistency(other, size, root_at(other, read).value(), root, *consistency));
    }
}

TEST_CASE("the empty tree begins every tree, but only with its own root") {
    const MemoryLog log(5);
    const Hash root = log.tree.root();
    CHECK(verify_consistency(0, 5, empty_root(), root, {}));
    CHECK(verify_consistency(0, 0, empty_root(), empty_root(), {}));
    CHECK_FALSE(verify_consistency(0, 5, root, root, {}));
    CHECK_FALSE(verify_consistency(0, 0, root, root, {}));
    CHECK_FALSE(verify_consistency(0, 5, empty_root(), root, std::vector{root}));
    CHECK_FALSE(verify_consistency(3, 5, root, root, {}));
}

TEST_CASE("proofs about what is not in the tree are faults") {
    const MemoryLog log(300);
    const HashReader read = log.reader(300);
    CHECK(inclusion_proof(300, 300, read).error().code == Errc::invalid);
    CHECK(inclusion_proof(0, 0, read).error().code == Errc::invalid);
    CHECK(inclusion_proof(0, std::uint64_t{1} << 63, read).error().code == Errc::invalid);
    CHECK(consistency_proof(8, 7, read).error().code == Errc::invalid);
    CHECK(consistency_proof(1, std::uint64_t{1} << 63, read).error().code == Errc::invalid);
    CHECK(root_at(std::uint64_t{1} << 63, read).error().code == Errc::invalid);
    CHECK(root_at(301, read).error().code == Errc::not_found);
    CHECK(inclusion_proof(299, 301, read).error().code == Errc::not_found);
    CHECK(consistency_proof(2, 1'000'000, read).error().code == Errc::not_found);
    CHECK(read(64, 0).error().code == Errc::not_found);
    CHECK(read(8, 1).error().code == Errc::not_found);
    CHECK(read(8, 0));
}

TEST_CASE("a tile that is missing or of the wrong length stops a proof") {
    const auto proof_with = [](TileReader tiles) {
        return inclusion_proof(1, 300, hash_reader(300, std::move(tiles)));
    };
    const auto missing = [](unsigned, std::uint64_t, unsigned) -> Result<std::string> {
        return Fault{Errc::unavailable, "disk"};
    };
    CHECK(proof_with(missing).error().detail == "disk");
    const auto longer = [](unsigned, std::uint64_t, unsigned width) -> Result<std::string> {
        return std::string(width * hash_bytes + 1, 'x');
    };
    CHECK(proof_with(longer).error().code == Errc::unavailable);
    const auto nothing = [](unsigned, std::uint64_t, unsigned) -> Result<std::string> {
        return std::string{};
    };
    CHECK(proof_with(nothing).error().code == Errc::unavailable);
}

TEST_CASE("a tile changed in storage changes the root") {
    const MemoryLog log(70'000);
    const Hash root = log.tree.root();
    for (unsigned level = 0; level < 3; ++level) {
        const TileReader changed = [&](unsigned l, std::uint64_t n, unsigned width) {
            auto tile = log.read(l, n, width);
            if (l == level && tile)
                tile->front() = static_cast<char>(tile->front() ^ 1);
            return tile;
        };
        CAPTURE(level);
        CHECK(root_at(70'000, hash_reader(70'000, changed)).value() != root);
    }
}
