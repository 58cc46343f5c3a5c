// Facts to queue, notified agencies and priority (domain.md §2). Pure.
#pragma once

#include "triage/facts.hpp"

namespace saiduan {

// Sets queue, notified, priority, review and the reasons for them. `fallback` is the queue for
// what nobody recognises; `exclude` agencies get nothing.
void route(
    const Facts& facts,
    const std::string& fallback,
    const std::vector<std::string>& exclude,
    Assessment& out
);

} // namespace saiduan
