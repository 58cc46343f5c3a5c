// The phrases of all languages, found in one pass over a text. Immutable once built.
#pragma once

#include "config/reader.hpp"
#include "triage/concepts.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <bitset>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace saiduan {

struct Hit {
    Concept what;
    std::size_t begin, end;         // bytes of the normalised text
    std::size_t gap_begin, gap_end; // what lies between head and tail; empty without a gap

    // Whether [first, last) lies in what the phrase says, not in its gap.
    [[nodiscard]] bool covers(std::size_t first, std::size_t last) const {
        return begin <= first && end >= last && (last <= gap_begin || first >= gap_end);
    }
};

// Where the sentences of a text end: found once, asked at every hit.
class Sentences {
public:
    explicit Sentences(std::string_view text);
    // Where the sentence around [begin, end) begins and ends.
    [[nodiscard]] std::pair<std::size_t, std::size_t>
    around(std::size_t begin, std::size_t end) const;

private:
    std::size_t length_;
    std::vector<std::pair<std::size_t, std::size_t>> stops_; // begin and end, by place
};

class Lexicon {
public:
    // The names of all concepts, by number: those of concept_words, then any others.
    explicit Lexicon(std::vector<std::string> concepts);

    [[nodiscard]] const std::vector<std::string>& concepts() const { return concepts_; }

    // Adds one phrases/<language>.json. "{he|she} takes … passport" is two phrases, each with a gap
    // of a few words within a sentence. Errors: every wrong field of the file.
    [[nodiscard]] std::optional<Fault> add(const std::string& file, const Json& document);
    // Once, after the last add.
    void compile();

    // Every occurrence of every phrase, by place. `text` is normalised.
    [[nodiscard]] std::vector<Hit> find(std::string_view text, const Sentences& sentences) const;

private:
    struct Phrase {
        Concept what;
        std::string head, tail; // tail: after a gap, or empty
        bool whole_words;       // Latin letters: only at word boundaries
        std::uint64_t prefix;   // hash of the first bytes of the head, at most prefix_max
    };
    static constexpr std::size_t prefix_max = 15; // bytes: five letters of Thai, fifteen of English
    static constexpr unsigned prefix_shift = 44;  // leaves the best mixed 20 bits
    static constexpr std::size_t stem_size = 6;   // bytes
    static constexpr unsigned stem_shift = 48;
    struct Range { // of phrases_
        std::size_t first, last;
    };
    // False when head or tail is empty.
    [[nodiscard]] bool add_phrase(Concept what, const std::string& text);
    void find_at(
        std::size_t at, std::string_view text, const Sentences& sentences, std::vector<Hit>& out
    ) const;
    // Where the phrase that begins at `at` ends; nothing when it is not there.
    [[nodiscard]] static std::optional<std::size_t>
    end_of(const Phrase& phrase, std::string_view text, const Sentences& sentences, std::size_t at);

    std::vector<std::string> concepts_;
    std::vector<Phrase> phrases_; // once compiled, by prefix
    boost::unordered_flat_map<std::uint64_t, Range> by_prefix_;
    // By those 20 bits: settles most positions of a text. The phrases fill a tenth of it.
    std::bitset<(1 << (64 - prefix_shift))> maybe_;
    std::bitset<(1 << (64 - stem_shift))> stems_; // how phrases longer than a stem begin
    std::bitset<256> inside_words_; // first bytes of phrases that may begin amid a word
};

} // namespace saiduan
