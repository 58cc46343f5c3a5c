// A store in memory: maps and vectors behind a mutex, and the same rules (storage/steps.hpp) and
// the same trail (storage/trail) as the engine that people run. tests/storage holds both to one
// contract, so whoever needs a store in a test may take this one.
//
// What it leaves out: the digests of table rows in its facts, which only an auditor of tables
// needs, and overload, since it has no queue. Completions run at once, on the caller's thread.
#pragma once

#include "storage/steps.hpp"
#include "storage/store.hpp"
#include "storage/trail/entry.hpp"
#include "storage/trail/note.hpp"

#include <map>
#include <mutex>
#include <set>

namespace saiduan {

// What outlives a restart. Values only; the store that has it open guards it.
struct FakeRecord {
    struct Told {
        UnixMs received_at = 0;
        Clear clear;
        std::string sealed;
        std::optional<SealedKey> oversight;
        NewReceipt receipt;
        std::string marks;
        bool findable = false; // its marks are
        bool erased = false;
    };
    struct Case {
        CaseRow row;
        std::optional<SealedKey> key; // nothing: erased
    };
    struct Leaf {
        Event event;
        ComplaintId complaint = 0;
        std::string salt;
    };
    struct Token {
        TokenRow row;
        std::string hash;
        bool revoked = false;
    };
    struct UsedKey {
        std::string fingerprint, answer;
        ComplaintId complaint = 0;
        UnixMs created_at = 0;
    };

    std::vector<std::string> agencies; // number - 1 is the index
    std::map<ComplaintId, Told> complaints;
    std::vector<Case> cases; // id - 1 is the index
    std::map<std::string, UsedKey> used_keys;
    std::map<std::int64_t, Epoch> epochs;

    std::string recovery_key;
    std::vector<Token> tokens; // id - 1 is the index
    std::vector<KeyCopy> copies;
    std::vector<AgencyKey> agency_keys;

    std::vector<Leaf> leaves; // event id - 1 is the index
    Tree tree;
    std::map<std::pair<unsigned, std::uint64_t>, std::string> full_tiles; // by level and number
    std::uint64_t signed_size = 0;
    std::string note;
};

class FakeStore final : public Store {
public:
    // Opens `record`; one store at a time. `signer` outlives the store.
    FakeStore(std::shared_ptr<FakeRecord> record, const NoteSigner& signer);
    ~FakeStore() override { stop(); }

    // fake_store.cpp: the line
    void file(Filing filing, Completion<Filed> done) override;
    void step(Step step, Completion<CaseSummary> done) override;
    void open_case(CaseId id, Actor actor, UnixMs at, Completion<SealedCase> done) override;
    void case_key(CaseId id, Actor actor, Completion<SealedKey> done) override;
    void list_cases(QueueQuery query, Completion<std::vector<CaseSummary>> done) override;
    void events_after(
        std::string agency, std::int64_t event_id, Completion<std::vector<Event>> done
    ) override;

    // fake_reporter.cpp: the reporter's way back, and forgetting
    void find_receipt(ComplaintId id, Completion<ReceiptRow> done) override;
    void open_complaint(ComplaintId id, UnixMs at, Completion<SealedComplaint> done) override;
    void report(Report report, Completion<ComplaintId> done) override;
    void pending_receipts(int limit, Completion<std::vector<PendingReceipt>> done) override;
    void harden_receipt(HardenedReceipt receipt, Completion<ComplaintId> done) override;
    void erase(Erasure erasure, Completion<ComplaintId> done) override;
    void due_for_erasure(
        std::string outcome,
        UnixMs resolved_before,
        int limit,
        Completion<std::vector<ComplaintId>> done
    ) override;
    void purge_idempotency(UnixMs older_than, Completion<int> done) override;
    void index_marks(int limit, Completion<int> done) override;

    // fake_store.cpp: figures
    void case_times(UnixMs from, UnixMs to, Completion<std::vector<CaseTimes>> done) override;
    void statistics(StatisticsQuery query, Completion<std::vector<Count>> done) override;

