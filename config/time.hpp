// Time as a value: milliseconds since 1970-01-01 UTC, and where it comes from. Thread-safe.
#pragma once

#include "config/fault.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace saiduan {

using UnixMs = std::int64_t; // milliseconds since 1970-01-01T00:00:00Z

// The only source of "now" (design.md §7: tests never sleep).
class Clock {
public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual UnixMs now() const = 0;
};

class SystemClock final : public Clock {
public:
    [[nodiscard]] UnixMs now() const override;
};

// RFC 3339 in UTC with milliseconds: 2026-11-24T01:02:03.004Z. Years 1970 to 9999.
[[nodiscard]] std::string to_rfc3339(UnixMs time);

// Accepts any RFC 3339 offset and 0 to 9 fraction digits. Errors: invalid, with the form expected.
[[nodiscard]] Result<UnixMs> parse_rfc3339(std::string_view text);

} // namespace saiduan
