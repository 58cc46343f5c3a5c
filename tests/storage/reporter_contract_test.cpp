// The contract of Store, the reporter's way back: receipts, reports, and what is forgotten.
#include "tests/support/store_line.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace saiduan;

namespace {

int count_of(const std::vector<Event>& events, EventKind kind) {
    return static_cast<int>(std::count_if(events.begin(), events.end(), [&](const Event& e) {
        return e.kind == kind;
    }));
}

} // namespace

TEST_CASE_TEMPLATE("a receipt is found by its complaint", Line, FakeLine, SqliteLine) {
    Line line;
    const ComplaintId id = line.file({})->complaint;
    const auto row = line.ask(&Store::find_receipt, id);
    REQUIRE(row.has_value());
    CHECK(row->receipt.check == "check");
    CHECK(row->receipt.key == "key");
    CHECK(row->receipt.pending.empty());
    CHECK_FALSE(row->erased);
    CHECK(line.ask(&Store::find_receipt, id + 1).error().code == Errc::not_found);
}

TEST_CASE_TEMPLATE("quick receipts are hardened once, oldest first", Line, FakeLine, SqliteLine) {
    Line line;
    (void)*line.file({.pending = true});
    (void)*line.file({});
    (void)*line.file({.pending = true});
    auto pending = *line.ask(&Store::pending_receipts, 10);
    REQUIRE(pending.size() == 2);
    CHECK(pending[0].complaint == 1);
    CHECK(pending[0].receipt.pending == "pending");
    CHECK(pending[1].complaint == 3);
    CHECK(line.ask(&Store::pending_receipts, 1)->size() == 1);
    const HardenedReceipt hard{1, "slow check", "slow key", 7};
    CHECK(line.ask(&Store::harden_receipt, hard).has_value());
    CHECK(line.ask(&Store::harden_receipt, hard).error().code == Errc::not_found);
    CHECK(line.ask(&Store::harden_receipt, HardenedReceipt{2, "x", "y", 7}).has_error());
    const auto row = *line.ask(&Store::find_receipt, 1);
    CHECK(row.receipt.check == "slow check");
    CHECK(row.receipt.key == "slow key");
    CHECK(row.receipt.pending.empty());
    CHECK(line.ask(&Store::find_receipt, 2)->receipt.check == "check");
    CHECK(line.ask(&Store::pending_receipts, 10)->size() == 1);
}

TEST_CASE_TEMPLATE("the reporter sees the work on his complaint", Line, FakeLine, SqliteLine) {
    Line line;
    const ComplaintId id =
        line.file({.priority = Priority::high, .at = 10, .agencies = {"labour", "police"}})
            ->complaint;
    const Actor me = line.staff("labour");
    (void)*line.open(1, me);
    (void)*line.step(1, EventKind::claimed, 1, me, 20);
    (void)*line.step(1, EventKind::noted, 2, me, 21);
    (void)*line.step(1, EventKind::contacted, 3, me, 30);
    const auto seen = line.ask(&Store::open_complaint, id, 40);
    REQUIRE(seen.has_value());
    CHECK(seen->received_at == 10);
    CHECK(seen->language == "my");
    CHECK_FALSE(seen->withdrawn);
    CHECK_FALSE(seen->sealed.empty());
    REQUIRE(seen->cases.size() == 2);
    CHECK(seen->cases[0].agency == "labour");
    CHECK(seen->cases[0].primary);
    CHECK(seen->cases[0].state == CaseState::claimed);
    CHECK(seen->cases[0].claimed_at == 20);
    CHECK(seen->cases[0].contacted_at == 30);
    CHECK_FALSE(seen->cases[0].resolved_at.has_value());
    CHECK_FALSE(seen->cases[1].primary);
    REQUIRE(seen->events.size() == 3); // who read it, but not what they note among themselves
    CHECK(seen->events[0].kind == EventKind::read);
    CHECK(seen->events[1].kind == EventKind::claimed);
    CHECK(seen->events[2].kind == EventKind::contacted);
    CHECK(line.ask(&Store::open_complaint, 99, 40).error().code == Errc::not_found);
}

