// Text as people type it, to text that phrases can be found in. Pure.
#pragma once

#include <string>
#include <string_view>

namespace saiduan {

// NFC, lower case, digits of every script as ASCII, no zero-width characters or soft hyphens, one
// space for any run of blanks, and none between letters of Thai, Lao, Burmese or Khmer, which do
// not space words. What keyboards spell in two ways (sara am, "แ", Lao "ຫຼ", "ໜ" and "ໝ", Khmer
// "give") in one of them, Han characters as simplified ones, curly quotes and long dashes as ASCII.
// `text` must be valid UTF-8; ill-formed bytes become U+FFFD.
[[nodiscard]] std::string normalise(std::string_view text);

// BCP 47: by script for Thai, Burmese, Khmer, Lao and Chinese; Vietnamese or English by CLD2 for
// Latin letters; "und" when there is too little to tell.
[[nodiscard]] std::string detect_language(std::string_view normalised);

} // namespace saiduan
