#include "triage/route.hpp"

#include <optional>

namespace saiduan {
namespace {

using enum Concept;

constexpr Concept labour_evidence[] = {
    unpaid_wages,
    debt,
    recruitment_fee,
    documents_taken,
    excessive_hours,
    unsafe_work,
    abusive_conditions,
    child_labour,
    contract_substitution,
    deductions,
    unregistered,
    recruitment_fraud,
    threat_deport,
    work_accident
};
constexpr Concept police_evidence[] = {
    confinement,
    violence,
    sexual_violence,
    threat_violence,
    kidnapping,
    transport,
    forced_prostitution,
    forced_begging,
    scam_compound,
    forced_marriage,
    organ_removal,
    missing_person,
    image_blackmail,
    intimate_images,
    hiding
};
constexpr Concept online_evidence[] = {
    image_blackmail, intimate_images, online_grooming, live_stream_abuse, advertised_online
};

class Decision {
public:
    Decision(const Facts& facts, Assessment& out) : f_(facts), out_(out) {}

    void queue(const std::string& fallback) {
        const bool online =
            f_.present_any({online_grooming, live_stream_abuse, advertised_online}) ||
            (f_.any(online_context) &&
             f_.any_of_these({sex_context, sexual_violence, forced_prostitution, meeting_now}));
        const bool images =
            f_.any_of_these({image_blackmail, intimate_images, live_stream_abuse, online_grooming});
        const std::optional<Concept> labour = first(labour_evidence, When::ever);
        const std::optional<Concept> present = first(police_evidence, When::now);
        const std::optional<Concept> before = first(police_evidence, When::ever);
        if (f_.child && (online || images))
            return choose("ticac", "online_child", phrase(first(online_evidence, When::ever)));
        if (f_.present(not_a_report) && !f_.now && !f_.present(escape_help))
            return review(fallback, name_of(not_a_report), phrase(not_a_report));
        if (present) {
            choose("police", name_of(*present), phrase(present));
            if (labour && !beyond_labour())
                notify("labour", "labour exploitation beside it");
            return;
        }
        if (f_.child && f_.present(sex_context))
            return choose("police", "child_sexual", phrase(sex_context));
        if (labour) {
            choose("labour", name_of(*labour), phrase(labour));
            if (before)
                notify("police", "past " + std::string{name_of(*before)});
            else if (f_.present(suicidal))
                notify("police", "suicide risk");
            return;
        }
        if (before)
            return choose("police", name_of(*before), phrase(before));
        if (f_.present_any({online_grooming, live_stream_abuse, advertised_online}))
            return choose("police", "online", phrase(first(online_evidence, When::now)));
        if (f_.present_any({suicidal, escape_help, isolation}))
            return help(fallback);
        if (f_.any(out_of_scope))
            return review(fallback, name_of(out_of_scope), phrase(out_of_scope));
        if (f_.present(medical_urgent)) // an accident, as far as anybody says
            return choose("labour", name_of(medical_urgent), phrase(medical_urgent));
        review(fallback, "nothing_recognised", f_.child_phrase);
        if (f_.now_ticked)
            notify("police", "not understood and happening now");
    }

    void priority() {
        if (const std::string why = danger(); !why.empty())
            return set(Priority::critical, why);
        if (const std::string why = out_.review ? unknown_child() : serious(); !why.empty())
            return set(Priority::high, why);
        set(Priority::normal, "no present danger found");
    }

    void notify_police_of_ticac() {
        if (out_.queue != "ticac")
            return;
        const bool in_person =
            f_.any_of_these({sexual_violence, forced_prostitution, confinement, violence});
        if (in_person || f_.present_any({meeting_now, suicidal}))
            notify("police", "in person, meeting or suicide risk");
    }

private:
    void choose(const std::string& agency, std::string_view rule, const std::string& words) {
        out_.queue = agency;
        out_.reasons.push_back({std::string{rule}, words, "queue " + agency});
    }
    void notify(const std::string& agency, const std::string& why) {
        out_.notified.push_back(agency);
        out_.reasons.push_back({"notified", why, "notified " + agency});
    }
    void review(const std::string& fallback, std::string_view rule, const std::string& words) {
        out_.review = true;
        choose(fallback, rule, words);
        out_.reasons.push_back({std::string{rule}, words, "review by a person"});
    }
    // A cry for help without a story: police look first, a person decides.
    void help(const std::string& fallback) {
        const Concept what = f_.present(suicidal)      ? suicidal
                             : f_.present(escape_help) ? escape_help
                                                       : isolation;
        review(fallback, name_of(what), phrase(what));
        if (what != isolation)
            choose("police", name_of(what), phrase(what));
    }
    void set(Priority p, const std::string& why) {
        out_.priority = p;
        out_.reasons.push_back(
            {"priority", why, "priority " + std::string{word_of(p, priority_words)}}
        );
    }