TEST_CASE_TEMPLATE(
    "a visit is recorded, with the complaint's other events", Line, FakeLine, SqliteLine
) {
    Line line;
    const ComplaintId id = line.file({})->complaint;
    const std::int64_t before = line.note();
    (void)*line.ask(&Store::open_complaint, id, 40);
    CHECK(line.note() == before + 2);
}

TEST_CASE_TEMPLATE(
    "a message alerts every agency of the complaint until one answers", Line, FakeLine, SqliteLine
) {
    Line line;
    const ComplaintId id = line.file({.agencies = {"labour", "police"}})->complaint;
    const Actor me = line.staff("labour");
    (void)*line.step(1, EventKind::claimed, 1, me);
    const auto police = line.store().queue_version("police");
    CHECK(*line.report(id, EventKind::messaged) == id);
    CHECK(line.store().queue_version("police") == police + 1);
    CHECK(line.queue("labour", CaseState::claimed)[0].alerts == alert_message);
    CHECK(line.queue("labour", CaseState::claimed)[0].version == 3);
    CHECK(line.queue("police")[0].alerts == alert_message);
    const auto view = *line.open(1, me);
    const Event& message = view.events[view.events.size() - 2];
    CHECK(message.kind == EventKind::messaged);
    CHECK(message.actor == "reporter");
    CHECK(
        line.text_for(me, view.key, event_context(id, message.kind), message.sealed) ==
        "come quickly"
    );
    CHECK(line.step(1, EventKind::replied, 3, me)->alerts == 0);
    CHECK(line.queue("police")[0].alerts == alert_message);
    const auto seen = *line.ask(&Store::open_complaint, id, 40);
    CHECK(count_of(seen.events, EventKind::replied) == 1);
    CHECK(count_of(seen.events, EventKind::messaged) == 2); // once in each case
}

TEST_CASE_TEMPLATE("duress and withdrawal stay to be seen", Line, FakeLine, SqliteLine) {
    Line line;
    const ComplaintId id = line.file({})->complaint;
    CHECK(line.report(id, EventKind::withdrawn).has_value());
    CHECK(line.report(id, EventKind::duress, true).has_value());
    CHECK(line.queue("labour")[0].alerts == (alert_withdrawn | alert_duress));
    CHECK(line.queue("labour")[0].priority == Priority::critical);
    const auto seen = *line.ask(&Store::open_complaint, id, 40);
    CHECK(seen.withdrawn);
    // Whoever holds him and looks over his shoulder must not learn of the duress form.
    CHECK(count_of(seen.events, EventKind::duress) == 0);
}

TEST_CASE_TEMPLATE("danger raises a case above all others", Line, FakeLine, SqliteLine) {
    Line line;
    (void)*line.file({.priority = Priority::high, .at = 1});
    const ComplaintId id = line.file({.at = 2, .demoted = true})->complaint;
    CHECK(line.report(id, EventKind::endangered, true).has_value());
    const auto rows = line.queue("labour");
    CHECK(rows[0].complaint == id);
    CHECK(rows[0].priority == Priority::critical);
    CHECK_FALSE(rows[0].demoted);
    CHECK(line.events("labour").back().fact == "critical");
    // What it was when it came in stays so in the figures.
    CHECK(line.counts({"priority"})[0].key == std::vector<std::string>{"high"});
    CHECK(line.counts({"priority"})[1].key == std::vector<std::string>{"normal"});
}

TEST_CASE_TEMPLATE("danger wakes a resolved case, a message does not", Line, FakeLine, SqliteLine) {
    Line line;
    const ComplaintId id = line.file({})->complaint;
    line.resolve(1, line.staff("labour"), 10);
    CHECK(line.report(id, EventKind::messaged).has_value());
    CHECK(line.queue("labour", CaseState::resolved).size() == 1);
    CHECK(line.counts({"outcome"})[0].key == std::vector<std::string>{"assisted"});
    CHECK(line.report(id, EventKind::endangered, true).has_value());
    REQUIRE(line.queue("labour").size() == 1);
    CHECK(line.queue("labour")[0].claimed_by.empty());
    REQUIRE(line.counts({"outcome"}).size() == 1);
    CHECK(line.counts({"outcome"})[0].key == std::vector<std::string>{""});
}

