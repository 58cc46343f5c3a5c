// The phrases of all languages, found in one pass. Immutable once built.
#pragma once

#include "config/reader.hpp"

#include <re2/set.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace saiduan {

using Concept = std::size_t; // index into Lexicon::concepts()

struct Hit {
    Concept what;
    std::size_t begin, end; // bytes of the normalised text
};

class Lexicon {
public:
    explicit Lexicon(std::vector<std::string> concepts);

    [[nodiscard]] const std::vector<std::string>& concepts() const { return concepts_; }
    [[nodiscard]] Concept concept_of(std::string_view name) const; // must exist

    // Adds one phrases/<language>.json. Errors: every wrong field of the file.
    [[nodiscard]] std::optional<Fault> add(const std::string& file, const Json& document);
    // Once, after the last add. Errors: invalid when RE2 runs out of memory.
    [[nodiscard]] std::optional<Fault> compile();

    // Every occurrence of every phrase, by place. `text` is normalised.
    [[nodiscard]] std::vector<Hit> find(std::string_view text) const;

private:
    struct Phrase {
        Concept what;
        std::string head, tail; // tail: after a gap, or empty
        bool whole_words;       // Latin letters: only at word boundaries
    };
    void occurrences(const Phrase& phrase, std::string_view text, std::vector<Hit>& out) const;

    std::vector<std::string> concepts_;
    std::vector<Phrase> phrases_;
    std::unique_ptr<RE2::Set> set_;
};

// Where the sentence around [begin, end) begins and ends.
[[nodiscard]] std::pair<std::size_t, std::size_t>
sentence_around(std::string_view text, std::size_t begin, std::size_t end);

} // namespace saiduan
