#include "triage/normalise.hpp"

#include <cld2/public/compact_lang_det.h>
#include <unicode/normalizer2.h>
#include <unicode/translit.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <cstdio> // the CLD2 header needs it and does not say so
#include <memory>

namespace saiduan {
namespace {

bool is_zero_width(UChar32 c) {
    return (c >= 0x200B && c <= 0x200F) || c == 0xFEFF || c == 0x00AD || c == 0x2060;
}

// Scripts without spaces between words.
bool is_unspaced(UChar32 c) {
    return (c >= 0x0E00 && c <= 0x0EFF) || (c >= 0x1000 && c <= 0x109F) ||
           (c >= 0x1780 && c <= 0x17FF);
}

bool is_blank(UChar32 c) {
    return c == ' ' || c == '\t' || c == '\r' || c == 0x00A0 || c == 0x3000;
}

void append(std::string& out, UChar32 c) {
    char bytes[U8_MAX_LENGTH];
    std::int32_t length = 0;
    U8_APPEND_UNSAFE(bytes, length, c);
    out.append(bytes, static_cast<std::size_t>(length));
}

// Keyboards write one Thai or Lao vowel in two ways, the second as two marks that may have a tone
// between them ("น้ำ"), and three Lao consonants too ("ຫລ" for "ຫຼ"). NFC leaves them alone.
// `out` ends before `c`; returns what to append instead of it.
UChar32 one_spelling(std::string& out, UChar32 c) {
    constexpr std::size_t letter = 3; // bytes
    constexpr std::array<std::string_view, 8> tones = {
        "\u0E48", "\u0E49", "\u0E4A", "\u0E4B", "\u0EC8", "\u0EC9", "\u0ECA", "\u0ECB"
    };
    const auto ends_with = [&](std::string_view mark, std::size_t before_end) {
        return out.size() >= letter + before_end &&
               std::string_view{out}.substr(out.size() - letter - before_end, letter) == mark;
    };
    const std::string_view circle = c == 0x0E32 ? "\u0E4D" : "\u0ECD";
    if (c == 0x0E32 || c == 0x0EB2) {
        const bool tone =
            std::any_of(tones.begin(), tones.end(), [&](auto mark) { return ends_with(mark, 0); });
        const std::size_t before_end = tone ? letter : 0;
        if (ends_with(circle, before_end)) {
            out.erase(out.size() - letter - before_end, letter);
            return c + 1; // sara am follows sara aa
        }
    }
    if (c == 0x0EA5 && ends_with("\u0EAB", 0))
        return 0x0EBC;
    const auto instead_of = [&](std::string_view before, UChar32 both) {
        if (!ends_with(before, 0))
            return c;
        out.erase(out.size() - letter);
        return both;
    };
    if (c == 0x0E40 || c == 0x0EC0) // two of them look like the vowel ae
        return instead_of(c == 0x0E40 ? "\u0E40" : "\u0EC0", c + 1);
    if (c == 0x0E99 || c == 0x0EA1) // Lao "ຫນ" and "ຫມ"
        return instead_of("\u0EAB", c == 0x0EA1 ? 0x0EDD : 0x0EDC);
    if (c == 0x17B1) // Khmer "give" is written with either vowel
        return 0x17B2;
    return c;
}

// Telephones write "don’t" for "don't".
UChar32 plain_mark(UChar32 c) {
    if (c == 0x2018 || c == 0x2019)
        return '\'';
    if (c == 0x201C || c == 0x201D)
        return '"';
    return c == 0x2013 || c == 0x2014 ? '-' : c;
}

constexpr UChar32 han_first = 0x4E00, han_last = 0x9FFF;

// Which simplified character each Han character is written as, asked of ICU once.
std::array<char16_t, han_last - han_first + 1> simplified_han() {
    std::array<char16_t, han_last - han_first + 1> out{};
    icu::UnicodeString all;
    for (UChar32 c = han_first; c <= han_last; ++c) {
        out[static_cast<std::size_t>(c - han_first)] = static_cast<char16_t>(c);
        all.append(c).append(UChar32{'\n'}); // apart, since some pairs are rules of their own
    }
    UErrorCode error = U_ZERO_ERROR;
    const std::unique_ptr<icu::Transliterator> to_simplified{
        icu::Transliterator::createInstance("Traditional-Simplified", UTRANS_FORWARD, error)
    };
    if (U_FAILURE(error))
        return out;
    to_simplified->transliterate(all);
    for (std::int32_t i = 0, at = 0; at < all.length() && i < std::ssize(out); ++i) {
        const std::int32_t end = std::max(all.indexOf(UChar32{'\n'}, at), at);
        if (end - at == 1)
            out[static_cast<std::size_t>(i)] = all.charAt(at);
        at = end + 1;
    }
    return out;
}

UChar32 simplified(UChar32 c) {
    static const auto table = simplified_han();
    return c >= han_first && c <= han_last ? table[static_cast<std::size_t>(c - han_first)] : c;
}

std::string to_nfc(std::string_view text) {
    UErrorCode error = U_ZERO_ERROR;
    const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(error);
    const icu::StringPiece piece{text.data(), static_cast<std::int32_t>(text.size())};
    if (U_FAILURE(error) || nfc->isNormalizedUTF8(piece, error))
        return std::string{text};
    std::string out;
    icu::StringByteSink<std::string> sink{&out};
    nfc->normalizeUTF8(0, piece, sink, nullptr, error);
    return U_FAILURE(error) ? std::string{text} : out;
}

} // namespace

std::string normalise(std::string_view text) {
    const std::string nfc = to_nfc(text);
    std::string out;
    out.reserve(nfc.size());
    const char* bytes = nfc.data();
    const auto length = static_cast<std::int32_t>(nfc.size());
    UChar32 last = 0;
    bool blank = false;
    for (std::int32_t i = 0; i < length;) {
        UChar32 c = 0;
        U8_NEXT_OR_FFFD(bytes, i, length, c);
        if (is_zero_width(c))
            continue;
        if (is_blank(c)) {
            blank = true;
            continue;
        }
        if (blank && !out.empty() && !(is_unspaced(last) && is_unspaced(c)))
            out += ' ';
        blank = false;
        if (c < 0x80) {
            out += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
        } else if (const std::int32_t digit = u_charDigitValue(c); digit >= 0) {
            out += static_cast<char>('0' + digit);
        } else {
            append(
                out, is_unspaced(c) ? one_spelling(out, c) : u_tolower(simplified(plain_mark(c)))
            );
        }
        last = c;
    }
    return out;
}

std::string detect_language(std::string_view text) {
    std::size_t th = 0, lo = 0, my = 0, km = 0, han = 0, latin = 0;
    const auto length = static_cast<std::int32_t>(text.size());
    for (std::int32_t i = 0; i < length;) {
        UChar32 c = 0;
        U8_NEXT_OR_FFFD(text.data(), i, length, c);
        if (c < 0x0E00)
            latin += (c >= 'a' && c <= 'z') || (c >= 0x00C0 && c <= 0x024F);
        else if (c <= 0x0E7F)
            ++th;
        else if (c <= 0x0EFF)
            ++lo;
        else if (c >= 0x1000 && c <= 0x109F)
            ++my;
        else if (c >= 0x1780 && c <= 0x17FF)
            ++km;
        else if (c >= 0x1E00 && c <= 0x1EFF)
            ++latin;
        else
            han += c >= han_first && c <= han_last;
    }
    constexpr std::size_t letters_min = 2;
    // A Han character says as much as three letters.
    const std::pair<std::size_t, const char*> counts[] = {
        {th, "th"}, {lo, "lo"}, {my, "my"}, {km, "km"}, {han * 3, "zh"}, {latin, "latin"}
    };
    const auto most = std::max_element(std::begin(counts), std::end(counts));
    if (most->first < letters_min)
        return "und";
    if (most->second != std::string_view{"latin"})
        return most->second;
    bool reliable = false;
    const CLD2::Language language =
        CLD2::DetectLanguage(text.data(), static_cast<int>(text.size()), true, &reliable);
    if (language == CLD2::VIETNAMESE)
        return "vi";
    return language == CLD2::ENGLISH ? "en" : "und";
}

} // namespace saiduan
