// The SQLite engine behind Store: what its jobs share. Its verbs stand in sqlite_store.cpp (the
// line), reporter.cpp, staff.cpp and trail.cpp of this folder.
#pragma once

#include "storage/sqlite/agency_book.hpp"
#include "storage/sqlite/counters.hpp"
#include "storage/sqlite/ledger.hpp"
#include "storage/sqlite/readers.hpp"
#include "storage/sqlite/rows.hpp"
#include "storage/sqlite/sqlite_store.hpp"
#include "storage/sqlite/used_keys.hpp"
#include "storage/sqlite/writer.hpp"

#include <map>
#include <set>

namespace saiduan {

// A write with a typed answer. `work` may return a Fault to undo itself; `after` runs once it is
// on the disk.
template <class T>
class TypedJob final : public Job {
public:
    using Work = std::function<Result<T>(Connection&)>;

    TypedJob(Work work, Completion<T> done, std::function<void(const T&)> after = {})
        : work_(std::move(work)), done_(std::move(done)), after_(std::move(after)) {}

    bool run(Connection& db) override {
        answer_ = work_(db);
        return answer_.has_value();
    }
    void committed() override {
        if (after_)
            after_(*answer_);
        done_(std::move(answer_));
    }
    void refused(const Fault& fault) override {
        // A job that failed by itself tells its own fault, even when its batch failed as well.
        done_(
            answer_.has_value() || answer_.error().detail.empty() ? Result<T>{fault}
                                                                  : std::move(answer_)
        );
    }

private:
    Work work_;
    Completion<T> done_;
    std::function<void(const T&)> after_;
    Result<T> answer_{Fault{}};
};

class SqliteStore final : public Store {
public:
    // `lock` is a descriptor that holds the process's lock on the file; closed at the end.
    SqliteStore(const SqliteConfig& config, int lock);
    ~SqliteStore() override;

    // sqlite_store.cpp
    void file(Filing filing, Completion<Filed> done) override;
    void step(Step step, Completion<CaseSummary> done) override;
    void open_case(CaseId id, Actor actor, UnixMs at, Completion<SealedCase> done) override;
    void case_key(CaseId id, Actor actor, Completion<SealedKey> done) override;
    void list_cases(QueueQuery query, Completion<std::vector<CaseSummary>> done) override;
    void events_after(
        std::string agency, std::int64_t event_id, Completion<std::vector<Event>> done
    ) override;
    void case_times(UnixMs from, UnixMs to, Completion<std::vector<CaseTimes>> done) override;
    void statistics(StatisticsQuery query, Completion<std::vector<Count>> done) override;
    void purge_idempotency(UnixMs older_than, Completion<int> done) override;

    // reporter.cpp
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

    void index_marks(int limit, Completion<int> done) override;

    // staff.cpp
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

    // trail.cpp
    void note(Notice notice, Completion<std::int64_t> done) override;
    void sign(UnixMs at, Completion<std::string> done) override;
    std::string checkpoint() const override;
    void add_cosignature(std::string line, UnixMs at, Completion<std::string> done) override;
    void tile(TileId id, Completion<std::string> done) override;
    void prove(ComplaintId id, Completion<ProofParts> done) override;

    bool healthy() const override { return writer_->healthy(); }
    std::uint64_t queue_version(const std::string& agency) const override {
        return agencies_.version_of(agency);
    }
    void on_change(std::function<void(const std::vector<std::string>&)> changed) override {
        changed_ = std::move(changed);
    }
    void stop() override;

private:
    // What the jobs of a batch have put into memory, undone with them. Writer's thread.
    struct Batch {
        std::uint64_t touched = 0;
        bool erased = false;
        std::vector<std::int64_t> epochs;
        std::uint64_t touched_before = 0; // when the job under way began
        std::size_t epochs_before = 0;    // likewise
    };

    void load(Connection& db);
    void load_staff(Connection& db);
    [[nodiscard]] BatchHooks hooks();
    void committed(Connection& db);
    void keep_checkpoint(const std::string& note);

    Result<Filed> file_now(Connection& db, const Filing& filing);
    CaseId open_new_case(
        Connection& db,
        CaseRow row,
        const NewCase& opened,
        const Key& shred,
        const std::string& digest,
        const std::string& more_facts,
        UnixMs at
    );
    void store_epoch(Connection& db, const Epoch& epoch, UnixMs at);
    void grant_copy(Connection& db, const KeyCopy& copy, UnixMs at, std::string_view actor);
    // Fills in the key's generation; returns the agency's number.
    Result<std::int64_t> add_key_now(Connection& db, NewAgencyKey& wanted);
    // The agency's number; adds it when it is new.
    std::int64_t agency_of(Connection& db, const std::string& key, UnixMs at);
    Result<CaseSummary> step_now(Connection& db, const Step& step);
    Result<ComplaintId> report_now(Connection& db, const Report& report);
    void open_missing(Connection& db, const Report& report);
    void touch(const std::string& agency) { batch_.touched |= agencies_.bit_of(agency); }

    template <class T, class Work>
    void write(Completion<T> done, Work work, std::function<void(const T&)> after = {}) {
        writer_->submit(
            std::make_unique<TypedJob<T>>(std::move(work), std::move(done), std::move(after))
        );
    }

    template <class T, class Work>
    void read(const Completion<T>& done, Work work) {
        const bool taken = readers_->submit([done, work = std::move(work)](Connection& db) {
            std::optional<Result<T>> answer;
            try {
                answer.emplace(work(db));
            } catch (const SqliteError&) {
                answer.emplace(Fault{Errc::unavailable, "the store could not be read"});
            }
            done(std::move(*answer));
        });
        if (!taken)
            done(Fault{Errc::overloaded, "too many requests at once; try again soon"});
    }

    const SqliteConfig config_;
    const int lock_;
    AgencyBook agencies_;
    std::function<void(const std::vector<std::string>&)> changed_;
    std::int64_t next_epoch_ = 1;
    ComplaintId next_complaint_ = 1;

    // Writer's thread.
    Batch batch_;
    bool erased_in_log_ = false; // the log could not be emptied yet; writer's thread
    Ledger ledger_;
    Counters counters_;
    UsedKeys keys_;
    std::set<std::int64_t> epochs_; // some that are in the table for sure

    mutable std::mutex memory_mutex_;                                      // guards the five below
    std::map<std::string, std::shared_ptr<const Credential>> credentials_; // by hash
    std::map<TokenId, TokenRow> tokens_;
    std::vector<AgencyKey> agency_keys_;
    std::string recovery_key_;
    std::string checkpoint_;

    std::unique_ptr<Readers> readers_;
    std::unique_ptr<Writer> writer_; // last: stops before what its jobs use goes
};

} // namespace saiduan
