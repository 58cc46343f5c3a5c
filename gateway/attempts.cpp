#include "gateway/attempts.hpp"

#include <sodium.h>

#include <algorithm>

namespace saiduan {

Task<bool> Attempts::turn(std::uint64_t label, UnixMs now) {
    if (stopping_ || waiting_ >= waiting_max)
        co_return false;
    forget(now);
    Network& network = networks_[label];
    // Behind a guesser's back somebody in need may share his address: a full line loses one at
    // random, not the newest.
    if (network.waiting.size() >= waiting_label_max) {
        const auto unlucky = network.waiting.begin() +
                             static_cast<std::ptrdiff_t>(randombytes_uniform(waiting_label_max));
        (*unlucky)->dropped = true;
        (*unlucky)->wake.cancel();
        network.waiting.erase(unlucky);
        --waiting_;
    }
    const auto me = std::make_shared<Waiter>(io_);
    network.waiting.push_back(me);
    ++waiting_;
    if (const UnixMs pause = network.not_before - now; pause > 0) {
        me->wake.expires_after(std::chrono::milliseconds{pause});
        co_await me->wake.async_wait(as_result);
        me->wake.expires_at(Timer::time_point::max());
    }
    me->rested = true;
    call_next();
    while (!me->called && !me->dropped && !stopping_)
        co_await me->wake.async_wait(as_result);
    co_return me->called && !stopping_;
}

void Attempts::call_next() {
    if (busy_)
        return;
    // Round the networks, from the one after the last.
    auto it = networks_.upper_bound(last_);
    for (std::size_t i = 0; i < networks_.size() + 1; ++i, ++it) {
        if (it == networks_.end())
            it = networks_.begin();
        if (it == networks_.end())
            continue;
        auto& waiting = it->second.waiting;
        const auto rested = std::find_if(waiting.begin(), waiting.end(), [](const auto& waiter) {
            return waiter->rested;
        });
        if (rested == waiting.end())
            continue;
        last_ = it->first;
        const auto next = std::move(*rested);
        waiting.erase(rested);
        --waiting_;
        busy_ = true;
        next->called = true;
        next->wake.cancel();
        return;
    }
}

void Attempts::done(std::uint64_t label, bool right, UnixMs now) {
    busy_ = false;
    if (!right) {
        Network& network = networks_[label];
        if (now - network.not_before > forgiven_after_ms)
            network.pause_ms = 0;
        network.pause_ms = std::clamp(network.pause_ms * 2, pause_first_ms, pause_max_ms);
        network.not_before = now + network.pause_ms;
    }
    call_next();
}

void Attempts::forget(UnixMs now) {
    if (networks_.size() < labels_max)
        return;
    std::erase_if(networks_, [&](const auto& entry) {
        return entry.second.waiting.empty() && entry.second.not_before + forgiven_after_ms < now;
    });
}

void Attempts::stop() {
    stopping_ = true;
    for (auto& [label, network] : networks_)
        for (const auto& waiter : network.waiting)
            waiter->wake.cancel();
}

} // namespace saiduan
