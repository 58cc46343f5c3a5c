// The tree as the tables hold it: leaves from events, hashes from tiles. On any connection.
#pragma once

#include "storage/sqlite/connection.hpp"
#include "storage/trail/tiles.hpp"

#include <functional>

namespace saiduan {

// An event's leaf, made again from its row.
struct StoredLeaf {
    std::int64_t id = 0;
    std::string entry;
    std::string salt;
    std::string event; // canonical bytes
};

// Leaves of the events with id in [first, last], in order.
void each_leaf(
    Connection& db,
    std::int64_t first,
    std::int64_t last,
    const std::function<void(const StoredLeaf&)>& take
);

// The first `width` hashes of a tile's row. Errors: unavailable when the row is missing or shorter.
[[nodiscard]] Result<std::string>
stored_tile(Connection& db, unsigned level, std::uint64_t n, unsigned width);

// The right edge of the tree over the first `size` events. Errors: unavailable when a row that must
// be there is not.
[[nodiscard]] Result<Tree> restore_tree(Connection& db, std::uint64_t size);

} // namespace saiduan
