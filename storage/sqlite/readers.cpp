#include "storage/sqlite/readers.hpp"

namespace saiduan {

Readers::Readers(const std::string& path, int threads, std::size_t queue_max)
    : queue_max_(queue_max) {
    for (int i = 0; i < threads; ++i) {
        connections_.push_back(std::make_unique<Connection>(path, Access::read, true));
        connections_.back()->lock_down();
    }
    for (const auto& db : connections_)
        threads_.emplace_back([this, &db] { loop(*db); });
}

Readers::~Readers() {
    stop();
}

bool Readers::submit(Read read) {
    {
        const std::lock_guard lock{mutex_};
        if (stopping_ || queue_.size() >= queue_max_)
            return false;
        queue_.push_back(std::move(read));
    }
    wake_.notify_one();
    return true;
}

void Readers::stop() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_)
        if (thread.joinable())
            thread.join();
    connections_.clear();
}

void Readers::loop(Connection& db) {
    for (;;) {
        Read read;
        {
            std::unique_lock lock{mutex_};
            wake_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
            if (queue_.empty())
                return;
            read = std::move(queue_.front());
            queue_.pop_front();
        }
        read(db);
    }
}

} // namespace saiduan
