// What handlers may use, owned by main and passed by reference. I/O thread only, unless said.
#pragma once

#include "gateway/attempts.hpp"
#include "gateway/http/flood.hpp"
#include "gateway/http/message.hpp"
#include "gateway/keyroom.hpp"
#include "gateway/locale.hpp"
#include "gateway/metrics.hpp"
#include "gateway/reporter_sessions.hpp"
#include "gateway/settings.hpp"
#include "gateway/watch.hpp"
#include "geo/atlas.hpp"
#include "storage/store.hpp"
#include "triage/triage.hpp"

#include <boost/asio/thread_pool.hpp>

#include <memory>
#include <string>

namespace saiduan {

// The part that SIGHUP replaces as one; handlers copy the pointer before they suspend.
struct Policy {
    std::shared_ptr<const Rules> rules;
    Agencies agencies;
};

struct Services {
    const Settings& settings;
    Store& store;
    Keyroom& keyroom;
    const Clock& clock;
    const Atlas& atlas;
    const Locales& locales;
    const std::vector<VerifierKey>& witnesses;
    std::shared_ptr<const Policy> policy;
    Flood flood;
    Attempts attempts;
    ReporterSessions reporters;
    Watch watch;
    Metrics metrics;
    asio::io_context& io;
    asio::thread_pool& slow; // one thread, for what takes more than a millisecond
    std::string boot;        // random per start and reload; entity tags of different ones differ
    bool stopping = false;
    int failed_logins = 0; // since they were last written to the trail
};

// Awaits a store verb: `call` gets the completion to hand to the store; the coroutine goes on
// on the I/O thread.
template <class T, class Call>
Task<Result<T>> ask(Services& services, Call call) {
    const auto initiate = [&](auto handler) {
        // std::function wants copies and an awaitable's handler cannot be copied.
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        call(Completion<T>{[shared, &io = services.io](Result<T> result) {
            asio::post(io, [shared, result = std::move(result)]() mutable {
                (*shared)(std::move(result));
            });
        }});
    };
    co_return co_await asio::async_initiate<decltype(use_task), void(Result<T>)>(
        initiate, use_task
    );
}

// Writes an event of no case into the trail; its number.
inline Task<Result<std::int64_t>> record(Services& services, Notice notice) {
    const auto note = [&](Completion<std::int64_t> done) {
        services.store.note(std::move(notice), std::move(done));
    };
    co_return co_await ask<std::int64_t>(services, note);
}

} // namespace saiduan
