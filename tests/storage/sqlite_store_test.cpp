#include "storage/sqlite/sqlite_store.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <set>
#include <thread>

using namespace saiduan;

namespace {

template <class T, class Call>
Result<T> wait(Call call) {
    std::promise<Result<T>> promise;
    call(Completion<T>{[&](Result<T> r) { promise.set_value(std::move(r)); }});
    return promise.get_future().get();
}

struct Fixture {
    Fixture() {
        char path[] = "/tmp/saiduan-store-XXXXXX";
        folder = ::mkdtemp(path);
        open();
    }
    ~Fixture() {
        store.reset();
        std::filesystem::remove_all(folder);
    }
    Fixture(const Fixture&) = delete;
    Fixture& operator=(const Fixture&) = delete;

    void open() {
        SqliteConfig config;
        config.path = folder + "/saiduan.db";
        config.agencies = {"labour", "police", "ticac"};
        auto opened = open_sqlite(config);
        REQUIRE(opened.has_value());
        store = std::move(*opened);
    }
    void reopen() {
        store.reset();
        open();
    }

    Result<Filed> file(
        Priority priority,
        UnixMs at,
        std::vector<std::string> agencies = {"labour"},
        bool demoted = false,
        const char* key = nullptr,
        const char* print = "a"
    ) {
        Filing f;
        f.content = R"({"text":"x"})";
        f.assessment.queue = agencies.front();
        f.assessment.priority = priority;
        f.assessment.categories = {Category::wage_withholding, Category::debt_bondage};
        f.agencies = std::move(agencies);
        f.received_at = at;
        f.demoted = demoted;
        f.answer = R"({"queue":"x"})";
        if (key)
            f.idempotency = IdempotencyKey{key, print};
        return wait<Filed>([&](auto done) { store->file(f, done); });
    }
    std::vector<CaseSummary>
    queue(const char* agency, CaseState state = CaseState::waiting, int limit = 200) {
        QueueQuery q;
        q.agency = agency;
        q.state = state;
        q.limit = limit;
        return *wait<std::vector<CaseSummary>>([&](auto done) { store->list_cases(q, done); });
    }
    Actor actor(const char* agency, const char* role = "dispatcher") {
        const std::string hash = std::string{agency} + role + std::to_string(++tokens);
        (void
        )*wait<TokenId>([&](auto done) { store->add_token({hash, hash, agency, role, 0}, done); });
        return *wait<Actor>([&](auto done) { store->find_token(hash, done); });
    }
    Result<CaseSummary> step(
        CaseId id,
        EventKind kind,
        std::int64_t version,
        const Actor& who,
        UnixMs at = 0,
        const char* outcome = ""
    ) {
        Step s;
        s.case_id = id;
        s.kind = kind;
        s.version = version;
        s.actor = who;
        s.at = at;
        s.outcome = outcome;
        return wait<CaseSummary>([&](auto done) { store->step(s, done); });
    }
    std::vector<Count> counts(std::vector<std::string> by) {
        return *wait<std::vector<Count>>([&](auto done) {
            store->statistics({by, 0, 4'000'000'000'000}, done);
        });
    }

    std::string folder;
    std::unique_ptr<Store> store;
    int tokens = 0;
};

} // namespace

TEST_CASE_FIXTURE(Fixture, "a filed complaint waits in the queue of every agency involved") {
    const auto filed = file(Priority::high, 1000, {"police", "labour"});
    REQUIRE(filed.has_value());
    REQUIRE(queue("police").size() == 1);
    CHECK(queue("police")[0].primary);
    CHECK(queue("police")[0].complaint == filed->complaint);
    REQUIRE(queue("labour").size() == 1);
    CHECK_FALSE(queue("labour")[0].primary);
    CHECK(queue("ticac").empty());
}

TEST_CASE_FIXTURE(Fixture, "a queue is served by priority, then undemoted, then age") {
    const auto normal_old = *file(Priority::normal, 1);
    const auto high_demoted = *file(Priority::high, 2, {"labour"}, true);
    const auto high = *file(Priority::high, 3);
    const auto critical = *file(Priority::critical, 4);
    const auto rows = queue("labour");
    REQUIRE(rows.size() == 4);
    CHECK(rows[0].complaint == critical.complaint);
    CHECK(rows[1].complaint == high.complaint);
    CHECK(rows[2].complaint == high_demoted.complaint);
    CHECK(rows[3].complaint == normal_old.complaint);
}

TEST_CASE_FIXTURE(Fixture, "paging by position visits every case once") {
    for (int i = 0; i < 25; ++i)
        (void)*file(static_cast<Priority>(i % 3), 100 + i / 2);
    std::set<CaseId> seen;
    QueueQuery q;
    q.agency = "labour";
    q.limit = 4;
    for (;;) {
        const auto page =
            *wait<std::vector<CaseSummary>>([&](auto done) { store->list_cases(q, done); });
        for (const CaseSummary& c : page)
            CHECK(seen.insert(c.id).second);
        if (page.size() < 4)
            break;
        q.after = {
            page.back().priority, page.back().demoted, page.back().received_at, page.back().id
        };
    }
    CHECK(seen.size() == 25);
}

