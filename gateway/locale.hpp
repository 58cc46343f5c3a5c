// What the program says to a reporter, in his language. Loaded once; const and thread-safe.
#pragma once

#include "config/reader.hpp"

#include <map>
#include <string>

namespace saiduan {

inline constexpr std::string_view locale_texts[] = {
    "received",
    "claimed",
    "contacted",
    "resolved",
    "withdrawn",
    "quiet", // the harmless view of a duress receipt
    "not_yet",
    "danger_done",
    "duress_rule",
    "keep_receipt"
};

class Locales {
public:
    // Reads every <language>.json of the folder. Errors: every text missing or unknown, by file.
    [[nodiscard]] static Result<Locales> load(const std::string& directory);

    // Falls back to English for a language without a file. `key` is one of locale_texts.
    [[nodiscard]] const std::string& text(std::string_view language, std::string_view key) const;

private:
    using Texts = std::map<std::string, std::string, std::less<>>;
    std::map<std::string, Texts, std::less<>> languages_;
};

} // namespace saiduan
