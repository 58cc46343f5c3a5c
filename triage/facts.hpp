// What a complaint says, as facts that routing decides upon. Pure.
#pragma once

#include "triage/assessment.hpp"
#include "triage/complaint.hpp"
#include "triage/lexicon.hpp"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <vector>

namespace saiduan {

// How a concept occurs. A negated occurrence is none; the past is not the present.
struct Occurrence {
    bool present = false;
    bool past = false;
    std::string phrase; // of the first that counts
    [[nodiscard]] bool any() const { return present || past; }
};

struct Facts {
    std::vector<Occurrence> of; // by concept
    bool child = false;
    std::string child_phrase;
    bool now = false;        // by the text or the form
    bool now_ticked = false; // by the form alone
    bool safe = false;

    [[nodiscard]] Occurrence& operator[](Concept what) {
        return of[static_cast<std::size_t>(what)];
    }
    [[nodiscard]] const Occurrence& operator[](Concept what) const {
        return of[static_cast<std::size_t>(what)];
    }
    [[nodiscard]] bool present(Concept what) const { return (*this)[what].present; }
    [[nodiscard]] bool any(Concept what) const { return (*this)[what].any(); }
    [[nodiscard]] bool present_any(std::initializer_list<Concept> list) const {
        return std::any_of(list.begin(), list.end(), [&](Concept what) { return present(what); });
    }
    [[nodiscard]] bool any_of_these(std::initializer_list<Concept> list) const {
        return std::any_of(list.begin(), list.end(), [&](Concept what) { return any(what); });
    }
};

// From the text's hits and the form's fields together.
[[nodiscard]] Facts
gather(const Lexicon& lexicon, std::string_view normalised, const Complaint& complaint);

} // namespace saiduan
