#include "gateway/chores.hpp"

#include <spdlog/spdlog.h>

namespace saiduan {
namespace {

constexpr UnixMs hour_ms = 3'600'000;
constexpr UnixMs day_ms = 24 * hour_ms;
constexpr UnixMs idempotency_kept_ms = 48 * hour_ms;
constexpr int erased_at_once = 100;
constexpr int hardened_at_once = 16;

using SteadyTimer = asio::basic_waitable_timer<
    std::chrono::steady_clock,
    asio::wait_traits<std::chrono::steady_clock>,
    Executor>;
using Chore = Task<void> (*)(Services&);

Task<void> sign(Services& services) {
    const UnixMs now = services.clock.now();
    const auto call = [&](Completion<std::string> done) {
        services.store.sign(now, std::move(done));
    };
    co_await ask<std::string>(services, call);
}

Task<void> forget(Services& services) {
    const UnixMs now = services.clock.now();
    services.reporters.expire(now);
    services.keyroom.expire(now);
    const auto purge = [&](Completion<int> done) {
        services.store.purge_idempotency(now - idempotency_kept_ms, std::move(done));
    };
    co_await ask<int>(services, purge);
}

// A guesser must not be able to fill the trail: a line a round, with the count.
Task<void> note_failed_logins(Services& services) {
    if (services.failed_logins == 0)
        co_return;
    const std::string count = std::to_string(std::exchange(services.failed_logins, 0));
    Notice notice{EventKind::login_failed, "system", "", count, services.clock.now()};
    co_await record(services, std::move(notice));
}

Task<void> erase_on_schedule(Services& services) {
    for (const RetentionRule& rule : services.settings.retention) {
        const UnixMs now = services.clock.now();
        const auto list = [&](Completion<std::vector<ComplaintId>> done) {
            services.store.due_for_erasure(
                rule.outcome, now - rule.days * day_ms, erased_at_once, std::move(done)
            );
        };
        const auto due = co_await ask<std::vector<ComplaintId>>(services, list);
        if (!due)
            co_return;
        for (const ComplaintId complaint : *due) {
            const auto erase = [&](Completion<ComplaintId> done) {
                services.store.erase({complaint, "system", "schedule", now}, std::move(done));
            };
            co_await ask<ComplaintId>(services, erase);
        }
        if (!due->empty())
            spdlog::info("{} complaints erased on schedule ({})", due->size(), rule.outcome);
    }
}

// Null when it cannot be done now.
Task<std::shared_ptr<Result<HardenedReceipt>>>
harden_slowly(Services& services, const PendingReceipt& pending) {
    using Made = std::shared_ptr<Result<HardenedReceipt>>;
    const UnixMs now = services.clock.now();
    const auto initiate = [&](auto handler) {
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        const auto reply = [shared, &io = services.io](const Made& made) {
            asio::post(io, [shared, made] { (*shared)(made); });
        };
        if (!services.keyroom.harden(pending, now, reply))
            reply(nullptr);
    };
    co_return co_await asio::async_initiate<decltype(use_task), void(Made)>(initiate, use_task);
}

Task<void> harden_receipts(Services& services) {
    const auto list = [&](Completion<std::vector<PendingReceipt>> done) {
        services.store.pending_receipts(hardened_at_once, std::move(done));
    };
    const auto pending = co_await ask<std::vector<PendingReceipt>>(services, list);
    if (!pending)
        co_return;
    for (const PendingReceipt& one : *pending) {
        const auto made = co_await harden_slowly(services, one);
        if (!made || !*made || services.stopping)
            co_return;
        const auto store = [&](Completion<ComplaintId> done) {
            services.store.harden_receipt(**made, std::move(done));
        };
        co_await ask<ComplaintId>(services, store);
    }
}

Task<void> index_marks(Services& services) {
    constexpr int indexed_at_once = 500;
    const auto index = [&](Completion<int> done) {
        services.store.index_marks(indexed_at_once, std::move(done));
    };
    co_await ask<int>(services, index);
}

Task<void> repeat(Services& services, Chore chore, std::chrono::milliseconds every) {
    SteadyTimer timer{services.io};
    while (!services.stopping) {
        timer.expires_after(every);
        co_await timer.async_wait(as_result);
        if (!services.stopping)
            co_await chore(services);
    }
}

} // namespace

void start_chores(Services& services) {
    using namespace std::chrono_literals;
    const auto start = [&](Chore chore, std::chrono::milliseconds every) {
        asio::co_spawn(services.io, repeat(services, chore, every), asio::detached);
    };
    start(sign, std::chrono::seconds{services.settings.trail.checkpoint_s});
    start(harden_receipts, 1s);
    start(index_marks, 1s);
    start(note_failed_logins, 10s);
    start(forget, 1min);
    start(erase_on_schedule, 1h);
}

} // namespace saiduan
