#include "gateway/intake.hpp"

#include "geo/place_json.hpp"
#include "triage/assessment_json.hpp"

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

std::string answer_for(const Filing& filing, const Agencies& agencies) {
    const Assessment& a = filing.assessment;
    const Target& target = agencies.target(a.priority);
    const Json assessed = assessment_to_json(a);
    Json out{
        {"queue", a.queue},
        {"notified", a.notified},
        {"priority", assessed["priority"]},
        {"review", a.review},
        {"reasons", assessed["reasons"]},
        {"received_at", to_rfc3339(filing.received_at)},
        {"first_response_by", to_rfc3339(filing.received_at + target.first_contact_s * 1000)}
    };
    out["place"] = filing.point ? place_to_json(filing.place) : Json{};
    return out.dump(-1, ' ', false, Json::error_handler_t::replace);
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

Filing take_in(
    const Complaint& complaint,
    std::string content,
    const Rules& rules,
    const Atlas& atlas,
    const Agencies& agencies,
    UnixMs now
) {
    Filing f;
    f.content = std::move(content);
    f.received_at = now;
    f.assessment = rules.assess(complaint);
    if (complaint.location) {
        f.point = complaint.location->point;
        f.place = atlas.locate(*f.point);
    }
    if (!agencies.known(f.assessment.queue)) {
        // Rules and agencies are both configuration; a mismatch must not lose a complaint.
        f.assessment.reasons.push_back(
            {"agencies", f.assessment.queue, "queue is not configured, first agency instead"}
        );
        f.assessment.queue = agencies.list.front().key;
        f.assessment.review = true;
    }
    std::erase_if(f.assessment.notified, [&](const std::string& key) {
        return key == f.assessment.queue || !agencies.known(key);
    });
    f.agencies.push_back(f.assessment.queue);
    for (const std::string& key : f.assessment.notified)
        f.agencies.push_back(key);
    const Person* person = subject(complaint);
    f.role = word_of(complaint.reporter ? complaint.reporter->role : Role::unknown, role_words);
    f.sex = word_of(person ? person->sex : Sex::unknown, sex_words);
    f.age_band = age_band(person ? person->age : std::nullopt);
    f.nationality = person ? person->nationality : "";
    f.answer = answer_for(f, agencies);
    return f;
}

} // namespace saiduan
