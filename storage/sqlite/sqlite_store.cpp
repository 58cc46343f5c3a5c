#include "storage/sqlite/sqlite_store.hpp"

#include "storage/sqlite/engine.hpp"
#include "storage/trail/record.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

namespace saiduan {
namespace {

constexpr std::size_t epochs_remembered_max = 10'000;

constexpr const char* keys_sql =
    "SELECT id, mark, fingerprint, complaint, created_at FROM idempotency";
constexpr const char* answer_sql = "SELECT answer FROM idempotency WHERE id = ?";
constexpr const char* purge_sql = "DELETE FROM idempotency WHERE id = ?";
constexpr const char* newest_sql = "SELECT coalesce((SELECT max(id) FROM complaints), 0), "
                                   "coalesce((SELECT max(id) FROM epochs), 0)";
constexpr int erased_patience_ms = 200; // the readers of the server itself take less
constexpr const char* insert_epoch_sql =
    "INSERT OR IGNORE INTO epochs (id, agency, generation, sealed) VALUES (?,?,?,?)";

std::string file_text(const std::string& path) {
    std::ifstream in{path, std::ios::binary};
    constexpr std::size_t note_bytes_max = std::size_t{64} * 1024;
    std::string text(note_bytes_max, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
    return text;
}

class ConflictError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

} // namespace

SqliteStore::SqliteStore(const SqliteConfig& config, int lock)
    : config_(config), lock_(lock), ledger_(*config.signer) {
    auto db = std::make_unique<Connection>(config.path, Access::write, config.synchronous);
    if (rows::migrate(*db))
        throw ConflictError(
            "holds complaints from before the vault; seal them with: saiduan upgrade"
        );
    if (const auto bad = ledger_.load(*db, file_text(config.checkpoint_file)))
        throw SqliteError(0, bad->detail);
    load(*db);
    load_staff(*db);
    db->lock_down();
    readers_ = std::make_unique<Readers>(config.path, config.readers, config.queue_max);
    writer_ = std::make_unique<Writer>(std::move(db), config.queue_max, config.batch_max, hooks());
}

SqliteStore::~SqliteStore() {
    stop();
    ::close(lock_);
}

void SqliteStore::stop() {
    if (writer_->healthy())
        write<std::string>(
            [](const Result<std::string>&) {},
            [this](Connection& db) {
                if (ledger_.started())
                    ledger_.append(db, {0, 0, 0, EventKind::stopped, ledger_.last_at(), "system"});
                return Result<std::string>{boost::system::in_place_value, ledger_.sign(db)};
            }
        );
    writer_->stop();
    readers_->stop();
}

void SqliteStore::load(Connection& db) {
    {
        Query q = db.query(keys_sql);
        while (q.step())
            keys_.load(q.text(1), {q.integer(0), q.text(2), q.integer(3), q.integer(4)});
    }
    Query q = db.query(newest_sql);
    q.step();
    next_complaint_ = q.integer(0) + 1;
    next_epoch_ = q.integer(1) + 1;
    checkpoint_ = ledger_.newest_note();
}

BatchHooks SqliteStore::hooks() {
    BatchHooks hooks;
    hooks.job_begins = [this] {
        ledger_.job_begins();
        counters_.job_begins();
        keys_.job_begins();
        batch_.touched_before = batch_.touched;
        batch_.epochs_before = batch_.epochs.size();
    };
    hooks.job_undone = [this] {
        ledger_.job_undone();
        counters_.job_undone();
        keys_.job_undone();
        batch_.touched = batch_.touched_before;
        batch_.epochs.resize(batch_.epochs_before);
    };
    hooks.before_commit = [this](Connection& db) {
        counters_.before_commit(db);
        ledger_.before_commit(db);
    };
    hooks.committed = [this](Connection& db) { committed(db); };
    hooks.undone = [this] {
        ledger_.undone();
        counters_.forget();
        keys_.undone();
        batch_ = {};
    };
    return hooks;
}

void SqliteStore::committed(Connection& db) {
    keys_.committed();
    if (epochs_.size() > epochs_remembered_max)
        epochs_.clear();
    epochs_.insert(batch_.epochs.begin(), batch_.epochs.end());
    counters_.forget();
    if (const auto note = ledger_.committed())
        keep_checkpoint(*note);
    // What was destroyed must not live on in the log. A long reader (an audit) may hold it: then
    // every later commit tries again, and none waits for it.
    if (batch_.erased || erased_in_log_)
        erased_in_log_ = !db.checkpoint(batch_.erased ? erased_patience_ms : 0);
    const std::uint64_t touched = batch_.touched;
    batch_ = {};
    if (touched == 0)
        return;
    const std::vector<std::string> keys = agencies_.touch(touched);
    if (changed_)
        changed_(keys);
}

void SqliteStore::store_epoch(Connection& db, const Epoch& epoch, UnixMs at) {
    if (epochs_.contains(epoch.id))
        return;
    const std::int64_t agency = agencies_.number_of(epoch.agency);
    db.query(insert_epoch_sql)
        .bind(epoch.id)
        .bind(agency)
        .bind(epoch.agency_key)
        .bind_blob(epoch.sealed)
        .run();
    if (db.changes() != 0) {
        Record record{"epoch"};
        record.add(epoch.id).add(agency).add(epoch.agency_key).add_blob(epoch.sealed);
        const std::string fact = std::to_string(epoch.id) + " " + to_hex(record.digest());
        ledger_.append(db, {0, 0, 0, EventKind::epoch_made, at, "system", fact});
    }
    batch_.epochs.push_back(epoch.id);
}

CaseId SqliteStore::open_new_case(
    Connection& db,
    CaseRow row,
    const NewCase& opened,
    const Key& shred,
    const std::string& digest,
    const std::string& more_facts,
    UnixMs at
) {
    const std::int64_t agency = agencies_.number_of(opened.agency);
    store_epoch(db, *opened.grant.epoch, at);
    row.summary.agency = opened.agency;
    const rows::InsertedCase inserted =
        rows::insert_case(db, row, opened.grant, shred, agency, digest);
    const std::string fact = to_hex(inserted.digest) + " " +
                             std::to_string(static_cast<int>(row.summary.priority)) +
                             (row.summary.demoted ? " 1" : " 0") + more_facts;
    ledger_.append(
        db, {inserted.id, row.summary.complaint, agency, EventKind::filed, at, "reporter", fact}
    );
    touch(opened.agency);
    return inserted.id;
}

Result<Filed> SqliteStore::file_now(Connection& db, const Filing& filing) {
    Filed filed;
    filed.complaint = filing.complaint;
    if (filing.idempotency)
        if (const UsedKey* known = keys_.find(filing.idempotency->mark)) {
            if (known->fingerprint != filing.idempotency->fingerprint)
                return Fault{
                    Errc::key_reused,
                    "this Idempotency-Key came with another complaint; choose a new key"
                };
            filed.complaint = known->complaint;
            filed.replayed = true;
            Query q = db.query(answer_sql);
            if (q.bind(known->row).step())
                filed.answer = q.text(0);
            return filed;
        }
    if (filing.oversight)
        store_epoch(db, *filing.oversight->epoch, filing.received_at);
    const rows::InsertedComplaint inserted = rows::insert_complaint(db, filing);
    std::string facts = " " + to_hex(inserted.receipt_digest);
    if (filing.idempotency) {
        const IdempotencyKey& key = *filing.idempotency;
        std::string digest;
        const std::int64_t row = rows::insert_idempotency(db, filing, digest);
        facts += " " + to_hex(digest);
        keys_.add(key.mark, {row, key.fingerprint, filing.complaint, filing.received_at});
    }
    CaseRow row;
    row.summary.complaint = filing.complaint;
    row.summary.priority = filing.clear.priority;
    row.summary.demoted = filing.clear.demoted;
    row.summary.received_at = filing.received_at;
    for (const NewCase& opened : filing.cases) {
        row.summary.primary = filed.cases.empty();
        filed.cases.push_back(open_new_case(
            db,
            row,
            opened,
            inserted.shred.key,
            inserted.digest,
            row.summary.primary ? facts : "",
            filing.received_at
        ));
    }
    counters_.add(filing.clear, filing.received_at, "", 1);
    return filed;
}

void SqliteStore::file(Filing filing, Completion<Filed> done) {
    const auto shared = std::make_shared<const Filing>(std::move(filing));
    write<Filed>(std::move(done), [this, shared](Connection& db) { return file_now(db, *shared); });
}

Result<CaseSummary> SqliteStore::step_now(Connection& db, const Step& step) {
    const auto found = rows::find_case(db, step.case_id);
    if (!found)
        return Fault{Errc::not_found, "no such case"};
    const Result<CaseRow> moved = apply(*found, step);
    if (!moved)
        return moved.error();
    rows::update_case(db, *moved);
    const std::string fact = fact_of({step.kind, step.at, step.actor.token, step.outcome, false});
    ledger_.append(
        db,
        {step.case_id,
         moved->summary.complaint,
         agencies_.number_of(step.actor.agency),
         step.kind,
         step.at,
         signature_of(step.actor),
         fact,
         step.sealed}
    );
    if (moved->summary.primary && moved->outcome != found->outcome) {
        counters_.add(db, moved->summary.complaint, found->outcome, -1);
        counters_.add(db, moved->summary.complaint, moved->outcome, 1);
    }
    touch(step.actor.agency);
    return moved->summary;
}

void SqliteStore::step(Step step, Completion<CaseSummary> done) {
    write<CaseSummary>(std::move(done), [this, step = std::move(step)](Connection& db) {
        return step_now(db, step);
    });
}

void SqliteStore::open_case(CaseId id, Actor actor, UnixMs at, Completion<SealedCase> done) {
    const auto work = [this, id, actor = std::move(actor), at](Connection& db
                      ) -> Result<SealedCase> {
        const auto row = rows::find_case(db, id);
        if (!row || (row->summary.agency != actor.agency && !actor.oversight))
            return Fault{Errc::not_found, "no such case"};
        ledger_.append(
            db,
            {id,
             row->summary.complaint,
             agencies_.number_of(row->summary.agency),
             EventKind::read,
             at,
             signature_of(actor),
             actor.oversight ? "oversight" : ""}
        );
        return rows::view_case(db, *row, actor.oversight);
    };
    write<SealedCase>(std::move(done), work);
}

void SqliteStore::case_key(CaseId id, Actor actor, Completion<SealedKey> done) {
    read<SealedKey>(done, [id, actor = std::move(actor)](Connection& db) -> Result<SealedKey> {
        const auto row = rows::find_case(db, id);
        if (!row || row->summary.agency != actor.agency)
            return Fault{Errc::not_found, "no such case"};
        auto key = rows::case_key(db, *row, false);
        if (!key)
            return Fault{Errc::conflict, "the content of this case has been erased"};
        return std::move(*key);
    });
}

void SqliteStore::list_cases(QueueQuery query, Completion<std::vector<CaseSummary>> done) {
    const auto agency = agencies_.number_of(query.agency);
    read<std::vector<CaseSummary>>(done, [query = std::move(query), agency](Connection& db) {
        return rows::list_cases(db, query, agency);
    });
}

void SqliteStore::events_after(
    std::string agency, std::int64_t event_id, Completion<std::vector<Event>> done
) {
    const auto number = agencies_.number_of(agency);
    read<std::vector<Event>>(done, [number, event_id](Connection& db) {
        return rows::events_after(db, number, event_id);
    });
}

void SqliteStore::case_times(UnixMs from, UnixMs to, Completion<std::vector<CaseTimes>> done) {
    read<std::vector<CaseTimes>>(done, [from, to](Connection& db) {
        return read_case_times(db, from, to);
    });
}

void SqliteStore::statistics(StatisticsQuery query, Completion<std::vector<Count>> done) {
    read<std::vector<Count>>(done, [query = std::move(query)](Connection& db) {
        return read_statistics(db, query);
    });
}

void SqliteStore::purge_idempotency(UnixMs older_than, Completion<int> done) {
    write<int>(std::move(done), [this, older_than](Connection& db) -> Result<int> {
        // At most this many at once, so that a purge never holds the intake up.
        constexpr std::size_t purged_max = 10'000;
        const std::vector<std::int64_t> rows = keys_.forget_older_than(older_than, purged_max);
        for (const std::int64_t row : rows)
            db.query(purge_sql).bind(row).run();
        if (!rows.empty()) {
            const std::string fact = std::to_string(older_than);
            ledger_.append(
                db, {0, 0, 0, EventKind::retries_purged, ledger_.last_at(), "system", fact}
            );
        }
        return static_cast<int>(rows.size());
    });
}

bool in_use(const std::string& path) {
    const int lock = ::open((path + ".lock").c_str(), O_RDWR | O_CLOEXEC);
    if (lock < 0)
        return false;
    const bool free = ::flock(lock, LOCK_EX | LOCK_NB) == 0;
    ::close(lock);
    return !free;
}

Result<std::unique_ptr<Store>> open_sqlite(const SqliteConfig& config) {
    const std::string lock_path = config.path + ".lock";
    const int lock = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0)
        return Fault{Errc::unavailable, lock_path + ": cannot be created"};
    if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
        ::close(lock);
        return Fault{Errc::conflict, config.path + " is in use by a running saiduan"};
    }
    try {
        return std::unique_ptr<Store>{std::make_unique<SqliteStore>(config, lock)};
    } catch (const SqliteError& error) {
        ::close(lock);
        return Fault{Errc::unavailable, config.path + ": " + error.what()};
    } catch (const ConflictError& error) {
        ::close(lock);
        return Fault{Errc::conflict, config.path + " " + error.what()};
    }
}

} // namespace saiduan
