// Marks: keyed hashes by which the same telephone or name is recognised again without being
// stored. They compare equal or not and say nothing without the key. Pure and thread-safe.
#pragma once

#include "storage/vault/secret.hpp"

#include <string>
#include <string_view>

namespace saiduan {

inline constexpr std::size_t mark_size = 16;

// `e164` as the phone rules left it. Empty for empty.
[[nodiscard]] std::string phone_mark(const Key& key, std::string_view e164);

// The mark of comparable_name(). Empty when nothing of the name is left.
[[nodiscard]] std::string name_mark(const Key& key, std::string_view name);

// A name as it is compared: NFKC case-folded without invisible marks, digits of every script as
// ASCII, leading titles of Thai, Burmese and English dropped, then letters and digits only, so that
// blanks and punctuation do not tell two spellings apart. Different transcriptions stay different.
// Marks on disk depend on this form: changing it forgets them.
[[nodiscard]] std::string comparable_name(std::string_view name);

} // namespace saiduan
