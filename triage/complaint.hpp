// What a reporter files (design.md §4). Owns its strings; pure.
#pragma once

#include "geo/place.hpp"
#include "triage/vocabulary.hpp"

#include <optional>
#include <string>
#include <vector>

namespace saiduan {

inline constexpr std::size_t complaint_text_max = 20'000; // characters
inline constexpr std::size_t victims_max = 200;

struct Location {
    Point point;
    std::optional<UnixMs> at;
    std::string description;
};

struct Person {
    Role role = Role::unknown; // of the reporter; unknown for victims
    std::string name;
    std::string phone; // as written
    Sex sex = Sex::unknown;
    std::optional<int> age;  // years, 0 to 120; unknown is never assumed adult
    std::string nationality; // ISO 3166-1 alpha-3 or empty
};

struct Complaint {
    std::string text;
    std::string language; // BCP 47 as chosen by the reporter, or empty
    std::optional<bool> happening_now;
    std::vector<Category> categories;
    std::optional<Location> location;
    std::optional<Person> reporter;
    std::vector<Person> victims;
    std::vector<std::string> exclude; // agencies the reporter does not want
    Consent consent = Consent::confidential;
    // Kept as filed: contact, accused, officer. Checked by parse(), read by people.
    Json contact;
    Json accused;
    Json officer;

    // Every error at once. Something must be said: text, categories or location.
    [[nodiscard]] static Result<Complaint> parse(const Json& document);
};

// A position's fields: latitude and longitude required, accuracy_m, at, description.
void read_location(Reader& in, Location& location);

} // namespace saiduan
