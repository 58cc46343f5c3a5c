#include "gateway/intake.hpp"

#include "config/json_text.hpp"
#include "geo/place_text.hpp"
#include "triage/assessment_text.hpp"

namespace saiduan {
namespace {

// Whom the complaint is about: the first victim, or the reporter unless he speaks for another.
const Person* subject(const Complaint& c) {
    if (!c.victims.empty())
        return &c.victims.front();
    const bool own =
        c.reporter && (c.reporter->role == Role::victim || c.reporter->role == Role::unknown);
    return own ? &*c.reporter : nullptr;
}

// The first part of a language tag (BCP 47). The rest is what somebody typed, and may be anything.
std::string language_in_clear(std::string_view tag) {
    std::string first{tag.substr(0, tag.find('-'))};
    bool letters = first.size() == 2 || first.size() == 3;
    for (char& c : first) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        letters = letters && c >= 'a' && c <= 'z';
    }
    return letters ? first : "und";
}

// Rules and agencies are both configuration; a mismatch must not lose a complaint.
void keep_to_agencies(Assessment& a, const Agencies& agencies) {
    if (!agencies.known(a.queue)) {
        a.reasons.push_back({"agencies", a.queue, "queue is not configured, first agency instead"});
        a.queue = agencies.list.front().key;
        a.review = true;
    }
    std::erase_if(a.notified, [&](const std::string& key) {
        return key == a.queue || !agencies.known(key);
    });
}

Clear clear_part(const Complaint& c, const Assessment& a, const Place& place) {
    const Person* person = subject(c);
    Clear out;
    out.queue = a.queue;
    out.priority = a.priority;
    out.review = a.review;
    out.child = a.child;
    out.province = place.province;
    out.language = language_in_clear(a.language);
    out.categories = a.categories;
    out.role = word_of(c.reporter ? c.reporter->role : Role::unknown, role_words);
    out.sex = word_of(person ? person->sex : Sex::unknown, sex_words);
    out.age_band = age_band(person ? person->age : std::nullopt);
    out.nationality = person ? person->nationality : "";
    return out;
}

void collect_marks(const Complaint& c, const Assessment& a, Decision& out) {
    for (const PhoneNumber& phone : a.phones)
        if (phone.valid)
            out.phones.push_back(phone.e164);
    if (c.accused.is_object())
        for (const char* field : {"name", "employer"})
            if (std::string name = c.accused.value(field, ""); !name.empty())
                out.names.push_back(std::move(name));
}

} // namespace

std::string age_band(std::optional<int> years) {
    constexpr std::pair<int, const char*> bands[] = {
        {9, "0-9"}, {14, "10-14"}, {17, "15-17"}, {24, "18-24"}, {59, "25-59"}
    };
    if (!years)
        return "unknown";
    for (const auto& [last, name] : bands)
        if (*years <= last)
            return name;
    return "60+";
}

Decision decide(
    const Complaint& complaint,
    std::string_view body,
    const Rules& rules,
    const Atlas& atlas,
    const Agencies& agencies,
    UnixMs now
) {
    Decision out;
    Assessment a = rules.assess(complaint);
    keep_to_agencies(a, agencies);
    const Place place = complaint.location ? atlas.locate(complaint.location->point) : Place{};
    out.clear = clear_part(complaint, a, place);
    collect_marks(complaint, a, out);
    out.agencies.push_back(a.queue);
    out.agencies.insert(out.agencies.end(), a.notified.begin(), a.notified.end());

    const std::string where = complaint.location ? place_text(place) : "null";
    out.content.reserve(body.size() + 2048);
    out.content += "{\"content\":";
    out.content += body;
    out.content += ",\"assessment\":" + assessment_text(a) + ",\"place\":" + where + "}";
    const UnixMs first_contact = now + agencies.target(a.priority).first_contact_s * 1000;
    JsonText answer;
    answer.key("queue").text(a.queue).key("notified").raw(notified_text(a));
    answer.key("priority").text(word_of(a.priority, priority_words));
    answer.key("review").boolean(a.review).key("reasons").raw(reasons_text(a));
    answer.key("place").raw(where).key("received_at").text(to_rfc3339(now));
    answer.key("first_response_by").text(to_rfc3339(first_contact));
    out.answer = answer.take();
    return out;
}

} // namespace saiduan
