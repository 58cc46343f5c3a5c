#include "storage/steps.hpp"

#include <cstdlib>

namespace saiduan {
namespace {

constexpr std::string_view critical_fact = "critical";

std::string held_by(const CaseRow& row) {
    return row.summary.claimed_by.empty() ? "nobody" : row.summary.claimed_by;
}

// Nothing when the state allows the step.
std::optional<Fault> forbidden(const CaseRow& row, const Step& step) {
    const CaseState state = row.summary.state;
    const bool holds = state == CaseState::claimed && row.holder == step.actor.token;
    const bool supervises = step.actor.role == "supervisor";
    switch (step.kind) {
    case EventKind::claimed:
        if (state == CaseState::claimed)
            return Fault{Errc::conflict, "already claimed by " + held_by(row)};
        if (state == CaseState::resolved)
            return Fault{Errc::conflict, "already resolved; reopen it first"};
        return std::nullopt;
    case EventKind::noted:
        return std::nullopt;
    case EventKind::reopened:
        if (state != CaseState::resolved)
            return Fault{Errc::conflict, "only a resolved case can be reopened"};
        return std::nullopt;
    case EventKind::released:
        if (!holds && !(supervises && state == CaseState::claimed))
            return Fault{Errc::conflict, "claimed by " + held_by(row) + ", not by you"};
        return std::nullopt;
    case EventKind::contacted:
    case EventKind::replied:
    case EventKind::resolved:
        if (!holds)
            return Fault{Errc::conflict, "claim the case first; it is held by " + held_by(row)};
        return std::nullopt;
    case EventKind::held:
    case EventKind::unheld:
        if (row.held == (step.kind == EventKind::held))
            return Fault{Errc::conflict, row.held ? "is on hold already" : "is not on hold"};
        return std::nullopt;
    default:
        return Fault{Errc::conflict, "not a step"};
    }
}

void set_first(std::optional<UnixMs>& time, UnixMs at) {
    if (!time)
        time = at;
}

void hand_back(CaseRow& row) {
    row.summary.state = CaseState::waiting;
    row.summary.claimed_by.clear();
    row.holder = 0;
}

// In danger now: above everything, whoever flooded, and never left among the resolved.
void raise(CaseRow& row) {
    row.summary.priority = Priority::critical;
    row.summary.demoted = false;
    if (row.summary.state != CaseState::resolved)
        return;
    hand_back(row);
    row.outcome.clear();
}

} // namespace

CaseRow advance(CaseRow row, const Move& move) {
    if (move.critical)
        raise(row);
    int& alerts = row.summary.alerts;
    switch (move.kind) {
    case EventKind::claimed:
        row.summary.state = CaseState::claimed;
        row.holder = move.holder;
        set_first(row.claimed_at, move.at);
        break;
    case EventKind::released:
        hand_back(row);
        break;
    case EventKind::contacted:
    case EventKind::replied:
        set_first(row.contacted_at, move.at);
        alerts &= ~alert_message;
        break;
    case EventKind::resolved:
        row.summary.state = CaseState::resolved;
        row.outcome = move.outcome;
        set_first(row.resolved_at, move.at);
        break;
    case EventKind::reopened:
        hand_back(row);
        row.outcome.clear();
        break;
    case EventKind::held:
    case EventKind::unheld:
        row.held = move.kind == EventKind::held;
        break;
    case EventKind::messaged:
    case EventKind::located:
    case EventKind::endangered:
        alerts |= alert_message;
        break;
    case EventKind::withdrawn:
        alerts |= alert_withdrawn;
        break;
    case EventKind::duress:
        alerts |= alert_duress;
        break;
    case EventKind::noted:
        break;
    default: // a reading, and what concerns no single case
        return row;
    }
    ++row.summary.version;
    return row;
}

Result<CaseRow> apply(const CaseRow& row, const Step& step) {
    if (row.summary.agency != step.actor.agency)
        return Fault{Errc::not_found, "no such case"};
    const bool current = row.summary.version == step.version;
    const std::optional<Fault> refusal = forbidden(row, step);
    if (refusal && (current || step.kind == EventKind::claimed))
        return *refusal;
    if (!current)
        return Fault{
            Errc::stale, "the case is at version " + std::to_string(row.summary.version) + " now"
        };
    CaseRow moved = advance(row, {step.kind, step.at, step.actor.token, step.outcome, false});
    if (step.kind == EventKind::claimed)
        moved.summary.claimed_by = step.actor.label;
    return moved;
}

CaseRow apply(const CaseRow& row, const Report& report) {
    return advance(row, {report.kind, report.at, 0, "", report.critical});
}

std::string fact_of(const Move& move) {
    if (move.kind == EventKind::claimed)
        return std::to_string(move.holder);
    if (move.kind == EventKind::resolved)
        return move.outcome;
    return move.critical ? std::string{critical_fact} : "";
}

Move move_of(EventKind kind, UnixMs at, const std::string& fact) {
    Move move{kind, at, 0, "", false};
    if (kind == EventKind::claimed)
        move.holder = std::strtoll(fact.c_str(), nullptr, 10);
    else if (kind == EventKind::resolved)
        move.outcome = fact;
    else
        move.critical = fact == critical_fact;
    return move;
}

} // namespace saiduan
