#include "storage/vault/marks.hpp"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <vector>

namespace saiduan {

namespace {

// Whole words before a name, case-folded.
constexpr std::array titles{
    u"mr",
    u"mrs",
    u"ms",
    u"miss",
    u"mister",
    u"madam",
    u"dr",
    u"khun",
    u"u",
    u"daw",
};
// Written before a name without a blank, the longer of two with a common beginning first.
constexpr std::array joined_titles{u"นางสาว", u"นาง", u"นาย", u"คุณ", u"ဦး", u"ဒေါ်"};
constexpr std::int32_t shortest_name = 2; // UTF-16 units that must remain after a joined title

icu::UnicodeString folded(std::string_view name) {
    UErrorCode error = U_ZERO_ERROR;
    const icu::Normalizer2* fold = icu::Normalizer2::getNFKCCasefoldInstance(error);
    assert(U_SUCCESS(error));
    const auto size = static_cast<std::int32_t>(name.size());
    auto out = fold->normalize(icu::UnicodeString::fromUTF8({name.data(), size}), error);
    assert(U_SUCCESS(error));
    return out;
}

// Runs of letters, marks and digits.
std::vector<icu::UnicodeString> words_of(const icu::UnicodeString& text) {
    std::vector<icu::UnicodeString> words;
    bool inside = false;
    for (std::int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
        const UChar32 c = text.char32At(i);
        const bool part = (U_GET_GC_MASK(c) & (U_GC_L_MASK | U_GC_M_MASK | U_GC_ND_MASK)) != 0;
        if (part && !inside)
            words.emplace_back();
        inside = part;
        if (part)
            words.back().append(u_isdigit(c) ? UChar32{'0' + u_charDigitValue(c)} : c);
    }
    return words;
}

// A title, or one letter of a Thai abbreviation such as น.ส. or ด.ช.
bool is_title(const icu::UnicodeString& word) {
    if (word.length() == 1 && word[0] >= 0x0E01 && word[0] <= 0x0E2E)
        return true;
    return std::any_of(titles.begin(), titles.end(), [&](const char16_t* title) {
        return word == icu::UnicodeString(title);
    });
}

void drop_joined_title(icu::UnicodeString& name) {
    for (const char16_t* each : joined_titles) {
        const icu::UnicodeString title(each);
        if (name.startsWith(title) && name.length() >= title.length() + shortest_name) {
            name.remove(0, title.length());
            return;
        }
    }
}

std::string mark(const Key& key, std::string_view label, std::string_view value) {
    return value.empty() ? std::string() : keyed_hash(key, label, value).substr(0, mark_size);
}

} // namespace

std::string comparable_name(std::string_view name) {
    const auto words = words_of(folded(name));
    std::size_t first = 0;
    while (first + 1 < words.size() && is_title(words[first]))
        ++first;
    icu::UnicodeString joined;
    for (; first < words.size(); ++first)
        joined += words[first];
    drop_joined_title(joined);
    std::string out;
    joined.toUTF8String(out);
    return out;
}

std::string phone_mark(const Key& key, std::string_view e164) {
    return mark(key, "phone mark", e164);
}

std::string name_mark(const Key& key, std::string_view name) {
    return mark(key, "name mark", comparable_name(name));
}

} // namespace saiduan
