// Who waits for news of a queue: long polls and event streams. I/O thread only.
#pragma once

#include "gateway/http/message.hpp"

#include <chrono>
#include <list>
#include <map>
#include <string>
#include <vector>

namespace saiduan {

class Watch {
public:
    // At most `waiting_max` may wait: they hold connections that reporters need.
    Watch(asio::io_context& io, std::size_t waiting_max) : io_(io), waiting_max_(waiting_max) {}

    // Returns at the next change of the agency's queue, after `limit`, or at wake_all(); false at
    // once when too many wait.
    [[nodiscard]] Task<bool> wait(std::string agency, std::chrono::milliseconds limit);
    void changed(const std::vector<std::string>& agencies);
    void wake_all();

private:
    using Timer = asio::basic_waitable_timer<
        std::chrono::steady_clock,
        asio::wait_traits<std::chrono::steady_clock>,
        Executor>;

    asio::io_context& io_;
    const std::size_t waiting_max_;
    std::size_t count_ = 0;
    std::map<std::string, std::list<Timer*>, std::less<>> waiting_;
};

} // namespace saiduan
