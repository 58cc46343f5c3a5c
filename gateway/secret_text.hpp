// Bearer secrets: made here, stored only as digests. Thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace saiduan {

// 256 random bits as text behind a prefix that says what it is.
[[nodiscard]] std::string new_secret(std::string_view prefix);

// BLAKE2b-256, 32 bytes. The secrets are random: no slow hash is needed.
[[nodiscard]] std::string digest(std::string_view bytes);

} // namespace saiduan
