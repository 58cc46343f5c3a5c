// Keys outside the program: the server's key in a file, an agency's recovery key on paper.
// Used at start and by the command line. Thread-safe.
#pragma once

#include "config/fault.hpp"
#include "storage/vault/secret.hpp"

#include <filesystem>
#include <string_view>

namespace saiduan {

// One line: "saiduan-key-v1 " and 43 characters of unpadded base64url. Errors: invalid.
[[nodiscard]] SecretText key_file_text(const Key& key);
[[nodiscard]] Result<Key> parse_key_file(std::string_view text);

// Errors: not_found when there is no such file; forbidden when it is a link, not a regular file,
// another user's, or open to group or others; invalid when malformed; unavailable when unreadable.
[[nodiscard]] Result<LockedKey> read_key_file(const std::filesystem::path& path);

// A new random key, on the disk (file and folder) before this returns, readable by its owner alone.
// Never replaces a file. Errors: conflict when something is there; unavailable when it cannot be
// written, in which case nothing is left behind.
[[nodiscard]] Result<LockedKey> create_key_file(const std::filesystem::path& path);

// An X25519 secret for printing: "SRK1" and 14 groups of four in Crockford's base32 (no I, L, O,
// U), of which the last 24 bits are a check.
[[nodiscard]] SecretText recovery_text(const Key& secret);

// Forgives case, blanks, hyphens, O for 0 and I or L for 1. Errors: invalid, telling apart what is
// no recovery key, what is too long or short, and what holds a typing mistake (missed once in 16
// million).
[[nodiscard]] Result<Key> parse_recovery(std::string_view text);

} // namespace saiduan
