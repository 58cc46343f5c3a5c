// The seam between conversations and the record, in the domain's verbs. Two engines answer to it:
// SQLite (storage/sqlite) and the fake in tests/support; tests/storage holds both to one contract.
//
// Threads: every verb may be called from any thread and returns at once. Its completion is called
// exactly once: on a thread of the store, or at once on the caller's for what is answered from
// memory or refused. A write's completion tells success only after the commit is on the disk. A
// full queue answers Errc::overloaded, a poisoned writer Errc::unavailable.
//
// The store never sees plain content: what people wrote arrives sealed (storage/vault) and leaves
// sealed. Every change and every reading becomes an event, and every event a leaf of the trail.
#pragma once

#include "storage/cases.hpp"
#include "storage/figures.hpp"
#include "storage/staff.hpp"
#include "storage/trail/tiles.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace saiduan {

template <class T>
using Completion = std::function<void(Result<T>)>;

// For Store::events_after: only the queue's newest event, to begin a stream at "now".
inline constexpr std::int64_t newest_event = -1;

class Store {
public:
    Store() = default;
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;
    virtual ~Store() = default;

    // The line.
    virtual void file(Filing filing, Completion<Filed> done) = 0;
    virtual void step(Step step, Completion<CaseSummary> done) = 0;
    // Reads a case of the actor's agency (any case for an oversight actor) and records the reading.
    virtual void open_case(CaseId id, Actor actor, UnixMs at, Completion<SealedCase> done) = 0;
    // The keys of a case of the actor's agency, to seal a note with; reads no content.
    virtual void case_key(CaseId id, Actor actor, Completion<SealedKey> done) = 0;
    // Highest priority first, undemoted first, oldest first.
    virtual void list_cases(QueueQuery query, Completion<std::vector<CaseSummary>> done) = 0;
    // Events of an agency's queue after `event_id`, at most 200, for stream replay. Nothing sealed.
    virtual void events_after(
        std::string agency, std::int64_t event_id, Completion<std::vector<Event>> done
    ) = 0;

    // The reporter's way back.
    virtual void find_receipt(ComplaintId id, Completion<ReceiptRow> done) = 0;
    // Reads what the reporter may see and records the visit.
    virtual void open_complaint(ComplaintId id, UnixMs at, Completion<SealedComplaint> done) = 0;
    // Opens cases for the agencies of `opens` that have none, then tells every case. Errors:
    // not_found, also when the complaint has been erased.
    virtual void report(Report report, Completion<ComplaintId> done) = 0;
    // Receipts handed out before their slow keys were there, oldest first, at most `limit`.
    virtual void pending_receipts(int limit, Completion<std::vector<PendingReceipt>> done) = 0;
    virtual void harden_receipt(HardenedReceipt receipt, Completion<ComplaintId> done) = 0;

    // Keeping and forgetting.
    // Errors: not_found (or erased already), conflict (a case is held, or, on schedule, open).
    virtual void erase(Erasure erasure, Completion<ComplaintId> done) = 0;
    // Complaints whose cases are all resolved, the last before `resolved_before`, with `outcome`
    // of the primary case, not held and not erased; at most `limit`.
    virtual void due_for_erasure(
        std::string outcome,
        UnixMs resolved_before,
        int limit,
        Completion<std::vector<ComplaintId>> done
    ) = 0;
    virtual void purge_idempotency(UnixMs older_than, Completion<int> done) = 0;

    // Makes the marks of complaints findable, oldest first, at most `limit` complaints; done in
    // idle time, since an index on random values would cost the intake several times over.
    virtual void index_marks(int limit, Completion<int> done) = 0;

    // Figures.
    virtual void case_times(UnixMs from, UnixMs to, Completion<std::vector<CaseTimes>> done) = 0;
    virtual void statistics(StatisticsQuery query, Completion<std::vector<Count>> done) = 0;

    // Staff and keys.
    // Once, by init: the public half of the recovery key. Errors: conflict when there is one.
    virtual void make_vault(std::string recovery_key, UnixMs at, Completion<int> done) = 0;
    [[nodiscard]] virtual std::string recovery_key() const = 0; // empty: none yet. From memory
    // Errors: conflict when it has copies, but not of exactly the keys its agency has by now.
    virtual void add_token(NewToken token, Completion<TokenId> done) = 0;
    virtual void revoke_token(Revocation revocation, Completion<TokenId> done) = 0;
    // Errors: unauthorized for an unknown or revoked hash. From memory.
    [[nodiscard]] virtual Result<std::shared_ptr<const Credential>>
    find_token(const std::string& hash) const = 0;
    [[nodiscard]] virtual std::vector<TokenRow> tokens() const = 0; // live ones, from memory
    // Every generation of every agency's key that is still in use, from memory.
    [[nodiscard]] virtual std::vector<AgencyKey> agency_keys() const = 0;
    // A new generation and the copies of its private half; the first of an agency, or a rotation.
    // Errors: conflict when the copies are not for all who hold the older keys: one came or went.
    virtual void add_agency_key(NewAgencyKey key, Completion<AgencyKey> done) = 0;
    virtual void epochs_of(
        std::string agency,
        std::int64_t generation,
        std::int64_t after,
        int limit,
        Completion<std::vector<Epoch>> done
    ) = 0;
    // Skips epochs that are sealed to a newer key already. Errors: conflict when the key they are
    // sealed to was retired meanwhile.
    virtual void reseal_epochs(Resealed resealed, Completion<int> done) = 0;
    // Forgets a generation that seals no epoch any more; nothing happens when it is gone already.
    // Errors: conflict while an epoch is left.
    virtual void retire_agency_key(RetiredKey key, Completion<std::int64_t> done) = 0;
    [[nodiscard]] virtual std::int64_t next_epoch() const = 0;
    [[nodiscard]] virtual ComplaintId next_complaint() const = 0;

    // The trail.
    // An event of no case: configuration, logins, keys, exports, backups.
    virtual void note(Notice notice, Completion<std::int64_t> done) = 0;
    // Signs the tree as it stands, if it grew. The note is durable when `done` hears of it.
    virtual void sign(UnixMs at, Completion<std::string> done) = 0;
    // The last signed note with its cosignatures; empty before the first. From memory.
    [[nodiscard]] virtual std::string checkpoint() const = 0;
    virtual void add_cosignature(std::string line, UnixMs at, Completion<std::string> done) = 0;
    // Bytes of a tile or entry bundle of the published tree. Errors: not_found outside the last
    // checkpoint.
    virtual void tile(TileId id, Completion<std::string> done) = 0;
    // The leaf of a complaint's filed event, its salted opening, and the hashes that prove it in
    // the last checkpoint. Errors: unavailable while no checkpoint covers it.
    virtual void prove(ComplaintId id, Completion<ProofParts> done) = 0;

    // Whether writes can succeed; false for ever once the writer is poisoned. Cheap.
    [[nodiscard]] virtual bool healthy() const = 0;
    // Counts up with every committed change of that agency's queue; 0 for an unknown agency. Cheap.
    [[nodiscard]] virtual std::uint64_t queue_version(const std::string& agency) const = 0;
    // `changed` is called after each commit, on a store thread, with the agencies whose queues
    // changed. Set once, before the first call.
    virtual void on_change(std::function<void(const std::vector<std::string>& agencies)> changed
    ) = 0;
    // Refuses new work, commits what is queued, signs, checkpoints, joins. Idempotent.
    virtual void stop() = 0;
};

} // namespace saiduan
