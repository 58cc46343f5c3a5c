// serve: composes the program and runs it until a signal.
#include "gateway/api/routes.hpp"
#include "gateway/cli/commands.hpp"
#include "gateway/cli/open.hpp"
#include "gateway/http/server.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sodium.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <csignal>
#include <iostream>

namespace saiduan {
namespace {

constexpr auto drain_poll = std::chrono::milliseconds{20};
constexpr UnixMs idempotency_kept_ms = 48LL * 3'600'000;
constexpr auto purge_every = std::chrono::hours{1};

using SignalSet = asio::basic_signal_set<Executor>;
using SteadyTimer = asio::basic_waitable_timer<
    std::chrono::steady_clock,
    asio::wait_traits<std::chrono::steady_clock>,
    Executor>;

struct Running {
    asio::io_context& io;
    SignalSet& signals;
    Services& services;
    Server& public_server;
    Server& operations;
};

std::string random_word() {
    unsigned char random[6];
    randombytes_buf(random, sizeof random);
    return fmt::format("{:02x}", fmt::join(random, ""));
}

// New rules and targets as one, or the old ones and the reason.
void reload(Services& services) {
    auto policy = load_policy(services.settings);
    if (!policy) {
        spdlog::error("reload refused, the old rules stay in force: {}", to_lines(policy.error()));
        return;
    }
    if ((*policy)->agencies.keys() != services.policy->agencies.keys()) {
        spdlog::error("reload refused: adding or removing an agency needs a restart");
        return;
    }
    services.policy = std::move(*policy);
    services.boot = random_word(); // queue pages show due times: the tags given so far are stale
    services.watch.wake_all();
    spdlog::info("rules, agencies and targets reloaded");
}

Task<void> purge_loop(Services& services) {
    SteadyTimer timer{services.io};
    while (!services.stopping) {
        const UnixMs before = services.clock.now() - idempotency_kept_ms;
        const auto purge = [&](Completion<int> done) {
            services.store.purge_idempotency(before, std::move(done));
        };
        co_await ask<int>(services, purge);
        timer.expires_after(purge_every);
        co_await timer.async_wait(as_result);
    }
}

// Signals, and the way out: stop accepting, wake who waits, drain, cut off, commit, leave.
Task<void> supervise(Running running) {
    SignalSet& signals = running.signals;
    for (;;) {
        const auto [error, number] = co_await signals.async_wait(as_result);
        if (number != SIGHUP)
            break;
        reload(running.services);
    }
    spdlog::info("stopping: {} connections open", running.public_server.connections());
    running.services.stopping = true;
    running.public_server.drain();
    running.services.watch.wake_all();
    std::signal(SIGTERM, SIG_DFL); // a second signal ends it at once
    std::signal(SIGINT, SIG_DFL);
    signals.clear();
    const auto until = std::chrono::steady_clock::now() +
                       std::chrono::seconds{running.services.settings.server.drain_s};
    SteadyTimer pause{running.io};
    while (!running.public_server.drained() && std::chrono::steady_clock::now() < until) {
        pause.expires_after(drain_poll);
        co_await pause.async_wait(as_result);
    }
    running.public_server.kill();
    running.operations.kill();
    running.services.store.stop();
    running.io.stop();
}

} // namespace

int serve(const ServeOptions& options) {
    spdlog::set_default_logger(spdlog::stderr_logger_mt("saiduan"));
    spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
    auto opened = open_everything(options.paths);
    if (!opened)
        return fail(to_lines(opened.error()));
    Everything& all = **opened;
    ServerSettings& settings = all.settings.server;
    if (options.port >= 0)
        settings.port = options.port;
    if (options.operations_port >= 0)
        settings.operations_port = options.operations_port;
    std::shared_ptr<asio::ssl::context> tls;
    if (!settings.tls.certificate.empty()) {
        auto loaded = load_tls(settings.tls);
        if (!loaded)
            return fail(loaded.error().detail);
        tls = *loaded;
    }
    asio::io_context io{1};
    const SystemClock clock;
    Services services{
        all.settings,
        *all.store,
        clock,
        *all.atlas,
        all.policy,
        Flood{all.settings.flood.complaints_per_minute},
        Watch{io},
        {},
        io,
        false,
        random_word()
    };
    all.store->on_change([&](const std::vector<std::string>& agencies) {
        asio::post(io, [&services, agencies] { services.watch.changed(agencies); });
    });
    const auto of = [](std::span<const Route> table) {
        return std::vector<Route>{table.begin(), table.end()};
    };
    // Before the ready lines: who reads them may signal at once, and must not kill by default.
    SignalSet signals{io, SIGTERM, SIGINT, SIGHUP};
    const Router public_router{of(public_routes())};
    const Router operations_router{of(operations_routes())};
    try {
        Server server{io, settings, settings.address, settings.port, tls, public_router, services};
        Server operations{
            io,
            settings,
            settings.operations_address,
            settings.operations_port,
            nullptr,
            operations_router,
            services
        };
        asio::co_spawn(io, supervise({io, signals, services, server, operations}), asio::detached);
        asio::co_spawn(io, purge_loop(services), asio::detached);
        fmt::print(
            "listening on {}://{}:{}\noperations on http://{}:{}\n",
            tls ? "https" : "http",
            settings.address,
            server.port(),
            settings.operations_address,
            operations.port()
        );
        std::fflush(stdout);
        io.run();
    } catch (const boost::system::system_error& e) {
        return fail(fmt::format(
            "cannot listen on {}:{} or {}:{}: {}",
            settings.address,
            settings.port,
            settings.operations_address,
            settings.operations_port,
            e.code().message()
        ));
    }
    all.store->stop();
    return 0;
}

} // namespace saiduan
