#include "triage/assessment_text.hpp"

#include "config/json_text.hpp"

namespace saiduan {
namespace {

template <class E, std::size_t N>
void add_words(
    JsonText& json, std::string_view name, const std::vector<E>& values, const Word<E> (&table)[N]
) {
    json.key(name).open('[');
    for (const E value : values)
        json.text(word_of(value, table));
    json.close(']');
}

void add_phone(JsonText& json, const PhoneNumber& p) {
    json.open('{').key("raw").text(p.raw).key("e164").text_or_null(p.e164);
    json.key("valid").boolean(p.valid).key("short_code").boolean(p.short_code).close('}');
}

} // namespace

std::string notified_text(const Assessment& a) {
    JsonText json;
    json.open('[');
    for (const std::string& agency : a.notified)
        json.text(agency);
    return json.close(']').take();
}

std::string reasons_text(const Assessment& a) {
    JsonText json;
    json.open('[');
    for (const Reason& r : a.reasons) {
        json.open('{').key("rule").text(r.rule).key("phrase").text(r.phrase);
        json.key("effect").text(r.effect).close('}');
    }
    return json.close(']').take();
}

std::string assessment_text(const Assessment& a) {
    JsonText json;
    json.open('{').key("queue").text(a.queue).key("notified").raw(notified_text(a));
    json.key("priority").text(word_of(a.priority, priority_words));
    json.key("review").boolean(a.review).key("child").boolean(a.child);
    json.key("language").text(a.language);
    add_words(json, "indicators", a.indicators, indicator_words);
    add_words(json, "categories", a.categories, category_words);
    add_words(json, "needs", a.needs, need_words);
    json.key("phones").open('[');
    for (const PhoneNumber& p : a.phones)
        add_phone(json, p);
    json.close(']').key("reasons").raw(reasons_text(a));
    return json.close('}').take();
}

} // namespace saiduan