    enum class When { now, ever };
    template <std::size_t N>
    [[nodiscard]] std::optional<Concept> first(const Concept (&list)[N], When when) const {
        for (const Concept what : list)
            if ((when == When::now ? f_.present(what) : f_.any(what)) && !explained(what))
                return what;
        return std::nullopt;
    }
    // Crimes that the labour inspectorate has no part in, though money is owed beside them.
    [[nodiscard]] bool beyond_labour() const {
        return f_.present_any(
            {scam_compound, forced_prostitution, forced_begging, forced_marriage, organ_removal}
        );
    }
    // A dog that is missing, or an agent who took the fee and is not to be reached, is not a person
    // feared trafficked; but where a child or a relative is spoken of, it may be they who are.
    [[nodiscard]] bool explained(Concept what) const {
        return what == missing_person && !f_.child && !f_.any(family_tracing) &&
               f_.any_of_these({out_of_scope, recruitment_fraud, recruitment_fee});
    }
    // The words for it; those about the child when nothing else was said.
    [[nodiscard]] const std::string& phrase(std::optional<Concept> what) const {
        return what && f_.any(*what) ? f_[*what].phrase : f_.child_phrase;
    }

    // Life or body in danger now, or a window that closes now; empty when not.
    [[nodiscard]] std::string danger() const {
        for (const Concept what : {suicidal, medical_urgent, hiding})
            if (f_.present(what) && !f_.safe)
                return phrase(what);
        if (f_.safe || !f_.now)
            return "";
        // With a story, "please help us" is often just polite.
        if (f_.present(escape_help) && (f_.now_ticked || out_.review))
            return phrase(escape_help) + ", now";
        if (out_.review)
            return f_.now_ticked && !beside_the_point() ? "not understood, and now by the form"
                                                        : "";
        for (const Concept what :
             {confinement,
              violence,
              sexual_violence,
              kidnapping,
              transport,
              forced_prostitution,
              scam_compound,
              organ_removal,
              forced_marriage,
              missing_person,
              threat_violence,
              forced_begging})
            if (f_.present(what) && !explained(what))
                return phrase(what) + ", now";
        if (f_.child && f_.present(meeting_now))
            return phrase(meeting_now) + ", a child, now";
        return "";
    }

    [[nodiscard]] bool beside_the_point() const {
        return f_.any(out_of_scope) || f_.present(not_a_report);
    }
    // Nobody knows yet what it is about, but it is about a child.
    [[nodiscard]] std::string unknown_child() const {
        return f_.child && !beside_the_point() ? "a child: " + f_.child_phrase : "";
    }

    [[nodiscard]] std::string serious() const {
        if (f_.child)
            return "a child: " + f_.child_phrase;
        if (const auto what = first(police_evidence, When::now))
            return phrase(what);
        for (const Concept what :
             {threat_deport,
              online_grooming,
              live_stream_abuse,
              isolation,
              child_labour,
              escape_help})
            if (f_.present(what))
                return phrase(what);
        // Who owes and cannot leave, by word or because the papers are gone as well, is bonded.
        if (f_.present(debt) &&
            f_.present_any({cannot_quit, documents_taken, deductions, unpaid_wages}))
            return phrase(debt);
        return "";
    }

    const Facts& f_;
    Assessment& out_;
};

bool contains(const std::vector<std::string>& list, const std::string& value) {
    return std::find(list.begin(), list.end(), value) != list.end();
}

// The reporter's wish not to be sent somewhere comes before the rules.
void leave_out(
    const std::string& fallback, const std::vector<std::string>& exclude, Assessment& out
) {
    std::erase_if(out.notified, [&](const std::string& a) { return contains(exclude, a); });
    if (!contains(exclude, out.queue))
        return;
    const std::string unwanted = out.queue;
    if (!out.notified.empty()) {
        out.queue = out.notified.front();
        out.notified.erase(out.notified.begin());
    } else {
        // TICAC last: it is for children online, and this is for whoever is left.
        const std::string others[] = {"police", "labour", "ticac"};
        const auto* wanted = std::find_if(std::begin(others), std::end(others), [&](const auto& a) {
            return !contains(exclude, a);
        });
        out.queue = wanted == std::end(others) ? fallback : *wanted;
        out.review = true;
    }
    out.reasons.push_back({"exclude", unwanted, "queue " + out.queue});
}

} // namespace

void route(
    const Facts& facts,
    const std::string& fallback,
    const std::vector<std::string>& exclude,
    Assessment& out
) {
    Decision decision{facts, out};
    decision.queue(fallback);
    decision.notify_police_of_ticac();
    decision.priority();
    leave_out(fallback, exclude, out);
}

} // namespace saiduan
