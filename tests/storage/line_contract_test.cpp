// The contract of Store, the line: filing, queues, steps, reading, figures.
#include "tests/support/store_line.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <set>
#include <thread>

using namespace saiduan;

namespace {

using Words = std::vector<std::string>;

} // namespace

TEST_CASE_TEMPLATE(
    "a filed complaint waits in the queue of every agency involved", Line, FakeLine, SqliteLine
) {
    Line line;
    const auto filed =
        line.file({.priority = Priority::high, .at = 1000, .agencies = {"police", "labour"}});
    REQUIRE(filed.has_value());
    CHECK(filed->cases == std::vector<CaseId>{1, 2});
    CHECK_FALSE(filed->replayed);
    REQUIRE(line.queue("police").size() == 1);
    CHECK(line.queue("police")[0].primary);
    CHECK(line.queue("police")[0].complaint == filed->complaint);
    CHECK(line.queue("police")[0].priority == Priority::high);
    CHECK(line.queue("police")[0].received_at == 1000);
    CHECK(line.queue("police")[0].language == "my");
    CHECK(line.queue("police")[0].province == "Samut Sakhon");
    CHECK(line.queue("police")[0].categories_json == R"(["wage_withholding","debt_bondage"])");
    REQUIRE(line.queue("labour").size() == 1);
    CHECK_FALSE(line.queue("labour")[0].primary);
    CHECK(line.queue("ticac").empty());
    CHECK(line.queue("nobody").empty());
}

TEST_CASE_TEMPLATE(
    "a complaint for an agency that is not known is refused whole", Line, FakeLine, SqliteLine
) {
    Line line;
    const auto version = line.store().queue_version("labour");
    CHECK(line.file({.agencies = {"labour", "navy"}}).error().code == Errc::unavailable);
    CHECK(line.queue("labour").empty());
    CHECK(line.store().queue_version("labour") == version);
    CHECK(line.counts({})[0].complaints == 0);
    CHECK(line.file({})->cases == std::vector<CaseId>{1});
}

TEST_CASE_TEMPLATE(
    "a queue is served by priority, then undemoted, then age", Line, FakeLine, SqliteLine
) {
    Line line;
    const auto normal_old = *line.file({.at = 1});
    const auto high_demoted = *line.file({.priority = Priority::high, .at = 2, .demoted = true});
    const auto high = *line.file({.priority = Priority::high, .at = 3});
    const auto critical = *line.file({.priority = Priority::critical, .at = 4});
    const auto rows = line.queue("labour");
    REQUIRE(rows.size() == 4);
    CHECK(rows[0].complaint == critical.complaint);
    CHECK(rows[1].complaint == high.complaint);
    CHECK(rows[2].complaint == high_demoted.complaint);
    CHECK(rows[3].complaint == normal_old.complaint);
}

