// What a complaint says, as facts that routing decides upon. Pure.
#pragma once

#include "triage/assessment.hpp"
#include "triage/complaint.hpp"
#include "triage/lexicon.hpp"

#include <algorithm>
#include <map>
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
    std::map<std::string, Occurrence, std::less<>> of; // by concept
    bool child = false;
    std::string child_phrase;
    bool now = false;
    bool safe = false;

    [[nodiscard]] bool present(std::string_view what) const {
        const auto it = of.find(what);
        return it != of.end() && it->second.present;
    }
    [[nodiscard]] bool any(std::string_view what) const {
        const auto it = of.find(what);
        return it != of.end() && it->second.any();
    }
    [[nodiscard]] bool present_any(std::initializer_list<std::string_view> list) const {
        return std::any_of(list.begin(), list.end(), [&](auto what) { return present(what); });
    }
    [[nodiscard]] bool any_of_these(std::initializer_list<std::string_view> list) const {
        return std::any_of(list.begin(), list.end(), [&](auto what) { return any(what); });
    }
};

// From the text's hits and the form's fields together.
[[nodiscard]] Facts
gather(const Lexicon& lexicon, std::string_view normalised, const Complaint& complaint);

} // namespace saiduan
