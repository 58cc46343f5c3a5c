// The few encodings the trail's formats share, each with one spelling per value: what a reader
// accepts here is byte for byte what the writer would have written. Pure; any thread.
#pragma once

#include "config/fault.hpp"
#include "storage/trail/hash.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace saiduan {

// Standard base64 with padding (RFC 4648 §4).
[[nodiscard]] std::string to_base64(std::string_view bytes);
// Nothing for foreign characters, missing padding, or non-zero bits after the last byte.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);
// Base64 of exactly 32 bytes.
[[nodiscard]] std::optional<Hash> hash_from_base64(std::string_view text);

// Decimal digits without sign or leading zeros, 0 to 2^63 - 1 (what SQLite's integers hold).
[[nodiscard]] std::optional<std::uint64_t> from_decimal(std::string_view text);

// Takes the text up to the next \n off `rest`, and the \n; nothing if there is no \n.
[[nodiscard]] std::optional<std::string_view> take_line(std::string_view& rest);
// Takes `prefix` off the front of `text`; false if it is not there.
[[nodiscard]] bool take_prefix(std::string_view& text, std::string_view prefix);

// Big-endian, `width` bytes (1 to 8).
void put_big_endian(std::string& out, std::uint64_t value, unsigned width);
// All of `bytes` (at most 8) as one big-endian number.
[[nodiscard]] std::uint64_t from_big_endian(std::string_view bytes);

[[nodiscard]] inline Fault malformed(std::string detail) {
    return Fault{Errc::malformed, std::move(detail)};
}

} // namespace saiduan
