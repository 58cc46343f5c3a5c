#include "storage/steps.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace saiduan;

namespace {

const Actor me{7, "me", "labour", "dispatcher", false};
const Actor other{8, "other", "labour", "dispatcher", false};
const Actor supervisor{9, "boss", "labour", "supervisor", false};
const Actor overseer{10, "eye", "oversight", "auditor", true};

CaseRow waiting() {
    CaseRow row;
    row.summary.id = 1;
    row.summary.complaint = 3;
    row.summary.agency = "labour";
    row.summary.received_at = 1000;
    return row;
}

Step step_of(
    const CaseRow& row,
    EventKind kind,
    const Actor& who = me,
    UnixMs at = 2000,
    std::string out = ""
) {
    return {row.summary.id, kind, row.summary.version, who, "", std::move(out), at};
}

CaseRow after(
    const CaseRow& row,
    EventKind kind,
    const Actor& who = me,
    UnixMs at = 2000,
    std::string out = ""
) {
    return apply(row, step_of(row, kind, who, at, std::move(out))).value();
}

Errc refusal(const CaseRow& row, EventKind kind, const Actor& who = me) {
    const auto moved = apply(row, step_of(row, kind, who));
    REQUIRE(moved.has_error());
    return moved.error().code;
}

CaseRow told(const CaseRow& row, EventKind kind, bool critical = false) {
    return apply(row, Report{row.summary.complaint, kind, "", 2000, critical, {}});
}

CaseRow claimed() {
    return after(waiting(), EventKind::claimed);
}

CaseRow resolved() {
    return after(claimed(), EventKind::resolved, me, 3000, "assisted");
}

// Everything that a trail can tell; the holder's label stands in his token's row.
void check_same(CaseRow a, const CaseRow& b) {
    CHECK(a.summary.state == b.summary.state);
    CHECK(a.summary.priority == b.summary.priority);
    CHECK(a.summary.demoted == b.summary.demoted);
    CHECK(a.summary.alerts == b.summary.alerts);
    CHECK(a.summary.version == b.summary.version);
    CHECK(a.holder == b.holder);
    CHECK(a.claimed_at == b.claimed_at);
    CHECK(a.contacted_at == b.contacted_at);
    CHECK(a.resolved_at == b.resolved_at);
    CHECK(a.outcome == b.outcome);
    CHECK(a.held == b.held);
}

constexpr std::array all_steps{
    EventKind::claimed,
    EventKind::released,
    EventKind::contacted,
    EventKind::noted,
    EventKind::replied,
    EventKind::resolved,
    EventKind::reopened,
    EventKind::held,
    EventKind::unheld
};
constexpr std::array all_reports{
    EventKind::messaged,
    EventKind::located,
    EventKind::withdrawn,
    EventKind::endangered,
    EventKind::duress
};

} // namespace

TEST_CASE("a claim gives the case to the claimer and stops the first clock") {
    const CaseRow row = claimed();
    CHECK(row.summary.state == CaseState::claimed);
    CHECK(row.summary.claimed_by == "me");
    CHECK(row.holder == me.token);
    CHECK(row.claimed_at == 2000);
    CHECK(row.summary.version == 2);
}

TEST_CASE("a claimed or resolved case cannot be claimed, by whatever version") {
    Step late = step_of(claimed(), EventKind::claimed, other);
    late.version = 1;
    CHECK(apply(claimed(), late).error().code == Errc::conflict);
    CHECK(apply(claimed(), late).error().detail.find("me") != std::string::npos);
    CHECK(refusal(resolved(), EventKind::claimed) == Errc::conflict);
}

TEST_CASE("only the holder or a supervisor hands a case back") {
    CHECK(refusal(claimed(), EventKind::released, other) == Errc::conflict);
    CHECK(refusal(waiting(), EventKind::released, supervisor) == Errc::conflict);
    for (const Actor& who : {me, supervisor}) {
        const CaseRow row = after(claimed(), EventKind::released, who);
        CHECK(row.summary.state == CaseState::waiting);
        CHECK(row.summary.claimed_by.empty());
        CHECK(row.holder == 0);
        CHECK(row.claimed_at == 2000);
    }
}

