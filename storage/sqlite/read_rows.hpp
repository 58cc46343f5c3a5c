// Reading the rows of complaints, cases and events; see rows.hpp for most of it.
#pragma once

#include "storage/sqlite/rows.hpp"

namespace saiduan::rows {

inline constexpr std::size_t mark_bytes = 16; // vault/marks.hpp

// A complaint's clear part as its digest needs it.
struct StoredClear {
    UnixMs received_at = 0;
    Clear clear; // without categories, which stay as stored
    std::string categories;
    std::int64_t shred = 0; // its row
    std::string sealed;     // digest of the sealed part
    std::string marks;
    bool erased = false;
};
[[nodiscard]] std::optional<StoredClear> read_clear(Connection& db, ComplaintId id);

} // namespace saiduan::rows