TEST_CASE_FIXTURE(Fixture, "of many who claim a case exactly one gets it") {
    constexpr int cases = 200, dispatchers = 8;
    for (int i = 0; i < cases; ++i)
        (void)*file(Priority::normal, i);
    std::vector<Actor> actors;
    for (int i = 0; i < dispatchers; ++i)
        actors.push_back(actor("labour"));
    std::atomic<int> won = 0, lost = 0;
    std::vector<std::thread> threads;
    for (const Actor& who : actors)
        threads.emplace_back([&, who] {
            for (CaseId id = 1; id <= cases; ++id) {
                const auto r = step(id, EventKind::claimed, 1, who);
                if (r)
                    ++won;
                else
                    lost += r.error().code == Errc::conflict ? 1 : 1000;
            }
        });
    for (std::thread& t : threads)
        t.join();
    CHECK(won == cases);
    CHECK(lost == cases * (dispatchers - 1));
}

TEST_CASE_FIXTURE(Fixture, "steps are refused for the right reason") {
    (void)*file(Priority::normal, 0);
    const Actor me = actor("labour");
    const Actor other = actor("labour");
    const Actor police = actor("police");
    CHECK(step(1, EventKind::claimed, 1, police).error().code == Errc::not_found);
    CHECK(step(99, EventKind::claimed, 1, me).error().code == Errc::not_found);
    CHECK(step(1, EventKind::contacted, 1, me).error().code == Errc::conflict);
    CHECK(step(1, EventKind::claimed, 7, me).error().code == Errc::stale);
    REQUIRE(step(1, EventKind::claimed, 1, me).has_value());
    CHECK(step(1, EventKind::claimed, 2, other).error().code == Errc::conflict);
    CHECK(step(1, EventKind::resolved, 2, other).error().code == Errc::conflict);
    CHECK(step(1, EventKind::contacted, 1, me).error().code == Errc::stale);
    CHECK(step(1, EventKind::released, 2, other).error().code == Errc::conflict);
    CHECK(step(1, EventKind::released, 2, actor("labour", "supervisor")).has_value());
}