TEST_CASE("contact and reply stop the second clock once and take the message alert away") {
    for (const EventKind kind : {EventKind::contacted, EventKind::replied}) {
        CHECK(refusal(waiting(), kind) == Errc::conflict);
        CHECK(refusal(claimed(), kind, other) == Errc::conflict);
        CHECK(refusal(claimed(), kind, supervisor) == Errc::conflict);
        CaseRow row = told(told(claimed(), EventKind::messaged), EventKind::withdrawn);
        row = after(row, kind, me, 3000);
        CHECK(row.contacted_at == 3000);
        CHECK(row.summary.alerts == alert_withdrawn);
        CHECK(after(row, kind, me, 4000).contacted_at == 3000);
    }
}

TEST_CASE("a resolution keeps its outcome and its first time") {
    CHECK(refusal(waiting(), EventKind::resolved) == Errc::conflict);
    CHECK(refusal(claimed(), EventKind::resolved, supervisor) == Errc::conflict);
    CHECK(resolved().summary.state == CaseState::resolved);
    CHECK(resolved().outcome == "assisted");
    CHECK(resolved().resolved_at == 3000);
    CHECK(refusal(resolved(), EventKind::resolved) == Errc::conflict);
    CHECK(refusal(resolved(), EventKind::released, supervisor) == Errc::conflict);
}

TEST_CASE("a reopened case waits again, without outcome or holder, its clocks untouched") {
    CHECK(refusal(waiting(), EventKind::reopened) == Errc::conflict);
    CHECK(refusal(claimed(), EventKind::reopened) == Errc::conflict);
    const CaseRow row = after(resolved(), EventKind::reopened, other, 4000);
    CHECK(row.summary.state == CaseState::waiting);
    CHECK(row.outcome.empty());
    CHECK(row.holder == 0);
    CHECK(row.claimed_at == 2000);
    CHECK(row.resolved_at == 3000);
}

TEST_CASE("a note changes nothing but the version, in every state") {
    for (const CaseRow& row : {waiting(), claimed(), resolved()}) {
        CaseRow noted = after(row, EventKind::noted, other);
        CHECK(noted.summary.version == row.summary.version + 1);
        --noted.summary.version;
        check_same(noted, row);
    }
}

TEST_CASE("a hold is set and lifted once") {
    const CaseRow held = after(waiting(), EventKind::held);
    CHECK(held.held);
    CHECK(held.summary.state == CaseState::waiting);
    CHECK(refusal(held, EventKind::held) == Errc::conflict);
    CHECK(refusal(waiting(), EventKind::unheld) == Errc::conflict);
    CHECK_FALSE(after(held, EventKind::unheld).held);
}

TEST_CASE("another agency's case is not there, not even for oversight") {
    Actor police = me;
    police.agency = "police";
    for (const EventKind kind : all_steps) {
        CHECK(refusal(waiting(), kind, police) == Errc::not_found);
        CHECK(refusal(waiting(), kind, overseer) == Errc::not_found);
    }
}

TEST_CASE("a step on another version than the current one is stale") {
    for (const EventKind kind : all_steps) {
        if (kind == EventKind::claimed)
            continue; // a lost race is told as such, see above
        Step late = step_of(claimed(), kind);
        late.version = 1;
        CHECK(apply(claimed(), late).error().code == Errc::stale);
    }
    Step early = step_of(waiting(), EventKind::claimed);
    early.version = 2;
    CHECK(apply(waiting(), early).error().code == Errc::stale);
}

TEST_CASE("what is no step is refused") {
    for (const auto& [word, kind] : event_kind_words)
        if (std::find(all_steps.begin(), all_steps.end(), kind) == all_steps.end())
            CHECK(refusal(claimed(), kind) == Errc::conflict);
}

TEST_CASE("what the reporter adds raises its alert and leaves the case where it is") {
    const std::pair<EventKind, int> alerts[] = {
        {EventKind::messaged, alert_message},
        {EventKind::located, alert_message},
        {EventKind::endangered, alert_message},
        {EventKind::withdrawn, alert_withdrawn},
        {EventKind::duress, alert_duress}
    };
    for (const auto& [kind, alert] : alerts)
        for (const CaseRow& row : {waiting(), claimed(), resolved()}) {
            const CaseRow moved = told(row, kind);
            CHECK(moved.summary.alerts == alert);
            CHECK(moved.summary.state == row.summary.state);
            CHECK(moved.summary.priority == row.summary.priority);
            CHECK(moved.summary.version == row.summary.version + 1);
            CHECK(moved.outcome == row.outcome);
        }
}

