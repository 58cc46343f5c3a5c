#include "storage/sqlite/sqlite_store.hpp"

#include "storage/sqlite/readers.hpp"
#include "storage/sqlite/rows.hpp"
#include "storage/sqlite/writer.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <utility>

namespace saiduan {
namespace {

constexpr const char* tokens_sql =
    "SELECT id, hash, label, agency, role FROM tokens WHERE revoked_at IS NULL";
constexpr const char* insert_token_sql =
    "INSERT INTO tokens (hash, label, agency, role, created_at) VALUES (?,?,?,?,?)";
constexpr const char* revoke_token_sql =
    "UPDATE tokens SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL";
constexpr const char* keys_sql =
    "SELECT id, key, fingerprint, complaint, created_at FROM idempotency";
constexpr const char* insert_key_sql =
    "INSERT INTO idempotency (key, fingerprint, complaint, answer, created_at) VALUES (?,?,?,?,?)";
constexpr const char* answer_sql = "SELECT answer FROM idempotency WHERE id = ?";
constexpr const char* purge_sql = "DELETE FROM idempotency WHERE id = ?";

const Fault overloaded{Errc::overloaded, "too many requests at once; try again soon"};
const Fault unreadable{Errc::unavailable, "the store could not be read"};

// A write with a typed answer. `work` may set a Fault to undo itself; `after` runs once it is on
// the disk, `undo` when it is not.
template <class T>
class TypedJob final : public Job {
public:
    using Work = std::function<Result<T>(Connection&)>;

    TypedJob(
        Work work,
        Completion<T> done,
        std::function<void(const T&)> after = {},
        std::function<void()> undo = {}
    )
        : work_(std::move(work)), done_(std::move(done)), after_(std::move(after)),
          undo_(std::move(undo)) {}

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
        if (undo_)
            undo_();
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
    std::function<void()> undo_;
    Result<T> answer_{Fault{}};
};

class SqliteStore final : public Store {
public:
    SqliteStore(const SqliteConfig& config, int lock) : lock_(lock) {
        auto db = std::make_unique<Connection>(config.path, Access::write, config.synchronous);
        rows::migrate(*db);
        for (const std::string& key : config.agencies) {
            agencies_.push_back({key, rows::agency_number(*db, key)});
            versions_.emplace_back(std::make_unique<std::atomic<std::uint64_t>>(1));
        }
        load(*db);
        db->lock_down();
        readers_ = std::make_unique<Readers>(config.path, config.readers, config.queue_max);
        writer_ =
            std::make_unique<Writer>(std::move(db), config.queue_max, config.batch_max, [this] {
                tell();
            });
    }

    ~SqliteStore() override {
        stop();
        ::close(lock_);
    }

    void file(Filing filing, Completion<Filed> done) override;
    void step(Step step, Completion<CaseSummary> done) override;
    void open_case(CaseId id, Actor actor, UnixMs at, Completion<CaseView> done) override;

    void list_cases(QueueQuery query, Completion<std::vector<CaseSummary>> done) override {
        const auto agency = number_of(query.agency);
        read<std::vector<CaseSummary>>(done, [query = std::move(query), agency](Connection& db) {
            return rows::list_cases(db, query, agency);
        });
    }
    void events_after(
        std::string agency, std::int64_t event_id, Completion<std::vector<Event>> done
    ) override {
        read<std::vector<Event>>(done, [number = number_of(agency), event_id](Connection& db) {
            return rows::events_after(db, number, event_id);
        });
    }
    void case_times(UnixMs from, UnixMs to, Completion<std::vector<CaseTimes>> done) override {
        read<std::vector<CaseTimes>>(done, [from, to](Connection& db) {
            return rows::case_times(db, from, to);
        });
    }
    void statistics(StatisticsQuery query, Completion<std::vector<Count>> done) override {
        read<std::vector<Count>>(done, [query = std::move(query)](Connection& db) {
            return rows::statistics(db, query);
        });
    }

    void add_token(NewToken token, Completion<TokenId> done) override;
    void revoke_token(TokenId id, UnixMs at, Completion<TokenId> done) override;
    void find_token(std::string hash, Completion<Actor> done) override;
    void purge_idempotency(UnixMs older_than, Completion<int> done) override;

    bool healthy() const override { return writer_->healthy(); }
    std::uint64_t queue_version(const std::string& agency) const override {
        for (std::size_t i = 0; i < agencies_.size(); ++i)
            if (agencies_[i].first == agency)
                return versions_[i]->load();
        return 0;
    }
    void on_change(std::function<void(const std::vector<std::string>&)> changed) override {
        changed_ = std::move(changed);
    }
    void stop() override {
        writer_->stop();
        readers_->stop();
    }

private:
    // Found in memory: an index on random keys would cost the intake path several times over.
    struct KnownKey {
        std::int64_t row;
        std::string fingerprint;
        ComplaintId complaint;
        UnixMs created_at;
    };