TEST_CASE_TEMPLATE("paging by position visits every case once", Line, FakeLine, SqliteLine) {
    Line line;
    for (int i = 0; i < 25; ++i)
        (void)*line.file({.priority = static_cast<Priority>(i % 3), .at = 100 + i / 2});
    std::set<CaseId> seen;
    QueueQuery q{"labour", CaseState::waiting, {}, 4};
    for (;;) {
        const auto page = *line.ask(&Store::list_cases, q);
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

TEST_CASE_TEMPLATE("of many who claim a case exactly one gets it", Line, FakeLine, SqliteLine) {
    Line line;
    constexpr int cases = 200, dispatchers = 8;
    for (int i = 0; i < cases; ++i)
        (void)*line.file({.at = i});
    std::vector<Actor> actors;
    for (int i = 0; i < dispatchers; ++i)
        actors.push_back(line.staff("labour"));
    std::atomic<int> won = 0, lost = 0;
    std::vector<std::thread> threads;
    for (const Actor& who : actors)
        threads.emplace_back([&, who] {
            for (CaseId id = 1; id <= cases; ++id) {
                const auto r = line.step(id, EventKind::claimed, 1, who);
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

TEST_CASE_TEMPLATE("steps are refused for the right reason", Line, FakeLine, SqliteLine) {
    Line line;
    (void)*line.file({});
    const Actor me = line.staff("labour");
    const Actor other = line.staff("labour");
    const Actor police = line.staff("police");
    CHECK(line.step(1, EventKind::claimed, 1, police).error().code == Errc::not_found);
    CHECK(line.step(99, EventKind::claimed, 1, me).error().code == Errc::not_found);
    CHECK(line.step(1, EventKind::contacted, 1, me).error().code == Errc::conflict);
    CHECK(line.step(1, EventKind::claimed, 7, me).error().code == Errc::stale);
    REQUIRE(line.step(1, EventKind::claimed, 1, me).has_value());
    CHECK(line.step(1, EventKind::claimed, 2, other).error().code == Errc::conflict);
    CHECK(line.step(1, EventKind::resolved, 2, other).error().code == Errc::conflict);
    CHECK(line.step(1, EventKind::contacted, 1, me).error().code == Errc::stale);
    CHECK(line.step(1, EventKind::released, 2, other).error().code == Errc::conflict);
    CHECK(line.step(1, EventKind::released, 2, line.staff("labour", "supervisor")).has_value());
}

TEST_CASE_TEMPLATE("a claimed case tells who has it", Line, FakeLine, SqliteLine) {
    Line line;
    (void)*line.file({});
    const Actor me = line.staff("labour");
    const auto claimed = line.step(1, EventKind::claimed, 1, me);
    REQUIRE(claimed.has_value());
    CHECK(claimed->claimed_by == me.label);
    CHECK(claimed->version == 2);
    CHECK(line.queue("labour").empty());
    REQUIRE(line.queue("labour", CaseState::claimed).size() == 1);
    CHECK(line.queue("labour", CaseState::claimed)[0].claimed_by == me.label);
    (void)*line.step(1, EventKind::released, 2, me);
    CHECK(line.queue("labour")[0].claimed_by.empty());
}

TEST_CASE_TEMPLATE(
    "times are stamped once and the reporter's clock never restarts", Line, FakeLine, SqliteLine
) {
    Line line;
    (void)*line.file({.at = 1000});
    const Actor me = line.staff("labour");
    REQUIRE(line.step(1, EventKind::claimed, 1, me, 2000).has_value());
    REQUIRE(line.step(1, EventKind::contacted, 2, me, 3000).has_value());
    REQUIRE(line.step(1, EventKind::contacted, 3, me, 4000).has_value());
    REQUIRE(line.step(1, EventKind::resolved, 4, me, 5000, "assisted").has_value());
    REQUIRE(line.step(1, EventKind::reopened, 5, me, 6000).has_value());
    REQUIRE(line.step(1, EventKind::claimed, 6, me, 7000).has_value());
    const auto times = *line.ask(&Store::case_times, 0, 10'000);
    REQUIRE(times.size() == 1);
    CHECK(times[0].agency == "labour");
    CHECK(times[0].received_at == 1000);
    CHECK(times[0].claimed_at == 2000);
    CHECK(times[0].contacted_at == 3000);
    CHECK(times[0].resolved_at == 5000);
    CHECK(line.ask(&Store::case_times, 0, 1000)->empty());
    CHECK(line.ask(&Store::case_times, 1001, 10'000)->empty());
}

TEST_CASE_TEMPLATE(
    "a retry with the same key answers the same and stores nothing, also after a restart",
    Line,
    FakeLine,
    SqliteLine
) {
    Line line;
    const auto first = *line.file({.key = "k", .fingerprint = "print"});
    const auto again = *line.file({.at = 5, .key = "k", .fingerprint = "print"});
    CHECK_FALSE(first.replayed);
    CHECK(again.replayed);
    CHECK(again.complaint == first.complaint);
    CHECK(again.answer == "answer to k");
    CHECK(again.cases.empty());
    const Told other{.at = 5, .key = "k", .fingerprint = "other"};
    CHECK(line.file(other).error().code == Errc::key_reused);
    line.reopen();
    const auto late = *line.file({.at = 5, .key = "k", .fingerprint = "print"});
    CHECK(late.complaint == first.complaint);
    CHECK(late.answer == "answer to k");
    CHECK(line.queue("labour").size() == 1);
    CHECK(line.counts({})[0].complaints == 1);
    CHECK(*line.ask(&Store::purge_idempotency, 0) == 0);
    CHECK(line.file(other).error().code == Errc::key_reused);
    CHECK(*line.ask(&Store::purge_idempotency, 100) == 1);
    CHECK_FALSE(line.file(other)->replayed);
}

TEST_CASE_TEMPLATE(
    "a filing that was refused leaves no idempotency key behind", Line, FakeLine, SqliteLine
) {
    Line line;
    CHECK(line.file({.agencies = {"labour", "navy"}, .key = "k"}).has_error());
    const auto good = line.file({.key = "k", .fingerprint = "b"});
    REQUIRE(good.has_value());
    CHECK_FALSE(good->replayed);
    CHECK(line.queue("labour").size() == 1);
}

TEST_CASE_TEMPLATE(
    "counters follow the rows through resolution and reopening", Line, FakeLine, SqliteLine
) {
    Line line;
    (void)*line.file({});
    (void)*line.file({.priority = Priority::high, .agencies = {"police", "labour"}});
    const Actor me = line.staff("labour");
    (void)*line.step(1, EventKind::claimed, 1, me);
    (void)*line.step(1, EventKind::resolved, 2, me, 0, "assisted");
    auto by_outcome = line.counts({"queue", "outcome"});
    REQUIRE(by_outcome.size() == 2);
    CHECK(by_outcome[0].key == Words{"labour", "assisted"});
    CHECK(by_outcome[0].complaints == 1);
    (void)*line.step(1, EventKind::reopened, 3, me);
    by_outcome = line.counts({"queue", "outcome"});
    CHECK(by_outcome[0].key == Words{"labour", ""});
    const auto by_category = line.counts({"category"});
    REQUIRE(by_category.size() == 2);
    CHECK(by_category[0].key == Words{"debt_bondage"});
    CHECK(by_category[0].complaints == 2);
    CHECK(line.counts({})[0].complaints == 2);
}

TEST_CASE_TEMPLATE(
    "only the primary case's outcome is the complaint's", Line, FakeLine, SqliteLine
) {
    Line line;
    (void)*line.file({.agencies = {"police", "labour"}});
    line.resolve(2, line.staff("labour"), 10, "referred");
    REQUIRE(line.counts({"outcome"}).size() == 1);
    CHECK(line.counts({"outcome"})[0].key == Words{""});
}

TEST_CASE_TEMPLATE("months are counted in Bangkok's time", Line, FakeLine, SqliteLine) {
    Line line;
    const UnixMs midnight = *parse_rfc3339("2026-02-01T00:00:00+07:00");
    (void)*line.file({.at = midnight - 1});
    (void)*line.file({.at = midnight});
    const auto months = line.counts({"month"});
    REQUIRE(months.size() == 2);
    CHECK(months[0].key == Words{"2026-01"});
    CHECK(months[1].key == Words{"2026-02"});
    const StatisticsQuery january{{}, midnight - 1, midnight};
    CHECK(line.ask(&Store::statistics, january)->at(0).complaints == 1);
}

TEST_CASE_TEMPLATE(
    "reading a case is recorded, and only its agency can", Line, FakeLine, SqliteLine
) {
    Line line;
    const auto filed = *line.file({.text = "we are on the boat"});
    const Actor me = line.staff("labour");
    const auto view = *line.open(1, me);
    CHECK(
        line.text_for(me, view.key, complaint_context(filed.complaint), view.sealed) ==
        "we are on the boat"
    );
    CHECK_FALSE(view.erased);
    CHECK_FALSE(view.held);
    REQUIRE(view.events.size() == 2);
    CHECK(view.events[0].kind == EventKind::filed);
    CHECK(view.events[1].kind == EventKind::read);
    CHECK(view.events[1].at == 50);
    CHECK(view.events[1].actor == "dispatcher/" + me.label);
    CHECK(view.events[1].agency == "labour");
    const Actor police = line.staff("police");
    CHECK(line.open(1, police).error().code == Errc::not_found);
    CHECK(line.open(2, me).error().code == Errc::not_found);
    CHECK(line.open(0, me).error().code == Errc::not_found);
    CHECK(line.text_for(police, view.key, complaint_context(filed.complaint), view.sealed).empty());
}

TEST_CASE_TEMPLATE("notes are sealed with the key of the case", Line, FakeLine, SqliteLine) {
    Line line;
    const auto filed = *line.file({});
    const Actor me = line.staff("labour");
    CHECK(line.ask(&Store::case_key, 1, line.staff("police")).error().code == Errc::not_found);
    CHECK(line.ask(&Store::case_key, 1, line.overseer()).error().code == Errc::not_found);
    const auto key = line.ask(&Store::case_key, 1, me);
    REQUIRE(key.has_value());
    const std::string note = line.words(filed.complaint, EventKind::noted, "the captain lies");
    (void)*line.ask(&Store::step, Step{1, EventKind::noted, 1, me, note, "", 7});
    const auto view = *line.open(1, me);
    const Event& noted = view.events[1];
    CHECK(noted.kind == EventKind::noted);
    CHECK(
        line.text_for(me, *key, event_context(filed.complaint, noted.kind), noted.sealed) ==
        "the captain lies"
    );
}

TEST_CASE_TEMPLATE("oversight reads any case and steps none", Line, FakeLine, SqliteLine) {
    Line line;
    const auto filed = *line.file({.agencies = {"police"}, .text = "nobody came"});
    (void)*line.file({.oversight = false});
    const Actor overseer = line.overseer();
    const auto view = line.open(1, overseer);
    REQUIRE(view.has_value());
    CHECK(
        line.text_for(overseer, view->key, complaint_context(filed.complaint), view->sealed) ==
        "nobody came"
    );
    CHECK(view->events.back().fact == "oversight");
    CHECK(view->events.back().agency == "police");
    for (const EventKind kind : {EventKind::claimed, EventKind::noted, EventKind::held})
        CHECK(line.step(1, kind, 1, overseer).error().code == Errc::not_found);
    // Sealed before there was an overseer: he finds no key, which is not the same as erased.
    const auto closed = *line.open(2, overseer);
    CHECK_FALSE(closed.erased);
    CHECK(closed.key.wrapped.empty());
}

TEST_CASE_TEMPLATE(
    "events replay in order, for one agency, without readings", Line, FakeLine, SqliteLine
) {
    Line line;
    (void)*line.file({});
    (void)*line.file({.agencies = {"police"}});
    const Actor me = line.staff("labour");
    (void)*line.open(1, me);
    (void)*line.step(1, EventKind::claimed, 1, me);
    const auto all = line.events("labour");
    REQUIRE(all.size() == 2);
    CHECK(all[0].kind == EventKind::filed);
    CHECK(all[1].kind == EventKind::claimed);
    CHECK(line.events("labour", all[0].id).size() == 1);
    const auto newest = line.events("labour", newest_event);
    REQUIRE(newest.size() == 1);
    CHECK(newest[0].id == all[1].id);
    CHECK(line.events("nobody").empty());
}

TEST_CASE_TEMPLATE(
    "a case is linked to its agency's other cases with the same phone or accused",
    Line,
    FakeLine,
    SqliteLine
) {
    Line line;
    const std::string phone(16, 'p'), accused(16, 'a'), somebody(16, 's');
    (void)*line.file({.marks = phone + accused});
    (void)*line.file({.marks = somebody + phone});
    (void)*line.file({.agencies = {"police"}, .marks = accused});
    (void)*line.file({.marks = accused});
    (void)*line.file({.marks = somebody});
    const Actor me = line.staff("labour");
    CHECK(line.open(1, me)->linked.empty());
    CHECK(*line.ask(&Store::index_marks, 2) == 2);
    CHECK(line.open(1, me)->linked == std::vector<CaseId>{2});
    CHECK(*line.ask(&Store::index_marks, 100) == 3);
    CHECK(*line.ask(&Store::index_marks, 100) == 0);
    CHECK(line.open(1, me)->linked == std::vector<CaseId>{2, 4});
    CHECK(line.open(5, me)->linked == std::vector<CaseId>{2});
    CHECK(line.open(3, line.staff("police"))->linked.empty());
    CHECK(line.open(1, line.overseer())->linked.empty());
}

TEST_CASE_TEMPLATE("what was acknowledged is there after a restart", Line, FakeLine, SqliteLine) {
    Line line;
    for (int i = 0; i < 50; ++i)
        (void)*line.file({.at = i});
    const Actor me = line.staff("labour");
    line.reopen();
    CHECK(line.queue("labour").size() == 50);
    CHECK(line.store().next_complaint() == 51);
    const auto view = *line.open(7, me);
    CHECK(
        line.text_for(me, view.key, complaint_context(7), view.sealed) == "they hold our passports"
    );
    CHECK(line.file({})->complaint == 51);
}

TEST_CASE_TEMPLATE(
    "a queue's version moves with every change and with no other queue's",
    Line,
    FakeLine,
    SqliteLine
) {
    Line line;
    const auto labour = line.store().queue_version("labour");
    const auto police = line.store().queue_version("police");
    std::atomic<int> told = 0;
    line.store().on_change([&](const std::vector<std::string>& agencies) {
        told += static_cast<int>(agencies.size());
    });
    (void)*line.file({});
    CHECK(line.store().queue_version("labour") == labour + 1);
    CHECK(line.step(1, EventKind::claimed, 9, line.staff("labour")).has_error());
    line.store().stop();
    line.store().stop();
    CHECK(line.store().queue_version("labour") == labour + 1);
    CHECK(line.store().queue_version("police") == police);
    CHECK(line.store().queue_version("nobody") == 0);
    CHECK(told == 1);
    CHECK(line.file({}).error().code == Errc::unavailable);
}
