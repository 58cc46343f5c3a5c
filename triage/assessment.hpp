// What triage concludes, with a reason for each effect. Values only.
#pragma once

#include "triage/vocabulary.hpp"

#include <string>
#include <vector>

namespace saiduan {

// Why: which rule, on which words of the complaint, did what.
struct Reason {
    std::string rule;
    std::string phrase; // as matched in the normalised text, or the field's pointer and value
    std::string effect; // e.g. "category confinement", "priority critical", "queue police"
    bool operator==(const Reason&) const = default;
};

struct PhoneNumber {
    std::string raw;
    std::string e164;        // empty unless valid
    bool valid = false;      // invalid numbers are reported, never refused
    bool short_code = false; // hotline or emergency number, kept as written
    bool operator==(const PhoneNumber&) const = default;
};

struct Assessment {
    std::string queue;                 // primary agency's key
    std::vector<std::string> notified; // other agencies' keys
    Priority priority = Priority::normal;
    bool review = false;  // a person must look whether it is in scope
    bool child = false;   // someone under 18 is concerned
    std::string language; // BCP 47, "und" when unknown
    std::vector<Indicator> indicators;
    std::vector<Category> categories;
    std::vector<Need> needs;
    std::vector<PhoneNumber> phones;
    std::vector<Reason> reasons;
};

} // namespace saiduan
