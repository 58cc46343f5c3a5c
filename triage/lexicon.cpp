#include "triage/lexicon.hpp"

#include "triage/normalise.hpp"

#include <algorithm>
#include <cstring>

namespace saiduan {
namespace {

constexpr std::size_t phrases_max = 2000;      // of one concept in one file
constexpr std::size_t phrase_length_max = 200; // characters
constexpr std::size_t gap_bytes_max = 90;      // about 30 characters of an unspaced script
constexpr std::int64_t set_memory = 256 << 20;
constexpr std::string_view gap = "…";
constexpr std::string_view stops[] = {"\n", ". ", "!", "?", "။", "។", "。", "！", "？", "；", ";"};

bool is_word_byte(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte >= 0x80;
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

bool bounded(std::string_view text, std::size_t begin, std::size_t end) {
    return (begin == 0 || !is_word_byte(text[begin - 1])) &&
           (end >= text.size() || !is_word_byte(text[end]));
}

// string_view::find stops at every first byte, and all letters of Thai begin with the same one.
std::size_t find_from(std::string_view text, std::string_view what, std::size_t from) {
    if (from > text.size())
        return std::string_view::npos;
    const void* at = memmem(text.data() + from, text.size() - from, what.data(), what.size());
    return at ? static_cast<std::size_t>(static_cast<const char*>(at) - text.data())
              : std::string_view::npos;
}

} // namespace

Lexicon::Lexicon(std::vector<std::string> concepts) : concepts_(std::move(concepts)) {
    RE2::Options options;
    options.set_max_mem(set_memory);
    options.set_never_capture(true);
    options.set_dot_nl(true);
    set_ = std::make_unique<RE2::Set>(options, RE2::UNANCHORED);
}

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
                const std::size_t at = written.find(gap);
                Phrase p{Concept{what}, trimmed(normalise(written.substr(0, at))), "", false};
                if (at != std::string::npos)
                    p.tail = trimmed(normalise(written.substr(at + gap.size())));
                if (p.head.empty() || (at != std::string::npos && p.tail.empty())) {
                    phrases.reject(
                        concepts_[what], "format", "has an empty phrase: \"" + written + "\""
                    );
                    continue;
                }
                p.whole_words = is_latin(p.head);
                phrases_.push_back(std::move(p));
            }
        }
    });
    return in.finish(file);
}

std::optional<Fault> Lexicon::compile() {
    for (const Phrase& p : phrases_) {
        // The first part alone is looked for here; where and what follows is checked at the place.
        std::string error;
        if (set_->Add(RE2::QuoteMeta(p.head), &error) < 0)
            return Fault{Errc::invalid, "phrase cannot be compiled: " + error};
    }
    if (!set_->Compile())
        return Fault{Errc::invalid, "the phrases need too much memory"};
    return std::nullopt;
}

void Lexicon::occurrences(
    const Phrase& p, std::string_view text, const Sentences& sentences, std::vector<Hit>& out
) {
    for (std::size_t at = find_from(text, p.head, 0); at != std::string_view::npos;
         at = find_from(text, p.head, at + 1)) {
        std::size_t end = at + p.head.size();
        if (p.whole_words && !bounded(text, at, end))
            continue;
        if (!p.tail.empty()) {
            const std::size_t limit =
                std::min(sentences.around(at, end).second, end + gap_bytes_max + p.tail.size());
            const std::size_t tail = find_from(text.substr(0, limit), p.tail, end);
            if (tail == std::string_view::npos)
                continue;
            if (p.whole_words && !bounded(text, tail, tail + p.tail.size()))
                continue;
            end = tail + p.tail.size();
        }
        out.push_back({p.what, at, end});
    }
}

std::vector<Hit> Lexicon::find(std::string_view text, const Sentences& sentences) const {
    std::vector<int> matched;
    std::vector<Hit> out;
    RE2::Set::ErrorInfo failure{};
    if (!set_->Match({text.data(), text.size()}, &matched, &failure) &&
        failure.kind == RE2::Set::kOutOfMemory) {
        // The automaton outgrew its budget on this text: look for each phrase instead, never skip.
        for (const Phrase& p : phrases_)
            occurrences(p, text, sentences, out);
    }
    for (const int index : matched)
        occurrences(phrases_[static_cast<std::size_t>(index)], text, sentences, out);
    std::sort(out.begin(), out.end(), [](const Hit& a, const Hit& b) {
        return std::tie(a.begin, a.end, a.what) < std::tie(b.begin, b.end, b.what);
    });
    return out;
}

Sentences::Sentences(std::string_view text) : length_(text.size()) {
    for (const std::string_view stop : stops)
        for (std::size_t at = find_from(text, stop, 0); at != std::string_view::npos;
             at = find_from(text, stop, at + stop.size()))
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