TEST_CASE_TEMPLATE("danger opens a case for the police, once", Line, FakeLine, SqliteLine) {
    Line line;
    const ComplaintId id = line.file({.at = 3})->complaint;
    CHECK(line.report(id, EventKind::duress, true, {"police"}, 60).has_value());
    REQUIRE(line.queue("police").size() == 1);
    const CaseSummary opened = line.queue("police")[0];
    CHECK(opened.complaint == id);
    CHECK_FALSE(opened.primary);
    CHECK(opened.priority == Priority::critical);
    CHECK(opened.received_at == 3);
    // Who opens it must know at once why it is here, and not to call back openly.
    CHECK(opened.alerts == alert_duress);
    const Actor police = line.staff("police");
    const auto view = *line.open(opened.id, police);
    CHECK(
        line.text_for(police, view.key, complaint_context(id), view.sealed) ==
        "they hold our passports"
    );
    REQUIRE(view.events.size() == 3);
    CHECK(view.events[0].kind == EventKind::filed);
    CHECK(view.events[1].kind == EventKind::duress);
    CHECK(
        line.text_for(
            police, view.key, event_context(id, EventKind::duress), view.events[1].sealed
        ) == "come quickly"
    );
    CHECK(line.report(id, EventKind::endangered, true, {"police"}, 70).has_value());
    CHECK(line.queue("police").size() == 1);
    CHECK(line.queue("police")[0].alerts == (alert_duress | alert_message));
    CHECK(line.counts({})[0].complaints == 1);
}

TEST_CASE_TEMPLATE("a report on no complaint is refused", Line, FakeLine, SqliteLine) {
    Line line;
    const Report nowhere{99, EventKind::messaged, "x", 0, false, {}};
    CHECK(line.ask(&Store::report, nowhere).error().code == Errc::not_found);
}

TEST_CASE_TEMPLATE(
    "a held case is not erased, and is again once unheld", Line, FakeLine, SqliteLine
) {
    Line line;
    const ComplaintId id = line.file({.agencies = {"labour", "police"}})->complaint;
    const Actor me = line.staff("police", "supervisor");
    CHECK(line.step(2, EventKind::unheld, 1, me).error().code == Errc::conflict);
    REQUIRE(line.step(2, EventKind::held, 1, me).has_value());
    CHECK(line.step(2, EventKind::held, 2, me).error().code == Errc::conflict);
    CHECK(line.open(2, me)->held);
    CHECK(line.erase(id).error().code == Errc::conflict);
    CHECK_FALSE(line.open(2, me)->erased);
    line.reopen();
    CHECK(line.erase(id).error().code == Errc::conflict);
    REQUIRE(line.step(2, EventKind::unheld, 2, me).has_value());
    CHECK(line.erase(id).has_value());
}

TEST_CASE_TEMPLATE(
    "erasing destroys content, keys, receipt and marks; events and figures stay",
    Line,
    FakeLine,
    SqliteLine
) {
    Line line;
    const std::string phone(16, 'p');
    const ComplaintId id = line.file({.marks = phone, .key = "k", .pending = true})->complaint;
    (void)*line.file({.marks = phone});
    (void)*line.ask(&Store::index_marks, 10);
    const Actor me = line.staff("labour");
    line.resolve(1, me, 10);
    const auto version = line.store().queue_version("labour");
    CHECK(*line.erase(id) == id);
    CHECK(line.store().queue_version("labour") == version + 1);

    const auto view = line.open(1, me);
    REQUIRE(view.has_value());
    CHECK(view->erased);
    CHECK(view->sealed.empty());
    CHECK(view->key.wrapped.empty());
    CHECK(view->outcome == "assisted");
    CHECK(count_of(view->events, EventKind::filed) == 1);
    CHECK(count_of(view->events, EventKind::resolved) == 1);
    CHECK(line.open(1, line.overseer())->key.wrapped.empty());
    CHECK(line.ask(&Store::case_key, 1, me).error().code == Errc::conflict);
    CHECK(line.open(2, me)->linked.empty());

    const auto receipt = *line.ask(&Store::find_receipt, id);
    CHECK(receipt.erased);
    CHECK(receipt.receipt.check.empty());
    CHECK(receipt.receipt.key.empty());
    CHECK(line.ask(&Store::pending_receipts, 10)->empty());
    CHECK(line.ask(&Store::open_complaint, id, 40).error().code == Errc::not_found);
    CHECK(line.counts({})[0].complaints == 2);
    CHECK(line.counts({"outcome"})[1].key == std::vector<std::string>{"assisted"});
    CHECK(line.ask(&Store::case_times, 0, 100)->size() == 2);
    CHECK(line.erase(id).error().code == Errc::not_found);
    CHECK(line.erase(99).error().code == Errc::not_found);
    // The sealed answer held the receipt: it is gone as well, so the key is as good as new.
    CHECK_FALSE(line.file({.key = "k"})->replayed);
}

