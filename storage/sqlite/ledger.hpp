// The trail's part of the writing connection: events become leaves, leaves become tiles, and the
// tree is signed. Lives on the writer's thread, but for what says otherwise.
#pragma once

#include "storage/cases.hpp"
#include "storage/sqlite/connection.hpp"
#include "storage/trail/merkle.hpp"
#include "storage/trail/note.hpp"

#include <memory>
#include <string>
#include <vector>

namespace saiduan {

// Numbers of the database, not keys, where 0 is none.
struct NewEvent {
    CaseId case_id = 0;
    ComplaintId complaint = 0;
    std::int64_t agency = 0;
    EventKind kind = EventKind::filed;
    UnixMs at = 0;
    std::string_view actor;
    std::string_view fact = {};
    std::string_view sealed = {};
};

class Ledger {
public:
    // `signer` outlives the ledger; its name is the log's origin.
    explicit Ledger(const NoteSigner& signer) : signer_(signer) {}

    // Rebuilds the tree's edge from the tables. Errors: unavailable when tables and the last signed
    // checkpoint, or `published` (the copy kept beside the database, may be empty), do not agree.
    [[nodiscard]] std::optional<Fault> load(Connection& db, const std::string& published);

    // Writes an event as the next leaf; returns its number. Before the first one since load() goes
    // a `started`, and before_commit() signs that batch: what stands unsigned behind a signed
    // `stopped` was never written by us.
    std::int64_t append(Connection& db, const NewEvent& event);

    // Signs the tree with all leaves appended so far and keeps the note in the same transaction.
    // Returns the newest note, which is the old one when nothing was appended since.
    [[nodiscard]] std::string sign(Connection& db);
    // Adds a witness's line to the newest note, whose size must be `size`.
    void replace_note(Connection& db, std::uint64_t size, const std::string& note);

    // A batch's life.
    void job_begins() { job_ = {leaves_.size(), newest_}; }
    void job_undone() {
        leaves_.resize(job_.leaves);
        newest_ = job_.newest;
    }
    void before_commit(Connection& db);
    // What was signed in this batch is durable now. Returns the newest note if there is one.
    [[nodiscard]] std::optional<std::string> committed();
    void undone();

    [[nodiscard]] std::uint64_t size() const { return tree_.size() + leaves_.size(); }
    // When the newest event was; 0 before the first.
    [[nodiscard]] UnixMs last_at() const { return newest_.at; }
    // Whether anything was appended since load().
    [[nodiscard]] bool started() const { return newest_.started; }
    // Signed last, in this batch or before; empty before the first.
    [[nodiscard]] const std::string& newest_note() const { return fresh_.empty() ? note_ : fresh_; }

private:
    struct Newest {
        UnixMs at = 0;
        bool started = false;
    };
    struct JobStart {
        std::size_t leaves = 0;
        Newest newest;
    };

    std::int64_t add(Connection& db, const NewEvent& event);

    const NoteSigner& signer_;
    Tree tree_;                // as on the disk
    Tree next_;                // with this batch's leaves, from before_commit on
    std::vector<Hash> leaves_; // of this batch
    Newest newest_;            // event, with this batch's
    Newest newest_on_disk_;
    JobStart job_;     // of the job under way
    std::string note_; // newest on the disk
    std::uint64_t signed_size_ = 0;
    std::string fresh_; // signed or countersigned in this batch, or empty
    std::uint64_t fresh_size_ = 0;
};

} // namespace saiduan
