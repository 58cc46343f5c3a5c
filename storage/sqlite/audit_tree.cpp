#include "storage/sqlite/audit_tree.hpp"

#include "storage/trail/tiles.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace saiduan::auditing {
namespace {

constexpr const char* tile_sql = "SELECT hashes FROM tiles WHERE level = ? AND n = ?";
constexpr const char* rows_sql = "SELECT level, n, length(hashes) FROM tiles ORDER BY level, n";

constexpr std::size_t noted_max = AuditReport::findings_max;

std::string name_of(unsigned level, std::uint64_t n) {
    return fmt::format("tiles: level {}, number {}", level, n);
}

} // namespace

Trees::Trees(Connection& db, std::vector<Claim>& claims) : db_(db), claims_(claims) {
    reach_claims();
}

std::string Trees::stored(unsigned level, std::uint64_t n) {
    Query q = db_.query(tile_sql);
    q.bind(std::int64_t{level}).bind(static_cast<std::int64_t>(n));
    return q.step() ? q.text(0) : std::string{};
}

void Trees::Side::note(
    unsigned level, std::uint64_t n, std::string_view made, std::string_view stored
) {
    if (stored.substr(0, made.size()) != made && wrong.size() < noted_max)
        wrong.push_back(name_of(level, n));
}

void Trees::append(Side& side, const Hash& leaf) {
    completed_.clear();
    side.tree.append(leaf, completed_);
    for (const FullTile& tile : completed_)
        side.note(tile.level, tile.n, tile.hashes, stored(tile.level, tile.n));
}

void Trees::take(
    const std::optional<Hash>& leaf, const TrailEvent& event, const std::string& salt
) {
    const std::uint64_t index = size();
    const std::size_t place = index % tile_hashes;
    if (place == 0)
        tile_ = stored(0, index / tile_hashes);
    std::optional<Hash> kept;
    if (tile_.size() >= (place + 1) * hash_bytes)
        kept = hash_at(tile_, place);
    if (leaf && kept && *leaf != *kept && altered_.size() < noted_max)
        altered_.push_back({event, salt, *kept});
    append(by_events_, leaf.value_or(Hash{}));
    append(by_tiles_, kept.value_or(leaf.value_or(Hash{})));
    reach_claims();
}

// What was signed has its right edge in the tiles too.
void Trees::compare_edge(Side& side) {
    for (unsigned level = 0; level < tile_levels; ++level)
        if (const std::string_view made = side.tree.partial(level); !made.empty()) {
            const std::uint64_t n = side.tree.size() >> (tile_height * (level + 1));
            side.note(level, n, made, stored(level, n));
        }
}

void Trees::reach_claims() {
    for (Claim& claim : claims_) {
        if (claim.checkpoint.size != size())
            continue;
        claim.by_events = by_events_.tree.root();
        claim.by_tiles = by_tiles_.tree.root();
        if (&claim == &claims_.front()) {
            compare_edge(by_events_);
            compare_edge(by_tiles_);
        }
    }
}

std::string Trees::what_happened(const Altered& altered) const {
    const auto moved = [](const Altered& from, const Altered& to) {
        TrailEvent event = from.event;
        event.seq = to.event.seq;
        return leaf_hash(leaf_entry(event, from.salt).bytes()) == to.stored;
    };
    for (const Altered& other : altered_)
        if (&other != &altered && moved(altered, other))
            return fmt::format(
                "stands in another's place: it was signed as event {}", other.event.seq
            );
    return "was edited or replaced: it is not the one that was signed";
}

void check_tile_rows(
    Connection& db, std::uint64_t size, std::uint64_t signed_size, Findings& findings
) {
    // Full tiles are written as they fill up, the right edge with each signature.
    const auto expected = [&](unsigned level) {
        const std::uint64_t full = (size >> (tile_height * level)) / tile_hashes;
        return full + (tile_width(level, full, signed_size) > 0 ? 1 : 0);
    };
    std::array<std::uint64_t, tile_levels> next{};
    const auto missing_before = [&](unsigned level, std::uint64_t n) {
        for (; next.at(level) < n; ++next.at(level))
            findings.add(name_of(level, next.at(level)) + " is missing");
    };
    Query q = db.query(rows_sql);
    while (q.step()) {
        const std::int64_t level = q.integer(0), n = q.integer(1);
        const bool known = level >= 0 && level < std::int64_t{tile_levels} && n >= 0;
        const auto l = static_cast<unsigned>(level);
        const auto number = static_cast<std::uint64_t>(n);
        if (!known || number >= expected(l)) {
            findings.add(fmt::format("tiles: level {}, number {} was added", level, n));
            continue;
        }
        missing_before(l, number);
        next.at(l) = number + 1;
        const bool full = tile_width(l, number, size) == tile_hashes;
        const unsigned width = full ? tile_hashes : tile_width(l, number, signed_size);
        if (static_cast<std::uint64_t>(q.integer(2)) != std::uint64_t{width} * hash_bytes)
            findings.add(name_of(l, number) + " has another length than the trail gives it");
    }
    for (unsigned level = 0; level < tile_levels; ++level)
        missing_before(level, expected(level));
}

} // namespace saiduan::auditing
