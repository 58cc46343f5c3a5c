// What a step does to a case: the rules of claim, release, contact, note, resolve and reopen.
// Pure; every engine of the store uses it.
#pragma once

#include "storage/store.hpp"

namespace saiduan {

// A case as the engines keep it. The times are the first of their kind and never restart.
struct CaseRow {
    CaseSummary summary;
    TokenId holder = 0; // who has claimed it; 0: nobody
    std::optional<UnixMs> claimed_at, contacted_at, resolved_at;
    std::string outcome; // of the last resolution; empty while open
};

// The case after the step, its version one higher. Errors: not_found (another agency's case),
// conflict (the state forbids it), stale (another version). A claim of a claimed case is a conflict
// whatever its version: who lost the race wants to hear that, not that he is late.
[[nodiscard]] Result<CaseRow> apply(CaseRow row, const Step& step);

} // namespace saiduan
