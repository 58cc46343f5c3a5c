#include "triage/facts.hpp"

#include <charconv>

namespace saiduan {
namespace {

constexpr std::size_t negation_reach = 24; // bytes between a negation and what it negates
constexpr std::size_t negation_after_reach = 18;
constexpr std::size_t safe_reach = 90; // bytes between "now" and the safety it speaks of
constexpr int adult_years = 18;

constexpr std::string_view modifiers[] = {
    "negation",
    "negation_after",
    "past",
    "now",
    "safe_now",
    "child_words",
    "child_grade",
    "age_before",
    "age_after",
    "harmless"
};

bool is_modifier(std::string_view what) {
    return std::find(std::begin(modifiers), std::end(modifiers), what) != std::end(modifiers);
}

class Gatherer {
public:
    Gatherer(const Lexicon& lexicon, std::string_view text)
        : lexicon_(lexicon), text_(text), hits_(lexicon.find(text)) {}

    Facts run(const Complaint& complaint) {
        facts_.safe = has("safe_now");
        facts_.now = has_now(0, text_.size()) || complaint.happening_now.value_or(false);
        for (const Hit& hit : hits_)
            if (!is_modifier(name(hit)) && !swallowed(hit) && !negated(hit))
                note(hit, complaint.happening_now.value_or(false));
        find_child();
        return std::move(facts_);
    }

private:
    [[nodiscard]] const std::string& name(const Hit& hit) const {
        return lexicon_.concepts()[hit.what];
    }
    [[nodiscard]] bool has(std::string_view what) const {
        return std::any_of(hits_.begin(), hits_.end(), [&](const Hit& h) {
            return name(h) == what;
        });
    }
    [[nodiscard]] bool
    has_between(std::string_view what, std::size_t first, std::size_t last) const {
        return std::any_of(hits_.begin(), hits_.end(), [&](const Hit& h) {
            return name(h) == what && h.begin >= first && h.end <= last;
        });
    }

    // "Now" in "I am safe now" or "now I am back home, safe" says that it is over.
    [[nodiscard]] bool has_now(std::size_t first, std::size_t last) const {
        return std::any_of(hits_.begin(), hits_.end(), [&](const Hit& h) {
            if (name(h) != "now" || h.begin < first || h.end > last)
                return false;
            return std::none_of(hits_.begin(), hits_.end(), [&](const Hit& safe) {
                const bool inside = safe.begin <= h.begin && safe.end >= h.end;
                const bool follows = safe.begin >= h.end && safe.begin - h.end <= safe_reach;
                return name(safe) == "safe_now" && (inside || follows);
            });
        });
    }

    // A comma or a stop between the negation and the phrase ends its reach.
    [[nodiscard]] bool unbroken(std::size_t from, std::size_t to) const {
        const std::string_view between = text_.substr(from, to - from);
        return between.find_first_of(",.;!?\n") == std::string_view::npos &&
               between.find("，") == std::string_view::npos &&
               between.find("。") == std::string_view::npos;
    }

    // "passport" in Khmer holds "cross the border": the longer phrase is what was meant.
    // "Take a photo" in Burmese holds "hit": harmless phrases undo what they touch.
    [[nodiscard]] bool swallowed(const Hit& hit) const {
        return std::any_of(hits_.begin(), hits_.end(), [&](const Hit& h) {
            if (name(h) == "harmless")
                return h.begin < hit.end && h.end > hit.begin;
            return !is_modifier(name(h)) && h.begin <= hit.begin && h.end >= hit.end &&
                   h.end - h.begin > hit.end - hit.begin;
        });
    }

    // "not paid" is evidence with a negation of its own; that one negates nothing else.
    [[nodiscard]] bool consumed(const Hit& n) const {
        return std::any_of(hits_.begin(), hits_.end(), [&](const Hit& h) {
            return !is_modifier(name(h)) && h.begin <= n.begin && h.end >= n.end;
        });
    }

    [[nodiscard]] bool negated(const Hit& hit) const {
        for (const Hit& n : hits_) {
            const bool overlaps = n.begin < hit.begin && n.end > hit.begin;
            const bool before = name(n) == "negation" && n.end <= hit.begin &&
                                hit.begin - n.end <= negation_reach && unbroken(n.end, hit.begin);
            const bool after = name(n) == "negation_after" && n.begin >= hit.end &&
                               n.begin - hit.end <= negation_after_reach &&
                               unbroken(hit.end, n.begin);
            if ((before || after || (overlaps && name(n) == "negation")) && !consumed(n))
                return true;
        }
        return false;
    }

    void note(const Hit& hit, bool happening_now) {
        const auto [first, last] = sentence_around(text_, hit.begin, hit.end);
        const bool now_here = happening_now || has_now(first, last);
        const bool over = !now_here && (has_between("past", first, last) || facts_.safe);
        Occurrence& o = facts_.of[name(hit)];
        if (o.phrase.empty())
            o.phrase = std::string{text_.substr(hit.begin, hit.end - hit.begin)};
        (over ? o.past : o.present) = true;
    }

    void child(std::string phrase) {
        facts_.child = true;
        if (facts_.child_phrase.empty())
            facts_.child_phrase = std::move(phrase);
    }

    void find_child() {
        for (const Hit& hit : hits_) {
            const std::string& what = name(hit);
            const std::string phrase{text_.substr(hit.begin, hit.end - hit.begin)};
            if ((what == "child_words" || what == "child_grade") && !negated(hit))
                child(phrase);
            if (what == "age_before")
                age_at(hit.end, phrase);
            if (what == "age_after")
                age_before(hit.begin, phrase);
        }
    }

    // "อายุ 14", "age: 14"
    void age_at(std::size_t at, const std::string& phrase) {
        while (at < text_.size() && (text_[at] == ' ' || text_[at] == ':'))
            ++at;
        std::size_t end = at;
        while (end < text_.size() && text_[end] >= '0' && text_[end] <= '9')
            ++end;
        judge(text_.substr(at, end - at), phrase);
    }
    // "14 years old", "14岁"
    void age_before(std::size_t at, const std::string& phrase) {
        while (at > 0 && text_[at - 1] == ' ')
            --at;
        std::size_t first = at;
        while (first > 0 && text_[first - 1] >= '0' && text_[first - 1] <= '9')
            --first;
        judge(text_.substr(first, at - first), phrase);
    }
    void judge(std::string_view digits, const std::string& phrase) {
        int years = 0;
        const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), years);
        if (!digits.empty() && digits.size() <= 2 && read.ec == std::errc{} && years < adult_years)
            child(phrase + " " + std::string{digits});
    }

    const Lexicon& lexicon_;
    std::string_view text_;
    std::vector<Hit> hits_;
    Facts facts_;
};

void add_person(Facts& facts, const Person& person, const char* pointer) {
    if (person.age && *person.age < adult_years) {
        facts.child = true;
        facts.child_phrase = std::string{pointer} + " " + std::to_string(*person.age);
    }
}

} // namespace

Facts gather(const Lexicon& lexicon, std::string_view normalised, const Complaint& complaint) {
    Facts facts = Gatherer{lexicon, normalised}.run(complaint);
    // A witness's own age says nothing about the victim's.
    const bool about_reporter = complaint.reporter && (complaint.reporter->role == Role::victim ||
                                                       complaint.reporter->role == Role::unknown);
    if (about_reporter)
        add_person(facts, *complaint.reporter, "/reporter/age");
    for (const Person& victim : complaint.victims)
        add_person(facts, victim, "/victims/age");
    return facts;
}

} // namespace saiduan
