// What a step does to a case: the rules of claim, release, contact, note, reply, resolve, reopen
// and hold, and of what the reporter adds. Pure; every engine of the store uses it, and the auditor
// replays a trail with it.
#pragma once

#include "storage/cases.hpp"

namespace saiduan {

// A case as the engines keep it. The times are the first of their kind and never restart.
struct CaseRow {
    CaseSummary summary;
    TokenId holder = 0; // who has claimed it; 0: nobody
    std::optional<UnixMs> claimed_at, contacted_at, resolved_at;
    std::string outcome; // of the last resolution; empty while open
    bool held = false;   // legal hold: not to be erased
};

// What moves a case, from whichever side; also as read back from the trail.
struct Move {
    EventKind kind = EventKind::claimed;
    UnixMs at = 0;
    TokenId holder = 0;  // of a claim
    std::string outcome; // of a resolution
    bool critical = false;
};

// The case after a move that is allowed, its version one higher; a reading changes nothing.
[[nodiscard]] CaseRow advance(CaseRow row, const Move& move);

// The case after the step. Errors: not_found (another agency's case), conflict (the state forbids
// it), stale (another version). A claim of a claimed case is a conflict whatever its version: who
// lost the race wants to hear that, not that he is late.
[[nodiscard]] Result<CaseRow> apply(const CaseRow& row, const Step& step);

// The case after what the reporter added; nobody can forbid him.
[[nodiscard]] CaseRow apply(const CaseRow& row, const Report& report);

// The event's `fact` of a move and back, so that a trail can be replayed: the holder's number of a
// claim, the outcome of a resolution, "critical" when the reporter's words raise the case.
[[nodiscard]] std::string fact_of(const Move& move);
[[nodiscard]] Move move_of(EventKind kind, UnixMs at, const std::string& fact);

} // namespace saiduan
