// The words of the field (domain.md §2): enumerations and their spelling on the wire.
#pragma once

#include "config/reader.hpp"

#include <string_view>

namespace saiduan {

enum class Priority { critical, high, normal }; // in queue order: smaller is served first

// ILO indicators of forced labour.
enum class Indicator {
    abuse_of_vulnerability,
    deception,
    restriction_of_movement,
    isolation,
    physical_sexual_violence,
    intimidation_threats,
    retention_of_documents,
    withholding_of_wages,
    debt_bondage,
    abusive_conditions,
    excessive_overtime,
};

enum class Category {
    wage_withholding,
    debt_bondage,
    document_retention,
    excessive_hours,
    unsafe_work,
    child_labour,
    contract_substitution,
    illegal_deductions,
    unregistered_work,
    recruitment_fraud,
    confinement,
    violence,
    threats,
    kidnapping,
    transport,                 // moved or smuggled now
    forced_prostitution,       // of an adult
    child_sexual_exploitation, // in person
    forced_begging,
    forced_criminality, // scam compounds and the like
    forced_marriage,
    organ_removal,
    missing_person,
    image_blackmail, // intimate images, any age
    online_grooming,
    child_images, // made, circulating or sold
    live_streamed_abuse,
    child_advertised_online,
    family_tracing,
    other,
};

enum class Need {
    interpreter,
    medical,
    shelter,
    legal_aid,
    compensation,
    family_tracing,
    repatriation,
    documents,
    child_protection,
};

enum class Role { unknown, victim, relative, witness, organisation, official, other };
enum class Sex { unknown, female, male, other };
enum class Consent { confidential, share, anonymous };

inline constexpr Word<Priority> priority_words[] = {
    {"critical", Priority::critical}, {"high", Priority::high}, {"normal", Priority::normal}
};
inline constexpr Word<Indicator> indicator_words[] = {
    {"abuse_of_vulnerability", Indicator::abuse_of_vulnerability},
    {"deception", Indicator::deception},
    {"restriction_of_movement", Indicator::restriction_of_movement},
    {"isolation", Indicator::isolation},
    {"physical_sexual_violence", Indicator::physical_sexual_violence},
    {"intimidation_threats", Indicator::intimidation_threats},
    {"retention_of_documents", Indicator::retention_of_documents},
    {"withholding_of_wages", Indicator::withholding_of_wages},
    {"debt_bondage", Indicator::debt_bondage},
    {"abusive_conditions", Indicator::abusive_conditions},
    {"excessive_overtime", Indicator::excessive_overtime}
};
inline constexpr Word<Category> category_words[] = {
    {"wage_withholding", Category::wage_withholding},
    {"debt_bondage", Category::debt_bondage},
    {"document_retention", Category::document_retention},
    {"excessive_hours", Category::excessive_hours},
    {"unsafe_work", Category::unsafe_work},
    {"child_labour", Category::child_labour},
    {"contract_substitution", Category::contract_substitution},
    {"illegal_deductions", Category::illegal_deductions},
    {"unregistered_work", Category::unregistered_work},
    {"recruitment_fraud", Category::recruitment_fraud},
    {"confinement", Category::confinement},
    {"violence", Category::violence},
    {"threats", Category::threats},
    {"kidnapping", Category::kidnapping},
    {"transport", Category::transport},
    {"forced_prostitution", Category::forced_prostitution},
    {"child_sexual_exploitation", Category::child_sexual_exploitation},
    {"forced_begging", Category::forced_begging},
    {"forced_criminality", Category::forced_criminality},
    {"forced_marriage", Category::forced_marriage},
    {"organ_removal", Category::organ_removal},
    {"missing_person", Category::missing_person},
    {"image_blackmail", Category::image_blackmail},
    {"online_grooming", Category::online_grooming},
    {"child_images", Category::child_images},
    {"live_streamed_abuse", Category::live_streamed_abuse},
    {"child_advertised_online", Category::child_advertised_online},
    {"family_tracing", Category::family_tracing},
    {"other", Category::other}
};
inline constexpr Word<Need> need_words[] = {
    {"interpreter", Need::interpreter},
    {"medical", Need::medical},
    {"shelter", Need::shelter},
    {"legal_aid", Need::legal_aid},
    {"compensation", Need::compensation},
    {"family_tracing", Need::family_tracing},
    {"repatriation", Need::repatriation},
    {"documents", Need::documents},
    {"child_protection", Need::child_protection}
};
inline constexpr Word<Role> role_words[] = {
    {"unknown", Role::unknown},
    {"victim", Role::victim},
    {"relative", Role::relative},
    {"witness", Role::witness},
    {"organisation", Role::organisation},
    {"official", Role::official},
    {"other", Role::other}
};
inline constexpr Word<Sex> sex_words[] = {
    {"unknown", Sex::unknown}, {"female", Sex::female}, {"male", Sex::male}, {"other", Sex::other}
};
inline constexpr Word<Consent> consent_words[] = {
    {"confidential", Consent::confidential},
    {"share", Consent::share},
    {"anonymous", Consent::anonymous}
};

// The wire spelling of a value; every value has one.
template <class E, std::size_t N>
[[nodiscard]] constexpr std::string_view word_of(E value, const Word<E> (&words)[N]) {
    for (const Word<E>& w : words)
        if (w.value == value)
            return w.word;
    return {};
}

} // namespace saiduan
