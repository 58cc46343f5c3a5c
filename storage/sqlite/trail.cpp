// The verbs of the trail: notices, checkpoints, tiles and proofs.
#include "storage/sqlite/engine.hpp"
#include "storage/sqlite/leaves.hpp"
#include "storage/trail/checkpoint.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

namespace saiduan {
namespace {

constexpr const char* filed_sql =
    "SELECT e.id FROM cases c JOIN events e ON e.case_id = c.id WHERE c.complaint = ?"
    " AND c.is_primary = 1 AND e.kind = 0 AND e.case_id <> 0 ORDER BY e.id LIMIT 1";

// What a note of our own says; its signature was made or checked when it came into memory.
std::optional<Checkpoint> said_by(const std::string& note) {
    const std::size_t end = note.find("\n\n");
    if (end == std::string::npos)
        return std::nullopt;
    auto checkpoint = Checkpoint::parse(std::string_view{note}.substr(0, end + 1));
    if (!checkpoint)
        return std::nullopt;
    return std::move(*checkpoint);
}

HashReader hashes_in(Connection& db, std::uint64_t size) {
    return hash_reader(size, [&db](unsigned level, std::uint64_t n, unsigned width) {
        return stored_tile(db, level, n, width);
    });
}

// Whole or not at all, also across a power cut.
bool write_durably(const std::string& path, std::string_view text) {
    const std::string fresh = path + ".new";
    const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0)
        return false;
    const bool written =
        ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
        ::fsync(file) == 0;
    ::close(file);
    return written && std::rename(fresh.c_str(), path.c_str()) == 0;
}

} // namespace

void SqliteStore::keep_checkpoint(const std::string& note) {
    // The database has it already; this copy only notices a database put back to an older state,
    // and a failure to write it must not stop the intake.
    if (!config_.checkpoint_file.empty())
        (void)write_durably(config_.checkpoint_file, note);
    const std::lock_guard lock{memory_mutex_};
    checkpoint_ = note;
}

void SqliteStore::note(Notice n, Completion<std::int64_t> done) {
    write<std::int64_t>(
        std::move(done),
        [this, n = std::move(n)](Connection& db) -> Result<std::int64_t> {
            const std::int64_t agency = agencies_.number_of(n.agency);
            return ledger_.append(db, {0, 0, agency, n.kind, n.at, n.actor, n.fact});
        }
    );
}

void SqliteStore::sign(UnixMs, Completion<std::string> done) {
    write<std::string>(std::move(done), [this](Connection& db) -> Result<std::string> {
        return ledger_.sign(db);
    });
}

std::string SqliteStore::checkpoint() const {
    const std::lock_guard lock{memory_mutex_};
    return checkpoint_;
}

void SqliteStore::add_cosignature(std::string line, UnixMs, Completion<std::string> done) {
    const auto work = [this, line = std::move(line)](Connection& db) -> Result<std::string> {
        const std::string note = ledger_.newest_note();
        const auto said = said_by(note);
        if (!said)
            return Fault{Errc::not_found, "there is no checkpoint yet"};
        const Result<std::string> more = add_signature(note, line);
        if (!more)
            return more.error();
        ledger_.replace_note(db, said->size, *more);
        return *more;
    };
    write<std::string>(std::move(done), work);
}

void SqliteStore::tile(TileId id, Completion<std::string> done) {
    const auto said = said_by(checkpoint());
    if (!said || !tile_within(id, said->size))
        return done(Fault{Errc::not_found, "the last checkpoint has no such tile"});
    read<std::string>(done, [id](Connection& db) -> Result<std::string> {
        if (id.kind == TileId::Kind::hashes)
            return stored_tile(db, id.level, id.n, id.width);
        std::string bundle;
        const auto first = static_cast<std::int64_t>(id.n * tile_hashes) + 1;
        each_leaf(db, first, first + id.width - 1, [&](const StoredLeaf& leaf) {
            add_to_bundle(bundle, leaf.entry);
        });
        return bundle;
    });
}

void SqliteStore::prove(ComplaintId id, Completion<ProofParts> done) {
    const std::string note = checkpoint();
    const auto said = said_by(note);
    const std::uint64_t size = said ? said->size : 0;
    read<ProofParts>(done, [id, note, size](Connection& db) -> Result<ProofParts> {
        ProofParts out;
        {
            Query q = db.query(filed_sql);
            if (!q.bind(id).step())
                return Fault{Errc::not_found, "no such complaint"};
            out.index = static_cast<std::uint64_t>(q.integer(0)) - 1;
        }
        if (out.index >= size)
            return Fault{Errc::unavailable, "not yet in a signed checkpoint"};
        const auto event = static_cast<std::int64_t>(out.index) + 1;
        each_leaf(db, event, event, [&](const StoredLeaf& leaf) {
            out.entry = leaf.entry;
            out.salt = leaf.salt;
            out.event = leaf.event;
        });
        auto path = inclusion_proof(out.index, size, hashes_in(db, size));
        if (!path)
            return path.error();
        out.path = std::move(*path);
        out.checkpoint = note;
        return out;
    });
}

} // namespace saiduan
