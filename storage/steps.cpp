#include "storage/steps.hpp"

namespace saiduan {
namespace {

std::string held_by(const CaseRow& row) {
    return row.summary.claimed_by.empty() ? "nobody" : row.summary.claimed_by;
}

// Nothing when the state allows the step.
std::optional<Fault> forbidden(const CaseRow& row, const Step& step) {
    const CaseState state = row.summary.state;
    const bool holds = state == CaseState::claimed && row.holder == step.actor.token;
    const bool may_release = step.actor.role == "supervisor" && state == CaseState::claimed;
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
        if (!holds && !may_release)
            return Fault{Errc::conflict, "claimed by " + held_by(row) + ", not by you"};
        return std::nullopt;
    case EventKind::contacted:
    case EventKind::resolved:
        if (!holds)
            return Fault{Errc::conflict, "claim the case first; it is held by " + held_by(row)};
        return std::nullopt;
    case EventKind::filed:
    case EventKind::read:
        break;
    }
    return Fault{Errc::conflict, "not a step"};
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

} // namespace

Result<CaseRow> apply(CaseRow row, const Step& step) {
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
    ++row.summary.version;
    switch (step.kind) {
    case EventKind::claimed:
        row.summary.state = CaseState::claimed;
        row.summary.claimed_by = step.actor.label;
        row.holder = step.actor.token;
        set_first(row.claimed_at, step.at);
        break;
    case EventKind::released:
        hand_back(row);
        break;
    case EventKind::contacted:
        set_first(row.contacted_at, step.at);
        break;
    case EventKind::resolved:
        row.summary.state = CaseState::resolved;
        row.outcome = step.outcome;
        set_first(row.resolved_at, step.at);
        break;
    case EventKind::reopened:
        hand_back(row);
        row.outcome.clear();
        break;
    case EventKind::filed:
    case EventKind::read:
    case EventKind::noted:
        break;
    }
    return row;
}

} // namespace saiduan
