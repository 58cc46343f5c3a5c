// The idempotency keys in use, found in memory: an index on random keys would cost the intake path
// several times over. What a batch changes counts at once and is undone with it. Writer's thread.
#pragma once

#include "storage/cases.hpp"

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace saiduan {

struct UsedKey {
    std::int64_t row = 0;
    std::string fingerprint;
    ComplaintId complaint = 0;
    UnixMs created_at = 0;
};

class UsedKeys {
public:
    // A key that is in the table already.
    void load(std::string mark, UsedKey key) { stored_[std::move(mark)] = std::move(key); }

    // Valid until the next change.
    [[nodiscard]] const UsedKey* find(const std::string& mark) const;
    void add(const std::string& mark, UsedKey key) { change(mark, std::move(key)); }
    void forget_of(ComplaintId complaint);
    // Forgets at most `limit` keys of batches before this one; returns their rows.
    [[nodiscard]] std::vector<std::int64_t> forget_older_than(UnixMs limit_at, std::size_t limit);

    // A batch's life.
    void job_begins() { job_ = changes_.size(); }
    void job_undone();
    void committed();
    void undone();

private:
    void change(const std::string& mark, std::optional<UsedKey> key);

    std::unordered_map<std::string, UsedKey> stored_;                     // by mark
    std::vector<std::pair<std::string, std::optional<UsedKey>>> changes_; // nothing: forgotten
    std::unordered_map<std::string, std::size_t> newest_;                 // change of a mark
    std::size_t job_ = 0; // changes before the job under way
};

} // namespace saiduan