    void load(Connection& db);
    Result<Filed> file_now(Connection& db, Filing& filing);
    [[nodiscard]] std::optional<Result<Filed>>
    replay(Connection& db, const IdempotencyKey& key) const;

    [[nodiscard]] std::int64_t number_of(const std::string& agency) const {
        for (const auto& [key, number] : agencies_)
            if (key == agency)
                return number;
        return 0;
    }
    // Writer's thread: these queues have changed in this batch.
    void touch(const std::string& agency) {
        for (std::size_t i = 0; i < agencies_.size(); ++i)
            if (agencies_[i].first == agency)
                touched_ |= std::uint64_t{1} << (i % 64);
    }
    void tell();

    template <class T, class Work>
    void read(const Completion<T>& done, Work work) {
        const bool taken = readers_->submit([done, work = std::move(work)](Connection& db) {
            std::optional<Result<T>> answer;
            try {
                answer.emplace(work(db));
            } catch (const SqliteError&) {
                answer.emplace(unreadable);
            }
            done(std::move(*answer));
        });
        if (!taken)
            done(overloaded);
    }

    const int lock_; // file descriptor that holds the process's lock
    std::vector<std::pair<std::string, std::int64_t>> agencies_;
    std::vector<std::unique_ptr<std::atomic<std::uint64_t>>> versions_;
    std::function<void(const std::vector<std::string>&)> changed_;
    std::uint64_t touched_ = 0;                      // writer's thread
    std::unordered_map<std::string, KnownKey> keys_; // writer's thread
    std::mutex tokens_mutex_;
    std::map<std::string, Actor> tokens_; // by hash; guarded by tokens_mutex_
    std::unique_ptr<Readers> readers_;
    std::unique_ptr<Writer> writer_; // last: stops before what its jobs use goes
};

void SqliteStore::load(Connection& db) {
    Query token = db.query(tokens_sql);
    while (token.step())
        tokens_[token.text(1)] =
            Actor{token.integer(0), token.text(2), token.text(3), token.text(4)};
    Query key = db.query(keys_sql);
    while (key.step())
        keys_[key.text(1)] = KnownKey{key.integer(0), key.text(2), key.integer(3), key.integer(4)};
}

void SqliteStore::tell() {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < agencies_.size(); ++i)
        if ((touched_ >> (i % 64) & 1U) != 0) {
            versions_[i]->fetch_add(1);
            names.push_back(agencies_[i].first);
        }
    touched_ = 0;
    if (changed_ && !names.empty())
        changed_(names);
}

std::optional<Result<Filed>> SqliteStore::replay(Connection& db, const IdempotencyKey& key) const {
    const auto known = keys_.find(key.key);
    if (known == keys_.end())
        return std::nullopt;
    if (known->second.fingerprint != key.fingerprint)
        return Fault{
            Errc::key_reused, "this Idempotency-Key came with another complaint; choose a new key"
        };
    Filed filed;
    filed.complaint = known->second.complaint;
    filed.replayed = true;
    Query q = db.query(answer_sql);
    if (q.bind(known->second.row).step())
        filed.answer = q.text(0);
    return filed;
}

Result<Filed> SqliteStore::file_now(Connection& db, Filing& filing) {
    if (filing.idempotency)
        if (auto known = replay(db, *filing.idempotency))
            return std::move(*known);
    Filed filed;
    filed.complaint = rows::insert_complaint(db, filing);
    for (const std::string& key : filing.agencies) {
        const std::int64_t agency = number_of(key);
        const bool primary = filed.cases.empty();
        const CaseId id = rows::insert_case(db, filing, filed.complaint, agency, primary);
        (void
        )rows::insert_event(db, id, agency, EventKind::filed, filing.received_at, "reporter", "{}");
        filed.cases.push_back(id);
        touch(key);
    }
    rows::count(db, filed.complaint, "", 1);
    filed.answer = std::move(filing.answer);
    if (filing.idempotency) {
        const IdempotencyKey& key = *filing.idempotency;
        Query q = db.query(insert_key_sql);
        q.bind(std::string_view{key.key}).bind_blob(key.fingerprint).bind(filed.complaint);
        q.bind(std::string_view{filed.answer}).bind(filing.received_at).run();
        keys_[key.key] =
            KnownKey{db.last_row(), key.fingerprint, filed.complaint, filing.received_at};
    }
    return filed;
}

void SqliteStore::file(Filing filing, Completion<Filed> done) {
    const auto shared = std::make_shared<Filing>(std::move(filing));
    const auto inserted = std::make_shared<bool>(false);
    // A batch that is not committed leaves no key behind in memory.
    const auto undo = [this, shared, inserted] {
        if (*inserted && shared->idempotency)
            keys_.erase(shared->idempotency->key);
    };
    writer_->submit(std::make_unique<TypedJob<Filed>>(
        [this, shared, inserted](Connection& db) {
            Result<Filed> filed = file_now(db, *shared);
            *inserted = filed && !filed->replayed;
            return filed;
        },
        std::move(done),
        nullptr,
        undo
    ));
}

void SqliteStore::step(Step step, Completion<CaseSummary> done) {
    const auto work = [this, step = std::move(step)](Connection& db) -> Result<CaseSummary> {
        const auto found = rows::find_case(db, step.case_id);
        if (!found)
            return Fault{Errc::not_found, "no such case"};
        const Result<CaseRow> moved = apply(*found, step);
        if (!moved)
            return moved.error();
        rows::update_case(db, *moved);
        (void)rows::insert_event(
            db,
            step.case_id,
            number_of(step.actor.agency),
            step.kind,
            step.at,
            step.actor.label,
            step.detail
        );
        if (moved->summary.primary && moved->outcome != found->outcome) {
            rows::count(db, moved->summary.complaint, found->outcome, -1);
            rows::count(db, moved->summary.complaint, moved->outcome, 1);
        }
        touch(step.actor.agency);
        return moved->summary;
    };
    writer_->submit(std::make_unique<TypedJob<CaseSummary>>(work, std::move(done)));
}

void SqliteStore::open_case(CaseId id, Actor actor, UnixMs at, Completion<CaseView> done) {
    const auto work = [this, id, actor = std::move(actor), at](Connection& db) -> Result<CaseView> {
        const auto row = rows::find_case(db, id);
        if (!row || row->summary.agency != actor.agency)
            return Fault{Errc::not_found, "no such case"};
        (void)rows::insert_event(
            db, id, number_of(actor.agency), EventKind::read, at, actor.label, "{}"
        );
        return rows::view_case(db, *row);
    };
    writer_->submit(std::make_unique<TypedJob<CaseView>>(work, std::move(done)));
}

void SqliteStore::add_token(NewToken token, Completion<TokenId> done) {
    const auto shared = std::make_shared<const NewToken>(std::move(token));
    const auto work = [shared](Connection& db) -> Result<TokenId> {
        Query q = db.query(insert_token_sql);
        q.bind_blob(shared->hash).bind(std::string_view{shared->label});
        q.bind(std::string_view{shared->agency}).bind(std::string_view{shared->role});
        q.bind(shared->created_at).run();
        return db.last_row();
    };
    writer_->submit(std::make_unique<TypedJob<TokenId>>(
        work,
        std::move(done),
        [this, shared](TokenId id) {
            const std::lock_guard lock{tokens_mutex_};
            tokens_[shared->hash] = Actor{id, shared->label, shared->agency, shared->role};
        }
    ));
}

void SqliteStore::revoke_token(TokenId id, UnixMs at, Completion<TokenId> done) {
    const auto work = [id, at](Connection& db) -> Result<TokenId> {
        db.query(revoke_token_sql).bind(at).bind(id).run();
        if (db.changes() == 0)
            return Fault{Errc::not_found, "no such token, or it is revoked already"};
        return id;
    };
    writer_
        ->submit(std::make_unique<TypedJob<TokenId>>(work, std::move(done), [this](TokenId gone) {
            const std::lock_guard lock{tokens_mutex_};
            std::erase_if(tokens_, [&](const auto& entry) { return entry.second.token == gone; });
        }));
}

void SqliteStore::find_token(std::string hash, Completion<Actor> done) {
    Result<Actor> found{Fault{Errc::unauthorized, "unknown token"}};
    {
        const std::lock_guard lock{tokens_mutex_};
        if (const auto it = tokens_.find(hash); it != tokens_.end())
            found = it->second;
    }
    done(std::move(found));
}

void SqliteStore::purge_idempotency(UnixMs older_than, Completion<int> done) {
    const auto work = [this, older_than](Connection& db) -> Result<int> {
        // At most this many at once, so that a purge never holds the intake up.
        constexpr int purged_max = 10'000;
        int purged = 0;
        for (auto it = keys_.begin(); it != keys_.end() && purged < purged_max;) {
            if (it->second.created_at >= older_than) {
                ++it;
                continue;
            }
            db.query(purge_sql).bind(it->second.row).run();
            it = keys_.erase(it);
            ++purged;
        }
        return purged;
    };
    writer_->submit(std::make_unique<TypedJob<int>>(work, std::move(done)));
}

} // namespace

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
    }
}

} // namespace saiduan