TEST_CASE_TEMPLATE("nothing brings an erased complaint's key back", Line, FakeLine, SqliteLine) {
    Line line;
    const ComplaintId id = line.file({})->complaint;
    CHECK(line.erase(id).has_value());
    // A session opened before still has the data key and may ask for the police.
    const auto late = line.report(id, EventKind::endangered, true, {"police"});
    CHECK(late.error().code == Errc::not_found);
    CHECK(line.queue("police").empty());
    line.reopen();
    CHECK(line.open(1, line.staff("labour"))->erased);
}

TEST_CASE_TEMPLATE(
    "a complaint is due when its last case was resolved", Line, FakeLine, SqliteLine
) {
    Line line;
    const ComplaintId both = line.file({.agencies = {"labour", "police"}})->complaint;
    const ComplaintId one = line.file({})->complaint;
    const Actor me = line.staff("labour", "supervisor");
    const Actor police = line.staff("police");
    line.resolve(1, me, 100);
    line.resolve(3, me, 100, "unfounded");
    CHECK(line.due(1000).empty()); // the police still work on it
    line.resolve(2, police, 500, "referred");
    CHECK(line.due(500).empty());
    CHECK(line.due(501) == std::vector<ComplaintId>{both});
    CHECK(line.due(1000, "unfounded") == std::vector<ComplaintId>{one});
    CHECK(line.due(1000, "referred").empty()); // not of the primary case
    (void)*line.step(1, EventKind::held, line.open(1, me)->summary.version, me);
    CHECK(line.due(1000).empty());
    (void)*line.step(1, EventKind::unheld, line.open(1, me)->summary.version, me);
    CHECK(line.due(1000).size() == 1);
    CHECK(line.erase(both).has_value());
    CHECK(line.due(1000).empty());
}

TEST_CASE_TEMPLATE(
    "a case resolved again is due after the second time", Line, FakeLine, SqliteLine
) {
    Line line;
    (void)*line.file({});
    const Actor me = line.staff("labour");
    line.resolve(1, me, 100);
    (void)*line.step(1, EventKind::reopened, line.open(1, me)->summary.version, me, 200);
    line.resolve(1, me, 5000);
    CHECK(line.due(1000).empty());
    CHECK(line.due(5001).size() == 1);
}

TEST_CASE_TEMPLATE("the schedule spares a case that was woken", Line, FakeLine, SqliteLine) {
    Line line;
    const ComplaintId id = line.file({})->complaint;
    line.resolve(1, line.staff("labour"), 100);
    REQUIRE(line.due(1000).size() == 1);
    (void)*line.report(id, EventKind::endangered, true); // between the list and the erasure
    CHECK(line.erase(id, "schedule").error().code == Errc::conflict);
    CHECK_FALSE(line.open(1, line.staff("labour"))->erased);
    line.resolve(1, line.staff("labour"), 200);
    CHECK(line.erase(id, "schedule").has_value());
}

TEST_CASE_TEMPLATE("no more are due at once than asked for", Line, FakeLine, SqliteLine) {
    Line line;
    const Actor me = line.staff("labour");
    for (CaseId id = 1; id <= 3; ++id) {
        (void)*line.file({});
        line.resolve(id, me, 10);
    }
    CHECK(line.due(100, "assisted", 2) == std::vector<ComplaintId>{1, 2});
}
