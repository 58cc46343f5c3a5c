#include "triage/assessment_json.hpp"

namespace saiduan {
namespace {

template <class E, std::size_t N>
Json words(const std::vector<E>& values, const Word<E> (&table)[N]) {
    Json out = Json::array();
    for (const E value : values)
        out.push_back(word_of(value, table));
    return out;
}

} // namespace

Json assessment_to_json(const Assessment& a) {
    Json out{
        {"queue", a.queue},
        {"notified", a.notified},
        {"priority", word_of(a.priority, priority_words)},
        {"review", a.review},
        {"child", a.child},
        {"language", a.language},
        {"indicators", words(a.indicators, indicator_words)},
        {"categories", words(a.categories, category_words)},
        {"needs", words(a.needs, need_words)},
        {"phones", Json::array()},
        {"reasons", Json::array()}
    };
    for (const PhoneNumber& p : a.phones)
        out["phones"].push_back(
            {{"raw", p.raw},
             {"e164", p.e164.empty() ? Json{} : Json(p.e164)},
             {"valid", p.valid},
             {"short_code", p.short_code}}
        );
    for (const Reason& r : a.reasons)
        out["reasons"].push_back({{"rule", r.rule}, {"phrase", r.phrase}, {"effect", r.effect}});
    return out;
}

} // namespace saiduan
