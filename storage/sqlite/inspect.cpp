#include "storage/sqlite/inspect.hpp"

#include "storage/sqlite/connection.hpp"
#include "storage/sqlite/leaves.hpp"

#include <limits>

namespace saiduan {
namespace {

constexpr const char* integrity_sql = "PRAGMA integrity_check(1)";
constexpr const char* schema_sql = "SELECT coalesce(max(version), 0) FROM schema_migrations";
constexpr const char* recovery_sql = "SELECT recovery_key FROM vault";
constexpr const char* note_sql = "SELECT note FROM checkpoints ORDER BY size DESC LIMIT 1";
constexpr const char* forget_sql = "DELETE FROM checkpoints";
constexpr int first_with_a_trail = 2; // schema version

std::int64_t number(Connection& db, const char* sql) {
    Query q = db.query(sql);
    q.step();
    return q.integer(0);
}

std::string text(Connection& db, const char* sql) {
    Query q = db.query(sql);
    return q.step() ? q.text(0) : std::string{};
}

// Hashes the trail anew; false when a number or a tile is missing or wrong.
bool rebuild(Connection& db, Inspection& out) {
    Tree tree;
    bool good = true;
    std::vector<FullTile> completed;
    const auto keep_root = [&] {
        if (const auto wanted = out.roots.find(tree.size()); wanted != out.roots.end())
            wanted->second = tree.root();
    };
    keep_root();
    constexpr auto all = std::numeric_limits<std::int64_t>::max();
    each_leaf(db, 1, all, [&](const StoredLeaf& leaf) {
        good = good && static_cast<std::uint64_t>(leaf.id) == tree.size() + 1;
        tree.append(leaf_hash(leaf.entry), completed);
        for (const FullTile& tile : completed) {
            const auto stored = stored_tile(db, tile.level, tile.n, tile_hashes);
            good = good && stored && *stored == tile.hashes;
        }
        completed.clear();
        keep_root();
    });
    out.events = tree.size();
    std::erase_if(out.roots, [&](const auto& entry) { return entry.first > tree.size(); });
    return good;
}

} // namespace

Result<void> copy_database(
    const std::string& from,
    const std::string& to,
    const std::function<void(std::uint64_t done, std::uint64_t all)>& progress
) {
    try {
        Connection db{from, Access::read, true};
        db.copy_to(to, [&](int done, int all) {
            progress(static_cast<std::uint64_t>(done), static_cast<std::uint64_t>(all));
        });
        return {};
    } catch (const SqliteError& error) {
        return Fault{Errc::unavailable, from + " cannot be copied: " + error.what()};
    }
}

Result<Inspection> inspect_database(const std::string& path, std::span<const std::uint64_t> sizes) {
    try {
        Connection db{path, Access::frozen, true};
        if (const std::string verdict = text(db, integrity_sql); verdict != "ok")
            return Fault{Errc::unavailable, path + " is damaged: " + verdict};
        Inspection out;
        out.schema = static_cast<int>(number(db, schema_sql));
        if (out.schema < first_with_a_trail)
            return out;
        out.recovery_key = text(db, recovery_sql);
        out.note = text(db, note_sql);
        for (const std::uint64_t size : sizes)
            out.roots.try_emplace(size);
        if (const auto own = claimed_by(out.note))
            out.roots.try_emplace(own->size);
        if (!rebuild(db, out))
            return Fault{Errc::unavailable, path + ": events or tiles of the trail are damaged"};
        return out;
    } catch (const SqliteError& error) {
        return Fault{Errc::unavailable, path + " is damaged: " + error.what()};
    }
}

Result<Checkpoint> compare(const Inspection& found, std::string_view note, const VerifierKey& key) {
    const auto opened = open_checkpoint(note, std::span{&key, 1});
    if (!opened)
        return Fault{Errc::invalid, "the checkpoint is not signed by this log's key"};
    const Checkpoint& checkpoint = opened->checkpoint;
    if (checkpoint.size > found.events)
        return Fault{Errc::stale, "the checkpoint signs a larger tree"};
    const auto root = found.roots.find(checkpoint.size);
    if (root == found.roots.end() || root->second != checkpoint.root)
        return Fault{Errc::conflict, "the trail does not agree with the checkpoint"};
    return checkpoint;
}

std::optional<Checkpoint> claimed_by(std::string_view note) {
    const std::size_t end = note.find("\n\n");
    if (end == std::string_view::npos)
        return std::nullopt;
    auto checkpoint = Checkpoint::parse(note.substr(0, end + 1));
    if (!checkpoint)
        return std::nullopt;
    return std::move(*checkpoint);
}

Result<void> forget_checkpoints(const std::string& path) {
    try {
        Connection db{path, Access::write, true};
        db.query(forget_sql).run();
        return {};
    } catch (const SqliteError& error) {
        return Fault{Errc::unavailable, path + ": " + error.what()};
    }
}

} // namespace saiduan
