// Telephone numbers in what people write. Pure; thread-safe (libphonenumber's tables are const).
#pragma once

#include "triage/assessment.hpp"

#include <string_view>
#include <vector>

namespace saiduan {

inline constexpr std::size_t phones_max = 20; // reported of one complaint

// One number as written in a form. Short codes (`short_codes`, e.g. "1300") are kept as such; the
// default region is TH, then the neighbours. Invalid numbers are reported, never refused.
[[nodiscard]] PhoneNumber
read_phone(std::string_view raw, const std::vector<std::string>& short_codes);

// Numbers inside a normalised text: valid ones, and runs of 8 to 15 digits that look like one.
[[nodiscard]] std::vector<PhoneNumber>
find_phones(std::string_view normalised, const std::vector<std::string>& short_codes);

} // namespace saiduan
