// Holds a database against its own trail: every event against the signed tree, and every row of
// every table against what the events say it must be. What is checked, and how, is written down in
// trail/AUDIT_FORMAT.md; tests/verifier/verify.py does the same from that text alone.
#pragma once

#include "config/fault.hpp"
#include "storage/trail/note.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace saiduan {

struct AuditSubject {
    std::string database;
    // The log's key, and the witnesses' whose cosignatures the checkpoint may carry.
    std::vector<VerifierKey> keys;
    // The note kept beside the database; nothing: there is none. To be read before audit() is
    // called: a server that is running may replace it at any time, and only by a newer one.
    std::optional<std::string> beside;
    // A note that somebody outside has kept.
    std::optional<std::string> published;
    // Called now and then with what is being read and how far it is.
    std::function<void(std::string_view what, std::uint64_t done, std::uint64_t total)> progress =
        [](std::string_view, std::uint64_t, std::uint64_t) {};
};

struct AuditReport {
    static constexpr std::size_t findings_max = 20;

    std::vector<std::string> findings; // a sentence each, the first ones; empty: all is well
    std::uint64_t more = 0;            // findings beyond these
    std::uint64_t events = 0;
    std::uint64_t unsigned_events = 0; // after the last signed checkpoint: not yet signed
    std::uint64_t rows = 0;            // of other tables, compared with the events
    // False when the trail itself is broken: then there is nothing to compare the tables with.
    bool tables_compared = false;
};

// Reads one consistent state, changes nothing, takes no lock that a running server would feel.
// Memory grows with keys, epochs, erasures and statistics, not with events or complaints. Errors:
// not_found when there is no database or it cannot be opened; what is wrong inside is a finding.
// Blocks: a million events take some seconds. Any thread.
[[nodiscard]] Result<AuditReport> audit(const AuditSubject& subject);

} // namespace saiduan