    // fake_trail.cpp: staff, keys and the trail
    void make_vault(std::string recovery_key, UnixMs at, Completion<int> done) override;
    std::string recovery_key() const override;
    void add_token(NewToken token, Completion<TokenId> done) override;
    void revoke_token(Revocation revocation, Completion<TokenId> done) override;
    Result<std::shared_ptr<const Credential>> find_token(const std::string& hash) const override;
    std::vector<TokenRow> tokens() const override;
    std::vector<AgencyKey> agency_keys() const override;
    void add_agency_key(NewAgencyKey key, Completion<AgencyKey> done) override;
    void epochs_of(
        std::string agency,
        std::int64_t generation,
        std::int64_t after,
        int limit,
        Completion<std::vector<Epoch>> done
    ) override;
    void reseal_epochs(Resealed resealed, Completion<int> done) override;
    void retire_agency_key(RetiredKey key, Completion<std::int64_t> done) override;
    std::int64_t next_epoch() const override { return next_epoch_; }
    ComplaintId next_complaint() const override { return next_complaint_; }
    void note(Notice notice, Completion<std::int64_t> done) override;
    void sign(UnixMs at, Completion<std::string> done) override;
    std::string checkpoint() const override;
    void add_cosignature(std::string line, UnixMs at, Completion<std::string> done) override;
    void tile(TileId id, Completion<std::string> done) override;
    void prove(ComplaintId id, Completion<ProofParts> done) override;
    bool healthy() const override { return true; }
    std::uint64_t queue_version(const std::string& agency) const override;
    void on_change(std::function<void(const std::vector<std::string>&)> changed) override;
    void stop() override;

private:
    // Answers with what `work` returns under the lock; work that refuses has changed nothing.
    template <class T, class Work>
    void answer(const Completion<T>& done, Work work) {
        std::set<std::string> touched;
        const Result<T> result = [&]() -> Result<T> {
            const std::lock_guard lock{mutex_};
            if (stopped_)
                return Fault{Errc::unavailable, "the store has stopped"};
            Result<T> answered = work();
            if (start_to_sign_)
                sign_tree();
            start_to_sign_ = false;
            touched.swap(touched_);
            for (const std::string& agency : touched)
                ++versions_[agency];
            return answered;
        }();
        if (changed_ && !touched.empty())
            changed_({touched.begin(), touched.end()});
        done(result);
    }

    // All of these need the lock.
    [[nodiscard]] std::uint64_t number_of(const std::string& agency) const; // 0: unknown
    [[nodiscard]] bool sealed_to_known_key(const Grant& grant) const;
    // The next leaf, after one for this store's start; returns its number.
    std::int64_t append(Event event, ComplaintId complaint = 0);
    [[nodiscard]] TrailEvent trail_event(const FakeRecord::Leaf& leaf) const;
    [[nodiscard]] SealedKey keep(const Grant& grant, ComplaintId complaint, UnixMs at);
    [[nodiscard]] SealedKey current(SealedKey key) const; // with its epoch as sealed now
    [[nodiscard]] FakeRecord::Case* find_case(CaseId id);
    [[nodiscard]] std::vector<FakeRecord::Case*> cases_of(ComplaintId id);
    CaseId open_new_case(CaseRow row, const NewCase& opened, UnixMs at);
    [[nodiscard]] std::vector<CaseId> linked_to(const CaseRow& row) const;
    [[nodiscard]] bool is_due(ComplaintId id, const std::string& outcome, UnixMs before);
    void grant_copy(KeyCopy copy, UnixMs at, const std::string& actor);
    [[nodiscard]] Result<std::string>
    tile_hashes_of(unsigned level, std::uint64_t n, unsigned width) const;
    void sign_tree();

    const std::shared_ptr<FakeRecord> record_;
    const NoteSigner& signer_;
    const std::int64_t next_epoch_;
    const ComplaintId next_complaint_;
    std::function<void(const std::vector<std::string>&)> changed_;

    mutable std::mutex mutex_; // guards the record and all below
    bool stopped_ = false;
    bool started_ = false;          // in the trail
    bool start_to_sign_ = false;    // with the first change
    std::set<std::string> touched_; // queues that the work under way changes
    std::map<std::string, std::uint64_t> versions_;
};

} // namespace saiduan
