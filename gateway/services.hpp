// What handlers may use, owned by main and passed by reference. I/O thread only, unless said.
#pragma once

#include "gateway/http/flood.hpp"
#include "gateway/http/message.hpp"
#include "gateway/metrics.hpp"
#include "gateway/settings.hpp"
#include "gateway/watch.hpp"
#include "geo/atlas.hpp"
#include "storage/store.hpp"
#include "triage/triage.hpp"

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
    const Clock& clock;
    const Atlas& atlas;
    std::shared_ptr<const Policy> policy;
    Flood flood;
    Watch watch;
    Metrics metrics;
    asio::io_context& io;
    bool stopping = false;
    std::string boot; // random per start and reload; entity tags of different ones differ
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

} // namespace saiduan
