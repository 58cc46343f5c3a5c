#include "storage/sqlite/ledger.hpp"

#include "storage/sqlite/leaves.hpp"
#include "storage/trail/checkpoint.hpp"
#include "storage/trail/entry.hpp"
#include "storage/vault/secret.hpp"

namespace saiduan {
namespace {

constexpr const char* insert_event_sql =
    "INSERT INTO events (id, case_id, complaint, agency, kind, at, actor, fact, sealed, salt)"
    " VALUES (?,?,?,?,?,?,?,?,?,?)";
constexpr const char* tile_sql = "INSERT OR REPLACE INTO tiles (level, n, hashes) VALUES (?,?,?)";
constexpr const char* newest_note_sql =
    "SELECT size, note FROM checkpoints ORDER BY size DESC LIMIT 1";
constexpr const char* insert_note_sql = "INSERT INTO checkpoints (size, at, note) VALUES (?,?,?)";
// Only the newest is kept: it says all that an older one said.
constexpr const char* forget_notes_sql = "DELETE FROM checkpoints WHERE size < ?";
constexpr const char* update_note_sql = "UPDATE checkpoints SET note = ? WHERE size = ?";
constexpr const char* newest_sql = "SELECT id, at FROM events ORDER BY id DESC LIMIT 1";

const Fault altered{
    Errc::unavailable,
    "the trail does not agree with what was signed; nothing is served before somebody has looked: "
    "saiduan audit verify"
};

void write_tile(Connection& db, unsigned level, std::uint64_t n, std::string_view hashes) {
    Query q = db.query(tile_sql);
    q.bind(std::int64_t{level}).bind(static_cast<std::int64_t>(n)).bind_blob(hashes).run();
}

// Whether the tree of the tables still begins with the tree this note signs.
bool begins_with(
    std::string_view note, const VerifierKey& key, std::uint64_t size, const HashReader& read
) {
    const Result<SignedCheckpoint> opened = open_checkpoint(note, std::span{&key, 1});
    if (!opened || opened->checkpoint.size > size)
        return false;
    const Result<Hash> root = root_at(opened->checkpoint.size, read);
    return root && *root == opened->checkpoint.root;
}

} // namespace

std::optional<Fault> Ledger::load(Connection& db, const std::string& published) {
    std::uint64_t size = 0;
    {
        Query q = db.query(newest_sql);
        if (q.step()) {
            size = static_cast<std::uint64_t>(q.integer(0));
            newest_ = newest_on_disk_ = {q.integer(1), false};
        }
    }
    Result<Tree> edge = restore_tree(db, size);
    if (!edge)
        return altered;
    tree_ = std::move(*edge);
    const HashReader read = hash_reader(size, [&](unsigned level, std::uint64_t n, unsigned width) {
        if (tile_width(level, n, size) < tile_hashes)
            return Result<std::string>{
                boost::system::in_place_value, tree_.partial(level).substr(0, width * hash_bytes)
            };
        return stored_tile(db, level, n, width);
    });
    {
        Query q = db.query(newest_note_sql);
        if (q.step()) {
            signed_size_ = static_cast<std::uint64_t>(q.integer(0));
            note_ = q.text(1);
        }
    }
    const bool good = (note_.empty() || begins_with(note_, signer_.key(), size, read)) &&
                      (published.empty() || begins_with(published, signer_.key(), size, read));
    if (!good)
        return altered;
    return std::nullopt;
}

std::int64_t Ledger::append(Connection& db, const NewEvent& e) {
    if (!newest_.started)
        add(db, {0, 0, 0, EventKind::started, e.at, "system"});
    newest_ = {e.at, true};
    return add(db, e);
}

std::int64_t Ledger::add(Connection& db, const NewEvent& e) {
    const std::uint64_t seq = size() + 1;
    unsigned char random[salt_bytes];
    random_bytes(random, sizeof random);
    const std::string_view salt{reinterpret_cast<const char*>(random), sizeof random};
    {
        Query q = db.query(insert_event_sql);
        q.bind(static_cast<std::int64_t>(seq)).bind(e.case_id).bind(e.complaint).bind(e.agency);
        q.bind(static_cast<std::int64_t>(e.kind)).bind(e.at).bind(e.actor).bind(e.fact);
        if (e.sealed.empty())
            q.bind_null();
        else
            q.bind_blob(e.sealed);
        q.bind_blob(salt).run();
    }
    const TrailEvent event{
        seq,
        e.at,
        static_cast<std::uint16_t>(e.kind),
        static_cast<std::uint64_t>(e.case_id),
        static_cast<std::uint64_t>(e.complaint),
        static_cast<std::uint64_t>(e.agency),
        std::string{e.actor},
        std::string{e.fact},
        std::string{e.sealed}
    };
    leaves_.push_back(leaf_hash(leaf_entry(event, salt).bytes()));
    return static_cast<std::int64_t>(seq);
}

std::string Ledger::sign(Connection& db) {
    if (fresh_.empty() ? size() == signed_size_ : size() == fresh_size_)
        return fresh_.empty() ? note_ : fresh_;
    Tree tree = tree_;
    std::vector<FullTile> completed;
    for (const Hash& leaf : leaves_)
        tree.append(leaf, completed);
    for (unsigned level = 0; level < tile_levels; ++level)
        if (!tree.partial(level).empty())
            write_tile(db, level, tree.size() >> (tile_height * (level + 1)), tree.partial(level));
    const Checkpoint checkpoint{signer_.key().name(), tree.size(), tree.root()};
    const Result<std::string> note = sign_note(checkpoint.text(), signer_);
    if (!note)
        throw SqliteError(0, "a checkpoint of our own making cannot be signed");
    Query q = db.query(insert_note_sql);
    q.bind(static_cast<std::int64_t>(tree.size()))
        .bind(newest_.at)
        .bind(std::string_view{*note})
        .run();
    db.query(forget_notes_sql).bind(static_cast<std::int64_t>(tree.size())).run();
    fresh_ = *note;
    fresh_size_ = tree.size();
    return fresh_;
}

void Ledger::replace_note(Connection& db, std::uint64_t size, const std::string& note) {
    Query q = db.query(update_note_sql);
    q.bind(std::string_view{note}).bind(static_cast<std::int64_t>(size)).run();
    fresh_ = note;
    fresh_size_ = size;
}

void Ledger::before_commit(Connection& db) {
    if (newest_.started && !newest_on_disk_.started)
        (void)sign(db);
    next_ = tree_;
    std::vector<FullTile> completed;
    for (const Hash& leaf : leaves_)
        next_.append(leaf, completed);
    for (const FullTile& tile : completed)
        write_tile(db, tile.level, tile.n, tile.hashes);
}

std::optional<std::string> Ledger::committed() {
    std::swap(tree_, next_);
    leaves_.clear();
    newest_on_disk_ = newest_;
    if (fresh_.empty())
        return std::nullopt;
    note_ = std::move(fresh_);
    signed_size_ = fresh_size_;
    fresh_.clear();
    return note_;
}

void Ledger::undone() {
    leaves_.clear();
    newest_ = newest_on_disk_;
    fresh_.clear();
}

} // namespace saiduan