TEST_CASE("danger makes a case critical and wakes it when it was resolved") {
    for (const EventKind kind : all_reports) {
        CaseRow row = claimed();
        row.summary.demoted = true;
        row = told(row, kind, true);
        CHECK(row.summary.priority == Priority::critical);
        CHECK_FALSE(row.summary.demoted);
        CHECK(row.summary.state == CaseState::claimed); // who has it keeps it
        CHECK(row.holder == me.token);
        row = told(resolved(), kind, true);
        CHECK(row.summary.state == CaseState::waiting);
        CHECK(row.holder == 0);
        CHECK(row.outcome.empty());
        CHECK(row.resolved_at == 3000);
    }
}

TEST_CASE("readings and what concerns no single case change nothing") {
    for (const EventKind kind :
         {EventKind::filed,
          EventKind::read,
          EventKind::visited,
          EventKind::erased,
          EventKind::token_made,
          EventKind::key_used}) {
        check_same(advance(claimed(), {kind, 9000, 99, "x", false}), claimed());
    }
}

TEST_CASE("a move's fact gives the move back") {
    const Move moves[] = {
        {EventKind::claimed, 5, 9'007'199'254'740'993, "", false},
        {EventKind::resolved, 5, 0, "assisted", false},
        {EventKind::resolved, 5, 0, "critical", false},
        {EventKind::endangered, 5, 0, "", true},
        {EventKind::duress, 5, 0, "", true},
        {EventKind::messaged, 5, 0, "", false},
        {EventKind::noted, 5, 0, "", false}
    };
    for (const Move& move : moves) {
        const Move back = move_of(move.kind, move.at, fact_of(move));
        CHECK(back.kind == move.kind);
        CHECK(back.at == move.at);
        CHECK(back.holder == move.holder);
        CHECK(back.outcome == move.outcome);
        CHECK(back.critical == move.critical);
    }
    CHECK(move_of(EventKind::claimed, 0, "no number").holder == 0);
}

TEST_CASE("a trail of facts replays to the same row") {
    struct Told {
        EventKind kind;
        UnixMs at;
        std::string fact;
    };
    std::vector<Told> trail;
    CaseRow row = waiting();
    const auto work = [&](EventKind kind, const Actor& who, UnixMs at, std::string outcome = "") {
        trail.push_back({kind, at, fact_of({kind, at, who.token, outcome, false})});
        row = after(row, kind, who, at, outcome);
    };
    const auto words = [&](EventKind kind, UnixMs at, bool critical) {
        trail.push_back({kind, at, fact_of({kind, at, 0, "", critical})});
        row = apply(row, Report{3, kind, "", at, critical, {}});
    };
    work(EventKind::claimed, me, 1);
    work(EventKind::released, supervisor, 2);
    words(EventKind::messaged, 3, false);
    work(EventKind::claimed, other, 4);
    work(EventKind::noted, me, 5);
    work(EventKind::contacted, other, 6);
    work(EventKind::held, supervisor, 7);
    work(EventKind::resolved, other, 8, "assisted");
    words(EventKind::duress, 9, true); // wakes it
    work(EventKind::claimed, me, 10);
    work(EventKind::replied, me, 11);
    words(EventKind::withdrawn, 12, false);
    work(EventKind::resolved, me, 13, "withdrawn");
    work(EventKind::reopened, supervisor, 14);
    work(EventKind::unheld, supervisor, 15);
    work(EventKind::claimed, other, 16);
    work(EventKind::resolved, other, 17, "referred");

    CaseRow replayed = waiting();
    for (const Told& told : trail)
        replayed = advance(replayed, move_of(told.kind, told.at, told.fact));
    check_same(replayed, row);
    CHECK(row.summary.version == static_cast<std::int64_t>(trail.size()) + 1);
    CHECK(row.outcome == "referred");
    CHECK(row.claimed_at == 1);
    CHECK(row.resolved_at == 8);
}
