// The phrases of all languages, found in one pass. Immutable once built.
#pragma once

#include "config/reader.hpp"
#include "triage/concepts.hpp"

#include <re2/set.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace saiduan {

struct Hit {
    Concept what;
    std::size_t begin, end; // bytes of the normalised text
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

    // Adds one phrases/<language>.json. Errors: every wrong field of the file.
    [[nodiscard]] std::optional<Fault> add(const std::string& file, const Json& document);
    // Once, after the last add. Errors: invalid when RE2 runs out of memory.
    [[nodiscard]] std::optional<Fault> compile();

    // Every occurrence of every phrase, by place. `text` is normalised.
    [[nodiscard]] std::vector<Hit> find(std::string_view text, const Sentences& sentences) const;

private:
    struct Phrase {
        Concept what;
        std::string head, tail; // tail: after a gap, or empty
        bool whole_words;       // Latin letters: only at word boundaries
    };
    static void occurrences(
        const Phrase& phrase,
        std::string_view text,
        const Sentences& sentences,
        std::vector<Hit>& out
    );

    std::vector<std::string> concepts_;
    std::vector<Phrase> phrases_;
    std::unique_ptr<RE2::Set> set_;
};

} // namespace saiduan
