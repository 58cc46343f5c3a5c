#include "triage/lexicon.hpp"

#include "triage/normalise.hpp"

#include <algorithm>
#include <cstring>
#include <tuple>

namespace saiduan {
namespace {

constexpr std::size_t phrases_max = 2000;      // of one concept in one file, as written
constexpr std::size_t phrase_length_max = 600; // characters, as written
constexpr std::size_t variants_max = 2000;     // of one phrase
constexpr std::size_t gap_bytes_max = 90;      // about 30 characters of an unspaced script
constexpr std::string_view gap = "…";
constexpr std::string_view stops[] = {"\n", ". ", "!", "?", "။", "។", "。", "！", "？", "；", ";"};

// Whether text begins with a letter or digit of a script that spaces its words. Burmese is written
// close to a Latin name: "telegramမှာ".
bool is_word(std::string_view text) {
    if (text.empty())
        return false;
    const auto lead = static_cast<unsigned char>(text[0]);
    if (lead < 0x80)
        return (lead >= 'a' && lead <= 'z') || (lead >= '0' && lead <= '9');
    const auto next = static_cast<unsigned char>(text.size() > 1 ? text[1] : '\0');
    return lead < 0xE0 || (lead == 0xE1 && next >= 0xB8 && next <= 0xBB);
}

bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

// The same of the last character before `at`.
bool is_word_before(std::string_view text, std::size_t at) {
    std::size_t last = at;
    while (last > 0 && is_continuation(text[--last]))
        ;
    return last < at && is_word(text.substr(last));
}

// Latin with Vietnamese marks: below U+0300, or U+1E00 to U+1EFF.
bool is_latin(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto lead = static_cast<unsigned char>(text[i]);
        if (lead >= 0xE0 && !(lead == 0xE1 && i + 1 < text.size() &&
                              static_cast<unsigned char>(text[i + 1]) >= 0xB8 &&
                              static_cast<unsigned char>(text[i + 1]) <= 0xBB))
            return false;
        i += lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
    }
    return true;
}

std::string trimmed(const std::string& text) {
    const auto first = text.find_first_not_of(' ');
    if (first == std::string::npos)
        return "";
    return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

// "{he|she} hits" is "he hits" and "she hits"; an alternative may be empty, none has another
// inside. Empty when the braces do not match, or there would be too many.
std::vector<std::string> variants_of(std::string_view written) {
    std::vector<std::string> out{""};
    while (!written.empty()) {
        const std::size_t open = std::min(written.find('{'), written.size());
        const std::size_t close = std::min(written.find('}'), written.size());
        if ((close < open) || (open < written.size()) != (close < written.size()))
            return {};
        for (std::string& variant : out)
            variant += written.substr(0, open);
        if (open == written.size())
            break;
        std::string_view inside = written.substr(open + 1, close - open - 1);
        std::vector<std::string> longer;
        for (bool more = true; more;) {
            const std::size_t bar = inside.find('|');
            more = bar != std::string_view::npos;
            for (const std::string& variant : out)
                longer.push_back(variant + std::string{inside.substr(0, bar)});
            inside.remove_prefix(more ? bar + 1 : inside.size());
            if (longer.size() > variants_max)
                return {};
        }
        if (longer.back().find('{') != std::string::npos)
            return {};
        out = std::move(longer);
        written.remove_prefix(close + 1);
    }
    return out;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// A letter after a digit begins one, too: "15yo".
bool begins_word(std::string_view text, std::size_t at) {
    return !is_word_before(text, at) ||
           (is_digit(text[at - 1]) && at < text.size() && !is_digit(text[at]));
}

bool bounded(std::string_view text, std::size_t begin, std::size_t end) {
    return begins_word(text, begin) && !is_word(text.substr(end));
}

std::size_t first_byte(std::string_view text) {
    return static_cast<unsigned char>(text.front());
}

// Different heads may share it: a head found by it is always compared in full.
std::uint64_t prefix_with(std::uint64_t prefix, char next) {
    constexpr std::uint64_t factor = 0x9E37'79B9'7F4A'7C15; // odd, bits well mixed
    return (prefix ^ static_cast<unsigned char>(next)) * factor;
}

std::uint64_t hash_of(std::string_view bytes) {
    std::uint64_t hash = 0;
    for (const char c : bytes)
        hash = prefix_with(hash, c);
    return hash;
}

// "4 hours" is not in "14 hours", nor "grade 1" in "grade 10".
bool cuts_number(std::string_view text, std::size_t begin, std::size_t end) {
    return (begin > 0 && is_digit(text[begin]) && is_digit(text[begin - 1])) ||
           (end < text.size() && is_digit(text[end - 1]) && is_digit(text[end]));
}

// A letter under another belongs to the same syllable, joined by Khmer coeng or Burmese virama:
// "beat" is not in "mango", which ends in the same letters.
bool cuts_syllable(std::string_view text, std::size_t begin, std::size_t end) {
    for (const std::string_view joint : {"\u17D2", "\u1039"})
        if (text.substr(0, begin).ends_with(joint) || text.substr(end).starts_with(joint))
            return true;
    return false;
}

} // namespace

Lexicon::Lexicon(std::vector<std::string> concepts) : concepts_(std::move(concepts)) {}

std::optional<Fault> Lexicon::add(const std::string& file, const Json& document) {
    std::string language;
    Reader in{document};
    in.require("language");
    in.text("language", language, 2, 8);
    in.require("phrases");
    in.object("phrases", [&](Reader& phrases) {
        for (std::size_t what = 0; what < concepts_.size(); ++what) {
            std::vector<std::string> list;
            phrases.texts(concepts_[what], list, phrases_max, phrase_length_max);
            for (const std::string& written : list) {
                const std::vector<std::string> variants = variants_of(written);
                const bool good =
                    !variants.empty() &&
                    std::all_of(variants.begin(), variants.end(), [&](const std::string& variant) {
                        return add_phrase(Concept{what}, variant);
                    });
                if (!good)
                    phrases.reject(
                        concepts_[what],
                        "format",
                        "has a phrase that is empty or whose braces do not match: \"" + written +
                            "\""
                    );
            }
        }
    });
    return in.finish(file);
}

bool Lexicon::add_phrase(Concept what, const std::string& text) {
    const std::size_t at = text.find(gap);
    Phrase p{what, trimmed(normalise(text.substr(0, at))), "", false, 0};
    if (at != std::string::npos)
        p.tail = trimmed(normalise(text.substr(at + gap.size())));
    if (p.head.empty() || (at != std::string::npos && p.tail.empty()))
        return false;
    p.whole_words = is_latin(p.head);
    p.prefix = hash_of(std::string_view{p.head}.substr(0, prefix_max));
    phrases_.push_back(std::move(p));
    return true;
}

void Lexicon::compile() {
    const auto key = [](const Phrase& p) { return std::tie(p.prefix, p.head, p.tail, p.what); };
    std::sort(phrases_.begin(), phrases_.end(), [&](const Phrase& a, const Phrase& b) {
        return key(a) < key(b);
    });
    const auto same = [&](const Phrase& a, const Phrase& b) { return key(a) == key(b); };
    phrases_.erase(std::unique(phrases_.begin(), phrases_.end(), same), phrases_.end());
    for (std::size_t i = 0; i < phrases_.size(); ++i) {
        const Phrase& p = phrases_[i];
        by_prefix_.try_emplace(p.prefix, Range{i, i}).first->second.last = i + 1;
        maybe_.set(p.prefix >> prefix_shift);
        if (p.head.size() > stem_size)
            stems_.set(hash_of(std::string_view{p.head}.substr(0, stem_size)) >> stem_shift);
        if (!p.whole_words)
            inside_words_.set(first_byte(p.head));
    }
}

std::optional<std::size_t> Lexicon::end_of(
    const Phrase& p, std::string_view text, const Sentences& sentences, std::size_t at
) {
    if (text.compare(at, p.head.size(), p.head) != 0)
        return std::nullopt;
    const std::size_t end = at + p.head.size();
    if (cuts_number(text, at, end) || cuts_syllable(text, at, end) ||
        (p.whole_words && !bounded(text, at, end)))
        return std::nullopt;
    if (p.tail.empty())
        return end;
    const std::size_t limit =
        std::min(sentences.around(at, end).second, end + gap_bytes_max + p.tail.size());
    const std::string_view reach = text.substr(0, limit);
    for (std::size_t tail = reach.find(p.tail, end); tail != std::string_view::npos;
         tail = reach.find(p.tail, tail + 1))
        if (!p.whole_words || bounded(text, tail, tail + p.tail.size()))
            return tail + p.tail.size();
    return std::nullopt;
}

void Lexicon::find_at(
    std::size_t at, std::string_view text, const Sentences& sentences, std::vector<Hit>& out
) const {
    if (!inside_words_[first_byte(text.substr(at))] && !begins_word(text, at))
        return;
    std::uint64_t prefix = 0;
    bool goes_on = true; // beyond the stem, in some phrase
    for (std::size_t length = 1; length <= prefix_max && at + length <= text.size(); ++length) {
        prefix = prefix_with(prefix, text[at + length - 1]);
        if (length == stem_size + 1 && !goes_on)
            return;
        if (length == stem_size)
            goes_on = stems_[prefix >> stem_shift];
        const bool amid_letter = at + length < text.size() && is_continuation(text[at + length]);
        if (amid_letter || !maybe_[prefix >> prefix_shift])
            continue;
        const auto range = by_prefix_.find(prefix);
        if (range == by_prefix_.end())
            continue;
        for (std::size_t i = range->second.first; i < range->second.last; ++i)
            if (const auto end = end_of(phrases_[i], text, sentences, at)) {
                const std::size_t head_end = at + phrases_[i].head.size();
                const std::size_t tail = phrases_[i].tail.size();
                out.push_back({phrases_[i].what, at, *end, head_end, *end - tail});
            }
    }
}

std::vector<Hit> Lexicon::find(std::string_view text, const Sentences& sentences) const {
    std::vector<Hit> out;
    for (std::size_t at = 0; at < text.size(); ++at)
        find_at(at, text, sentences, out);
    std::sort(out.begin(), out.end(), [](const Hit& a, const Hit& b) {
        return std::tie(a.begin, a.end, a.what) < std::tie(b.begin, b.end, b.what);
    });
    return out;
}

Sentences::Sentences(std::string_view text) : length_(text.size()) {
    for (const std::string_view stop : stops)
        for (std::size_t at = text.find(stop); at != std::string_view::npos;
             at = text.find(stop, at + stop.size()))
            stops_.emplace_back(at, at + stop.size());
    std::sort(stops_.begin(), stops_.end());
}

std::pair<std::size_t, std::size_t> Sentences::around(std::size_t begin, std::size_t end) const {
    const auto after = std::lower_bound(stops_.begin(), stops_.end(), std::pair{end, end});
    const auto inside = std::partition_point(stops_.begin(), stops_.end(), [&](const auto& stop) {
        return stop.second <= begin;
    });
    return {
        inside == stops_.begin() ? 0 : std::prev(inside)->second,
        after == stops_.end() ? length_ : after->first
    };
}

} // namespace saiduan
