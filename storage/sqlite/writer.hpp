// Group commit: one thread owns the only writing connection and commits whole batches.
#pragma once

#include "config/fault.hpp"
#include "storage/sqlite/connection.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace saiduan {

// One write. `run` returns false to undo only itself; exactly one of the other two follows it:
// `committed` after the batch is on the disk, `refused` when it is not.
class Job {
public:
    Job() = default;
    Job(const Job&) = delete;
    Job& operator=(const Job&) = delete;
    virtual ~Job() = default;
    virtual bool run(Connection& db) = 0;
    virtual void committed() = 0;
    virtual void refused(const Fault& fault) = 0;
};

// What must follow a batch through success and failure; all run on the writer's thread.
struct BatchHooks {
    std::function<void()> job_begins;
    std::function<void()> job_undone;               // back to where the job began
    std::function<void(Connection&)> before_commit; // the last writes of the transaction
    std::function<void(Connection&)> committed;     // on the disk; before all Job::committed
    std::function<void()> undone;                   // the whole batch is not on the disk
};

class Writer {
public:
    Writer(
        std::unique_ptr<Connection> db,
        std::size_t queue_max,
        std::size_t batch_max,
        BatchHooks hooks
    );
    ~Writer();
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    // From any thread. A full queue, a poisoned or stopped writer refuses at once, on this thread.
    void submit(std::unique_ptr<Job> job);
    [[nodiscard]] bool healthy() const { return !poisoned_.load(std::memory_order_relaxed); }
    // Commits what is queued, checkpoints the log, joins. Idempotent.
    void stop();

private:
    void loop();
    void commit(std::vector<std::unique_ptr<Job>>& batch);
    void run_each(std::vector<std::unique_ptr<Job>>& batch, std::vector<bool>& good);
    void give_up(const SqliteError& error);

    std::unique_ptr<Connection> db_;
    const std::size_t queue_max_;
    const std::size_t batch_max_;
    const BatchHooks hooks_;
    std::atomic<bool> poisoned_ = false;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<std::unique_ptr<Job>> queue_; // guarded by mutex_
    bool stopping_ = false;                   // guarded by mutex_
    std::thread thread_;
};

} // namespace saiduan
