// Who may try a receipt, and when: one slow check at a time, taken from the networks in turn, so
// that a guesser slows down only himself and nobody is locked out. I/O thread only.
#pragma once

#include "config/time.hpp"
#include "gateway/http/message.hpp"

#include <deque>
#include <map>
#include <memory>

namespace saiduan {

// Limits (design.md §7). 46 secret bits and one check of about 30 ms at a time make guessing
// hopeless; the turns are there for the others.
class Attempts {
public:
    static constexpr std::size_t waiting_max = 256;      // of all networks
    static constexpr std::size_t waiting_label_max = 16; // of one; a further one replaces another
    static constexpr UnixMs pause_first_ms = 250;        // after a wrong receipt, doubled each time
    static constexpr UnixMs pause_max_ms = 4'000;        // somebody else there may be in need
    static constexpr UnixMs forgiven_after_ms = 600'000;
    static constexpr std::size_t labels_max = 100'000;

    explicit Attempts(asio::io_context& io) : io_(io) {}

    // Returns true when it is this attempt's turn; the caller must then call done(). False when it
    // lost its place to a later one or too many wait: try again soon.
    [[nodiscard]] Task<bool> turn(std::uint64_t label, UnixMs now);
    void done(std::uint64_t label, bool right, UnixMs now);
    // Nobody waits any longer: the server stops.
    void stop();

private:
    using Timer = asio::basic_waitable_timer<
        std::chrono::steady_clock,
        asio::wait_traits<std::chrono::steady_clock>,
        Executor>;
    struct Waiter {
        explicit Waiter(asio::io_context& io) : wake(io, Timer::time_point::max()) {}
        Timer wake;
        bool rested = false; // its network's pause is over
        bool called = false; // its turn, or
        bool dropped = false;
    };
    struct Network {
        std::deque<std::shared_ptr<Waiter>> waiting;
        UnixMs not_before = 0;
        UnixMs pause_ms = 0;
    };

    void call_next();
    void forget(UnixMs now);

    asio::io_context& io_;
    std::map<std::uint64_t, Network> networks_;
    std::uint64_t last_ = 0; // label served last: the turn goes round from there
    std::size_t waiting_ = 0;
    bool busy_ = false;
    bool stopping_ = false;
};

} // namespace saiduan
