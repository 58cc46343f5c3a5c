// What a leaf of the trail is. The trail can never forget, so no leaf holds personal data: it
// commits to an event whose bytes and salt the database keeps, and may one day erase. The formats
// are in AUDIT_FORMAT.md. Pure; any thread.
#pragma once

#include "config/fault.hpp"
#include "storage/trail/hash.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace saiduan {

inline constexpr std::size_t salt_bytes = 32;
inline constexpr std::size_t leaf_entry_bytes = 51;
inline constexpr std::size_t event_field_bytes_max = 0xffff'ffff; // a field's length is 32 bits
inline constexpr unsigned char leaf_entry_version = 1;

// One event as the database keeps it.
struct TrailEvent {
    std::uint64_t seq = 0;  // from 1; its leaf's index is seq - 1
    std::int64_t at_ms = 0; // Unix time
    std::uint16_t kind = 0;
    std::uint64_t case_id = 0, complaint = 0, agency = 0; // 0: none
    std::string actor;
    std::string fact;
    std::string sealed;
};

// Everything of the event, in one way only: no two events have the same bytes.
// Asserts event_field_bytes_max.
[[nodiscard]] std::string event_bytes(const TrailEvent& event);

// SHA-256 of 0x02, the salt and the event's bytes. Without the salt, which must be random and
// secret, nobody can tell from it what the event was, or try out what it might have been.
// Asserts a salt of salt_bytes.
[[nodiscard]] Hash commitment(std::string_view salt, std::string_view event);

// What the leaf says openly.
struct LeafEntry {
    std::uint64_t seq = 0;
    std::int64_t at_ms = 0;
    std::uint16_t kind = 0;
    Hash commitment{};

    bool operator==(const LeafEntry&) const = default;

    // The entry itself, leaf_entry_bytes long; leaf_hash (merkle.hpp) of it is the leaf.
    [[nodiscard]] std::string bytes() const;
    // Accepts what bytes() writes and nothing else, and no seq of 0; Errc::malformed otherwise.
    [[nodiscard]] static Result<LeafEntry> parse(std::string_view bytes);
};

// The leaf of an event.
[[nodiscard]] LeafEntry leaf_entry(const TrailEvent& event, std::string_view salt);

} // namespace saiduan
