#include "storage/sqlite/leaves.hpp"

#include "storage/trail/entry.hpp"

namespace saiduan {
namespace {

constexpr const char* events_sql =
    "SELECT id, case_id, complaint, agency, kind, at, actor, fact, sealed, salt FROM events"
    " WHERE id >= ? AND id <= ? ORDER BY id";
constexpr const char* tile_sql = "SELECT hashes FROM tiles WHERE level = ? AND n = ?";

} // namespace

void each_leaf(
    Connection& db,
    std::int64_t first,
    std::int64_t last,
    const std::function<void(const StoredLeaf&)>& take
) {
    Query q = db.query(events_sql);
    q.bind(first).bind(last);
    while (q.step()) {
        const std::string actor = q.text(6), fact = q.text(7), sealed = q.text(8);
        const TrailEvent event{
            static_cast<std::uint64_t>(q.integer(0)),
            q.integer(5),
            static_cast<std::uint16_t>(q.integer(4)),
            static_cast<std::uint64_t>(q.integer(1)),
            static_cast<std::uint64_t>(q.integer(2)),
            static_cast<std::uint64_t>(q.integer(3)),
            actor,
            fact,
            sealed
        };
        StoredLeaf leaf{q.integer(0), {}, q.text(9), event_bytes(event)};
        leaf.entry = leaf_entry(event, leaf.salt).bytes();
        take(leaf);
    }
}

Result<std::string> stored_tile(Connection& db, unsigned level, std::uint64_t n, unsigned width) {
    Query q = db.query(tile_sql);
    q.bind(std::int64_t{level}).bind(static_cast<std::int64_t>(n));
    if (q.step()) {
        std::string hashes = q.text(0);
        if (hashes.size() >= width * hash_bytes) {
            hashes.resize(width * hash_bytes);
            return hashes;
        }
    }
    return Fault{Errc::unavailable, "a tile of the trail is missing"};
}

Result<Tree> restore_tree(Connection& db, std::uint64_t size) {
    std::vector<std::string> partials(tile_levels);
    const auto whole = static_cast<std::int64_t>(size / tile_hashes * tile_hashes);
    each_leaf(db, whole + 1, static_cast<std::int64_t>(size), [&](const StoredLeaf& leaf) {
        const Hash hash = leaf_hash(leaf.entry);
        partials[0] += bytes_of(hash);
    });
    // A hash of level l + 1 is the root of a full tile of level l.
    std::uint64_t tiles = size / tile_hashes;
    for (unsigned level = 0; tiles > 0; ++level, tiles /= tile_hashes)
        for (std::uint64_t n = tiles / tile_hashes * tile_hashes; n < tiles; ++n) {
            const Result<std::string> hashes = stored_tile(db, level, n, tile_hashes);
            if (!hashes)
                return hashes.error();
            const Hash root = subtree_root(*hashes);
            partials[level + 1] += bytes_of(root);
        }
    auto tree = Tree::restore(size, partials);
    if (!tree)
        return Fault{Errc::unavailable, "events of the trail are missing"};
    return tree;
}

} // namespace saiduan
