// The tree itself: published vectors, and what it stores against the RFC's own definition.
#include "tests/trail/log.hpp"

using namespace saiduan;

namespace {

// The eight entries of Certificate Transparency's test tree.
const std::vector<std::string> ct_entries{
    "",
    from_hex("00"),
    from_hex("10"),
    from_hex("2021"),
    from_hex("3031"),
    from_hex("40414243"),
    from_hex("5051525354555657"),
    from_hex("606162636465666768696a6b6c6d6e6f"),
};

Tree ct_tree(std::size_t size) {
    Tree tree;
    std::vector<FullTile> completed;
    for (std::size_t i = 0; i < size; ++i)
        tree.append(leaf_hash(ct_entries[i]), completed);
    return tree;
}

HashReader ct_reader() {
    return hash_reader(8, [](unsigned, std::uint64_t, unsigned) -> Result<std::string> {
        return std::string{ct_tree(8).partial(0)};
    });
}

std::vector<std::string> hex(const std::vector<Hash>& hashes) {
    std::vector<std::string> out;
    for (const Hash& hash : hashes)
        out.push_back(to_hex(hash));
    return out;
}

// Sizes at which tiles fill up, and their neighbours.
bool near_a_tile(std::uint64_t size) {
    return size % 256 <= 2 || size % 256 >= 254 || size % 65'536 <= 3;
}

} // namespace

TEST_CASE("the roots of the published test tree come out") {
    const std::pair<std::size_t, const char*> roots[] = {
        {0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"},
        {2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"},
        {3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"},
        {7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"},
        {8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"},
    };
    for (const auto& [size, root] : roots) {
        CAPTURE(size);
        CHECK(to_hex(ct_tree(size).root()) == root);
        CHECK(to_hex(root_at(size, ct_reader()).value()) == root);
    }
}

TEST_CASE("the published inclusion proof comes out and verifies") {
    const auto proof = inclusion_proof(5, 8, ct_reader());
    REQUIRE(proof);
    CHECK(
        hex(*proof) ==
        std::vector<std::string>{
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        }
    );
    CHECK(verify_inclusion(5, 8, leaf_hash(ct_entries[5]), *proof, ct_tree(8).root()));
    CHECK_FALSE(verify_inclusion(5, 8, leaf_hash(ct_entries[4]), *proof, ct_tree(8).root()));
}

TEST_CASE("the published consistency proof comes out and verifies") {
    const auto proof = consistency_proof(3, 7, ct_reader());
    REQUIRE(proof);
    CHECK(
        hex(*proof) ==
        std::vector<std::string>{
            "0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7",
            "07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "837dbb152e9b079010717e84e865da4ebc0fa198a806d59d31bf15accef22d0e",
        }
    );
    CHECK(verify_consistency(3, 7, ct_tree(3).root(), ct_tree(7).root(), *proof));
}

TEST_CASE("the tree and its tiles have the root that RFC 6962 defines, at every size to 600") {
    MemoryLog log;
    for (std::uint64_t size = 0; size <= 600; ++size) {
        CAPTURE(size);
        log.grow_to(size);
        const Hash expected = plain_root(log.leaves);
        REQUIRE(log.tree.size() == size);
        REQUIRE(log.tree.root() == expected);
        REQUIRE(root_at(size, log.reader(size)).value() == expected);
    }
}

TEST_CASE("every earlier root can still be computed from the tiles of a grown tree") {
    MemoryLog log;
    std::mt19937_64 random(20260117); // fixed: a failure must come back
    std::map<std::uint64_t, Hash> said;
    for (std::uint64_t size = 0; size <= 132'000; ++size) {
        log.grow_to(size);
        if (size <= 1'500 || near_a_tile(size) || random() % 100 == 0)
            said[size] = log.tree.root();
    }
    CHECK(log.tree.root() == plain_root(log.leaves));
    const HashReader read = log.reader(log.tree.size());
    for (const auto& [size, root] : said) {
        CAPTURE(size);
        REQUIRE(root_at(size, read).value() == root);
        REQUIRE(root_at(size, log.reader(size)).value() == root);
    }
}

TEST_CASE("appending hands over exactly the tiles it completed, lowest level first") {
    Tree tree;
    std::vector<FullTile> completed;
    for (std::uint64_t i = 0; i < 65'535; ++i)
        tree.append(leaf_number(i), completed);
    REQUIRE(completed.size() == 255);
    CHECK(completed[254].n == 254);
    completed.clear();
    tree.append(leaf_number(65'535), completed);
    REQUIRE(completed.size() == 2);
    CHECK(completed[0].level == 0);
    CHECK(completed[0].n == 255);
    CHECK(completed[0].hashes.size() == tile_bytes);
    CHECK(hash_at(completed[0].hashes, 255) == leaf_number(65'535));
    CHECK(completed[1].level == 1);
    CHECK(completed[1].n == 0);
    CHECK(hash_at(completed[1].hashes, 255) == subtree_root(completed[0].hashes));
    CHECK(tree.partial(0).empty());
    CHECK(tree.partial(1).empty());
    CHECK(hash_at(tree.partial(2), 0) == subtree_root(completed[1].hashes));
}

TEST_CASE("a tree restored from its partial tiles goes on like the one it was") {
    MemoryLog log;
    for (std::uint64_t size = 0; size <= 66'000; ++size) {
        log.grow_to(size);
        if (size > 600 && !near_a_tile(size))
            continue;
        CAPTURE(size);
        auto restored = Tree::restore(size, log.partials());
        REQUIRE(restored);
        REQUIRE(*restored == log.tree);
        REQUIRE(restored->root() == log.tree.root());
        Tree copy = log.tree;
        std::vector<FullTile> from_copy, from_restored;
        copy.append(leaf_number(size), from_copy);
        restored->append(leaf_number(size), from_restored);
        REQUIRE(*restored == copy);
        REQUIRE(from_restored.size() == from_copy.size());
        REQUIRE(log.tree.size() == size); // a copy shares nothing
    }
}

TEST_CASE("a tree is not restored from tiles of another size") {
    const MemoryLog log(700);
    auto partials = log.partials();
    CHECK(Tree::restore(700, partials));
    CHECK(Tree::restore(700, std::span{partials}.first(2)));
    CHECK_FALSE(Tree::restore(700, std::span{partials}.first(1)));
    CHECK_FALSE(Tree::restore(699, partials));
    CHECK_FALSE(Tree::restore(701, partials));
    CHECK_FALSE(Tree::restore(700 + 256, partials));
    CHECK_FALSE(Tree::restore(std::uint64_t{1} << 63, {}));
    partials[0].pop_back();
    CHECK_FALSE(Tree::restore(700, partials));
    partials[0].push_back('x');
    partials[3] = std::string(hash_bytes, 'x');
    CHECK_FALSE(Tree::restore(700, partials));
    partials.resize(tile_levels + 1);
    CHECK_FALSE(Tree::restore(700, partials));
}
