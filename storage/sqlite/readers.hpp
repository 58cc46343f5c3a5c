// A few threads with read-only connections and one bounded queue of reads.
#pragma once

#include "storage/sqlite/connection.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace saiduan {

class Readers {
public:
    using Read = std::function<void(Connection&)>; // catches its own SqliteError

    Readers(const std::string& path, int threads, std::size_t queue_max);
    ~Readers();
    Readers(const Readers&) = delete;
    Readers& operator=(const Readers&) = delete;

    // From any thread; false when the queue is full or stopped.
    [[nodiscard]] bool submit(Read read);
    // Finishes what is queued, joins. Idempotent.
    void stop();

private:
    void loop(Connection& db);

    const std::size_t queue_max_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Read> queue_; // guarded by mutex_
    bool stopping_ = false;  // guarded by mutex_
    std::vector<std::unique_ptr<Connection>> connections_;
    std::vector<std::thread> threads_;
};

} // namespace saiduan
