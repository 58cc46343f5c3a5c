#include "storage/sqlite/writer.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <iterator>

namespace saiduan {
namespace {

constexpr const char* begin_sql = "BEGIN IMMEDIATE";
constexpr const char* commit_sql = "COMMIT";
constexpr const char* rollback_sql = "ROLLBACK";
constexpr const char* savepoint_sql = "SAVEPOINT job";
constexpr const char* release_sql = "RELEASE job";
constexpr const char* undo_sql = "ROLLBACK TO job";

// Does not say that nothing was stored: what a failed sync left in the log may come back after a
// crash. Who asks again under the same key gets one complaint either way.
const Fault not_stored{
    Errc::unavailable,
    "the store could not write; try again, with the same Idempotency-Key if there was one"
};

} // namespace

Writer::Writer(
    std::unique_ptr<Connection> db, std::size_t queue_max, std::size_t batch_max, BatchHooks hooks
)
    : db_(std::move(db)), queue_max_(queue_max), batch_max_(batch_max), hooks_(std::move(hooks)),
      thread_([this] { loop(); }) {}

Writer::~Writer() {
    stop();
}

void Writer::submit(std::unique_ptr<Job> job) {
    bool full = false;
    {
        const std::lock_guard lock{mutex_};
        full = queue_.size() >= queue_max_;
        if (!full && !stopping_ && healthy()) {
            queue_.push_back(std::move(job));
            if (queue_.size() == 1)
                wake_.notify_one();
            return;
        }
    }
    job->refused(
        full ? Fault{Errc::overloaded, "too many complaints at once; send it again"} : not_stored
    );
}

void Writer::stop() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable())
        thread_.join();
}

void Writer::loop() {
    std::vector<std::unique_ptr<Job>> batch;
    for (;;) {
        {
            std::unique_lock lock{mutex_};
            wake_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
            if (queue_.empty())
                break;
            if (queue_.size() <= batch_max_) {
                batch.swap(queue_);
            } else {
                const auto last = queue_.begin() + static_cast<std::ptrdiff_t>(batch_max_);
                batch.assign(std::move_iterator(queue_.begin()), std::move_iterator(last));
                queue_.erase(queue_.begin(), last);
            }
        }
        commit(batch);
        batch.clear();
    }
    if (healthy())
        db_->checkpoint();
}

void Writer::run_each(std::vector<std::unique_ptr<Job>>& batch, std::vector<bool>& good) {
    for (std::size_t i = 0; i < batch.size(); ++i) {
        db_->query(savepoint_sql).run();
        hooks_.job_begins();
        try {
            good[i] = batch[i]->run(*db_);
        } catch (const SqliteError& error) {
            // One job's own fault (a constraint, a size, a row of ours that is not what it must be)
            // must not take its batch along.
            if (error.code != SQLITE_CONSTRAINT && error.code != SQLITE_TOOBIG && error.code != 0)
                throw;
        }
        if (!good[i]) {
            db_->query(undo_sql).run();
            hooks_.job_undone();
        }
        db_->query(release_sql).run();
    }
}

void Writer::commit(std::vector<std::unique_ptr<Job>>& batch) {
    std::vector<bool> good(batch.size(), false);
    try {
        if (!healthy())
            throw SqliteError(SQLITE_IOERR, "poisoned");
        db_->query(begin_sql).run();
        run_each(batch, good);
        hooks_.before_commit(*db_);
        db_->query(commit_sql).run();
    } catch (const SqliteError& error) {
        give_up(error);
        hooks_.undone();
        for (const auto& job : batch)
            job->refused(not_stored);
        return;
    }
    // Before the answers: who has his 201 and polls at once must find his case.
    hooks_.committed(*db_);
    for (std::size_t i = 0; i < batch.size(); ++i)
        if (good[i])
            batch[i]->committed();
        else
            batch[i]->refused(not_stored);
}

// After an error of the disk nobody knows what is on it: refuse until a restart has recovered. A
// full disk is none: the batch is undone, and the next may find room. (One that says so only at the
// sync makes an SQLITE_IOERR.)
void Writer::give_up(const SqliteError& error) {
    const int fatal[] = {
        SQLITE_IOERR, SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_READONLY, SQLITE_CANTOPEN
    };
    if (std::find(std::begin(fatal), std::end(fatal), error.code) != std::end(fatal))
        poisoned_ = true;
    try {
        if (db_->in_transaction())
            db_->query(rollback_sql).run();
    } catch (const SqliteError&) {
        poisoned_ = true;
    }
}

} // namespace saiduan
