// serve: composes the program and runs it until a signal.
#include "gateway/api/routes.hpp"
#include "gateway/chores.hpp"
#include "gateway/cli/commands.hpp"
#include "gateway/cli/open.hpp"
#include "gateway/http/server.hpp"
#include "gateway/keys.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sodium.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <iostream>

namespace saiduan {
namespace {

constexpr auto drain_poll = std::chrono::milliseconds{20};

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

// Keys for agencies that have none yet.
Task<bool> key_new_agencies(Services& services, const Agencies& agencies) {
    for (const std::string& agency : agencies.keys()) {
        const auto known = services.store.agency_keys();
        if (std::any_of(known.begin(), known.end(), [&](const AgencyKey& key) {
                return key.agency == agency;
            }))
            continue;
        auto made = make_agency_key(services.store, agency, "system", services.clock.now());
        if (!made)
            co_return false;
        const auto add = [&](Completion<AgencyKey> done) {
            services.store.add_agency_key(std::move(made->row), std::move(done));
        };
        if (!co_await ask<AgencyKey>(services, add))
            co_return false;
        spdlog::info("agency {} is new; make its first token with the recovery key", agency);
    }
    co_return true;
}

// New rules, agencies and targets as one, or the old ones and the reason. An agency that is gone
// has no staff and gets no complaints from that moment on.
Task<void> reload(Services& services) {
    auto policy = load_policy(services.settings);
    if (!policy) {
        spdlog::error("reload refused, the old rules stay in force: {}", to_lines(policy.error()));
        co_return;
    }
    if (!co_await key_new_agencies(services, (*policy)->agencies)) {
        spdlog::error("reload refused, the old rules stay in force: no key for a new agency");
        co_return;
    }
    services.policy = std::move(*policy);
    services.keyroom.agencies_changed(services.store, services.policy->agencies);
    services.boot = random_word(); // queue pages show due times: the tags given so far are stale
    services.watch.wake_all();
    spdlog::info("rules, agencies and targets reloaded");
    Notice notice{EventKind::configured, "system", "", "reload", services.clock.now()};
    co_await record(services, std::move(notice));
}

// Signals, and the way out: stop accepting, wake who waits, drain, cut off, commit, leave.
// Every connection is a descriptor; the usual soft limit of 1,024 would shut reporters out.
void make_room_for_connections(ServerSettings& settings) {
    constexpr rlim_t others = 128; // database, keys, listeners, standard streams
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
    const rlim_t room = files.rlim_cur > others ? files.rlim_cur - others : 1;
    if (static_cast<rlim_t>(settings.connections_max) <= room)
        return;
    settings.connections_max = static_cast<int>(room);
    spdlog::warn("only {} connections: the limit of open files is {}", room, files.rlim_cur);
}

Task<void> supervise(Running running) {
    SignalSet& signals = running.signals;
    for (;;) {
        const auto [error, number] = co_await signals.async_wait(as_result);
        if (number != SIGHUP)
            break;
        co_await reload(running.services);
    }
    spdlog::info("stopping: {} connections open", running.public_server.connections());
    running.services.stopping = true;
    running.public_server.drain();
    running.services.watch.wake_all();
    running.services.attempts.stop();
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
    running.services.keyroom.stop();
    running.services.store.stop();
    running.io.stop();
}

} // namespace

int serve(const ServeOptions& options) {
    const std::vector<std::string> exposed = protect_process();
    spdlog::set_default_logger(spdlog::stderr_logger_mt("saiduan"));
    spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
    for (const std::string& what : exposed)
        spdlog::warn("{}", what);
    auto opened = open_everything(options.paths, Receipts::ahead);
    if (!opened)
        return fail(to_lines(opened.error()));
    Everything& all = **opened;
    ServerSettings& settings = all.settings.server;
    if (options.port >= 0)
        settings.port = options.port;
    if (options.operations_port >= 0)
        settings.operations_port = options.operations_port;
    make_room_for_connections(settings);
    std::shared_ptr<asio::ssl::context> tls;
    if (!settings.tls.certificate.empty()) {
        auto loaded = load_tls(settings.tls);
        if (!loaded)
            return fail(loaded.error().detail);
        tls = *loaded;
    }
    asio::io_context io{1};
    asio::thread_pool slow{1};
    const SystemClock clock;
    if (const auto bad = make_missing_keys(all))
        return fail(to_lines(*bad));
    Services services{
        all.settings,
        *all.store,
        *all.keyroom,
        clock,
        *all.atlas,
        all.locales,
        all.witnesses,
        all.policy,
        Flood{all.settings.flood.complaints_per_minute},
        Attempts{io},
        {},
        Watch{io, static_cast<std::size_t>(settings.connections_max) * 4 / 5},
        {},
        io,
        slow,
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
        start_chores(services);
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
    slow.join();
    all.keyroom->stop();
    all.store->stop();
    return 0;
}

} // namespace saiduan
