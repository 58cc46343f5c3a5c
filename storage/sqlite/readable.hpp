// What stood readable in a database from before the vault, for `saiduan upgrade`. Reads only; the
// old file stays as it is. One thread at a time.
#pragma once

#include "storage/cases.hpp"
#include "storage/sqlite/connection.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace saiduan {

struct ReadableComplaint {
    UnixMs received_at = 0;
    Clear clear;
    std::string content, assessment, place; // JSON each
    std::vector<std::string> agencies;      // of its cases, in their order
};

struct ReadableToken {
    std::string hash, label, agency, role;
    UnixMs created_at = 0;
};

struct ReadableEvent {
    CaseId case_id = 0;
    ComplaintId complaint = 0;
    std::string agency;
    EventKind kind = EventKind::filed;
    UnixMs at = 0;
    std::string actor, detail; // a token's label; a JSON object
};

class ReadableRecord {
public:
    // Errors: not_found when nothing readable is in it; unavailable.
    [[nodiscard]] static Result<std::unique_ptr<ReadableRecord>> open(const std::string& path);

    // These throw SqliteError for a broken file.
    [[nodiscard]] std::vector<ReadableToken> tokens();
    [[nodiscard]] std::vector<std::string> agencies(); // that have cases
    [[nodiscard]] std::int64_t event_count();
    // In the order they happened; stops at the first fault of `take` and returns it.
    [[nodiscard]] Result<void>
    each_event(const std::function<Result<void>(const ReadableEvent&)>& take);
    [[nodiscard]] ReadableComplaint complaint(ComplaintId id);

    // Nothing when the sealed database at `path` has the same cases, in the same states with the
    // same times and outcomes, and (when the old one still has them) the same counters; otherwise
    // which one differs.
    [[nodiscard]] std::string difference(const std::string& path);

private:
    explicit ReadableRecord(const std::string& path);

    Connection db_;
    std::string prefix_; // of the tables: "" as they were, "readable_" once set aside
};

// Folds the log beside a database nobody has open into it. Errors: unavailable, also when the log
// is still there.
[[nodiscard]] Result<void> settle_log(const std::string& path);

} // namespace saiduan