TEST_CASE_FIXTURE(Fixture, "times are stamped once and the reporter's clock never restarts") {
    (void)*file(Priority::normal, 1000);
    const Actor me = actor("labour");
    REQUIRE(step(1, EventKind::claimed, 1, me, 2000).has_value());
    REQUIRE(step(1, EventKind::contacted, 2, me, 3000).has_value());
    REQUIRE(step(1, EventKind::contacted, 3, me, 4000).has_value());
    REQUIRE(step(1, EventKind::resolved, 4, me, 5000, "assisted").has_value());
    REQUIRE(step(1, EventKind::reopened, 5, me, 6000).has_value());
    REQUIRE(step(1, EventKind::claimed, 6, me, 7000).has_value());
    const auto times =
        *wait<std::vector<CaseTimes>>([&](auto done) { store->case_times(0, 10'000, done); });
    REQUIRE(times.size() == 1);
    CHECK(times[0].received_at == 1000);
    CHECK(times[0].claimed_at == 2000);
    CHECK(times[0].contacted_at == 3000);
    CHECK(times[0].resolved_at == 5000);
}

TEST_CASE_FIXTURE(
    Fixture, "a retry with the same key answers the same and stores nothing, also after a restart"
) {
    const auto first = *file(Priority::normal, 0, {"labour"}, false, "k", "print");
    const auto again = *file(Priority::normal, 5, {"labour"}, false, "k", "print");
    CHECK(again.replayed);
    CHECK(again.complaint == first.complaint);
    CHECK(again.answer == first.answer);
    CHECK(
        file(Priority::normal, 5, {"labour"}, false, "k", "other").error().code == Errc::key_reused
    );
    reopen();
    CHECK(file(Priority::normal, 5, {"labour"}, false, "k", "print")->complaint == first.complaint);
    CHECK(queue("labour").size() == 1);
    CHECK(*wait<int>([&](auto done) { store->purge_idempotency(100, done); }) == 1);
    CHECK(file(Priority::normal, 5, {"labour"}, false, "k", "other").has_value());
}

TEST_CASE_FIXTURE(Fixture, "counters follow the rows through resolution and reopening") {
    (void)*file(Priority::normal, 0);
    (void)*file(Priority::high, 0, {"police", "labour"});
    const Actor me = actor("labour");
    (void)*step(1, EventKind::claimed, 1, me);
    (void)*step(1, EventKind::resolved, 2, me, 0, "assisted");
    auto by_outcome = counts({"queue", "outcome"});
    REQUIRE(by_outcome.size() == 2);
    CHECK(by_outcome[0].key == std::vector<std::string>{"labour", "assisted"});
    CHECK(by_outcome[0].complaints == 1);
    (void)*step(1, EventKind::reopened, 3, me);
    by_outcome = counts({"queue", "outcome"});
    CHECK(by_outcome[0].key == std::vector<std::string>{"labour", ""});
    const auto by_category = counts({"category"});
    REQUIRE(by_category.size() == 2);
    CHECK(by_category[0].complaints == 2);
    CHECK(counts({})[0].complaints == 2);
}

TEST_CASE_FIXTURE(Fixture, "reading a case is recorded, and only its agency can") {
    (void)*file(Priority::normal, 0);
    const Actor me = actor("labour");
    const auto view = *wait<CaseView>([&](auto done) { store->open_case(1, me, 50, done); });
    CHECK(view.content == R"({"text":"x"})");
    REQUIRE(view.events.size() == 2);
    CHECK(view.events[1].kind == EventKind::read);
    CHECK(view.events[1].actor == me.label);
    const Actor police = actor("police");
    CHECK(
        wait<CaseView>([&](auto done) { store->open_case(1, police, 50, done); }).error().code ==
        Errc::not_found
    );
}

TEST_CASE_FIXTURE(Fixture, "events replay in order, for one agency, without readings") {
    (void)*file(Priority::normal, 0);
    (void)*file(Priority::normal, 0, {"police"});
    const Actor me = actor("labour");
    (void)*wait<CaseView>([&](auto done) { store->open_case(1, me, 50, done); });
    (void)*step(1, EventKind::claimed, 1, me);
    const auto all =
        *wait<std::vector<Event>>([&](auto done) { store->events_after("labour", 0, done); });
    REQUIRE(all.size() == 2);
    CHECK(all[0].kind == EventKind::filed);
    CHECK(all[1].kind == EventKind::claimed);
    const auto newest = *wait<std::vector<Event>>([&](auto done) {
        store->events_after("labour", newest_event, done);
    });
    REQUIRE(newest.size() == 1);
    CHECK(newest[0].id == all[1].id);
}

TEST_CASE_FIXTURE(Fixture, "a revoked token is unknown at once and after a restart") {
    const Actor me = actor("labour");
    CHECK(wait<TokenId>([&](auto done) { store->revoke_token(me.token, 1, done); }).has_value());
    CHECK(
        wait<Actor>([&](auto done) { store->find_token(me.label, done); }).error().code ==
        Errc::unauthorized
    );
    CHECK(
        wait<TokenId>([&](auto done) { store->revoke_token(me.token, 1, done); }).error().code ==
        Errc::not_found
    );
    reopen();
    CHECK(
        wait<Actor>([&](auto done) { store->find_token(me.label, done); }).error().code ==
        Errc::unauthorized
    );
}

TEST_CASE_FIXTURE(Fixture, "what was acknowledged is there after a restart") {
    for (int i = 0; i < 50; ++i)
        (void)*file(Priority::normal, i);
    reopen();
    CHECK(queue("labour").size() == 50);
}

TEST_CASE_FIXTURE(Fixture, "a queue's version moves with every change and with no other queue's") {
    const auto labour = store->queue_version("labour");
    const auto police = store->queue_version("police");
    std::atomic<int> told = 0;
    store->on_change([&](const std::vector<std::string>& agencies) {
        told += static_cast<int>(agencies.size());
    });
    (void)*file(Priority::normal, 0);
    store->stop();
    CHECK(store->queue_version("labour") == labour + 1);
    CHECK(store->queue_version("police") == police);
    CHECK(store->queue_version("nobody") == 0);
    CHECK(told == 1);
    CHECK(file(Priority::normal, 0).error().code == Errc::unavailable);
}

TEST_CASE_FIXTURE(Fixture, "a second process cannot open the same file") {
    SqliteConfig config;
    config.path = folder + "/saiduan.db";
    CHECK(open_sqlite(config).error().code == Errc::conflict);
}

TEST_CASE("a full queue refuses at once instead of growing") {
    char path[] = "/tmp/saiduan-store-XXXXXX";
    const std::string folder = ::mkdtemp(path);
    SqliteConfig config;
    config.path = folder + "/saiduan.db";
    config.agencies = {"labour"};
    config.queue_max = 1;
    auto store = *open_sqlite(config);
    std::atomic<int> overloaded = 0, answered = 0;
    constexpr int sent = 2000;
    for (int i = 0; i < sent; ++i)
        store->add_token(
            {"h" + std::to_string(i), "l", "labour", "dispatcher", 0},
            [&](Result<TokenId> r) {
                overloaded += r.has_error() && r.error().code == Errc::overloaded;
                ++answered;
            }
        );
    store->stop();
    CHECK(answered == sent);
    CHECK(overloaded > 0);
    store.reset();
    std::filesystem::remove_all(folder);
}
