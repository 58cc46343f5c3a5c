#include "triage/facts.hpp"

#include <charconv>

namespace saiduan {
namespace {

constexpr std::size_t negation_reach = 24; // bytes between a negation and what it negates
constexpr std::size_t negation_after_reach = 18;
constexpr std::size_t safe_reach = 90; // bytes between "now" and the safety it speaks of
constexpr int adult_years = 18;

// Concepts that change what others mean, and are no evidence themselves.
constexpr bool is_modifier(Concept what) {
    switch (what) {
    case Concept::negation:
    case Concept::negation_after:
    case Concept::past:
    case Concept::now:
    case Concept::safe_now:
    case Concept::child_words:
    case Concept::child_grade:
    case Concept::age_before:
    case Concept::age_after:
    case Concept::harmless:
        return true;
    default:
        return false;
    }
}

using Hits = std::vector<Hit>; // by place

class Gatherer {
public:
    Gatherer(const Lexicon& lexicon, std::string_view text)
        : text_(text), sentences_(text), hits_(lexicon.find(text, sentences_)) {
        facts_.of.resize(lexicon.concepts().size());
        for (const Hit& hit : hits_)
            longest_ = std::max(longest_, hit.end - hit.begin);
        for (const Hit& hit : hits_) {
            facts_.safe |= hit.what == Concept::safe_now;
            if (hit.what == Concept::past)
                past_.push_back(hit);
            if (hit.what == Concept::now && !says_safe(hit))
                now_.push_back(hit);
        }
    }

    Facts run(const Complaint& complaint) {
        const bool happening_now = complaint.happening_now.value_or(false);
        facts_.now = !now_.empty() || happening_now;
        for (const Hit& hit : hits_)
            if (!is_modifier(hit.what) && !swallowed(hit) && !negated(hit))
                note(hit, happening_now);
        find_child();
        return std::move(facts_);
    }

private:
    // Whether a hit that touches [first, last] or begins in it satisfies `wanted`. Asks only the
    // neighbours, so that a text made of nothing but phrases costs no square of them.
    template <class Wanted>
    [[nodiscard]] bool any_near(std::size_t first, std::size_t last, Wanted wanted) const {
        const auto begins_before = [](const Hit& h, std::size_t at) { return h.begin < at; };
        const std::size_t from = first - std::min(first, longest_);
        const auto begin = std::lower_bound(hits_.begin(), hits_.end(), from, begins_before);
        const auto end = std::lower_bound(begin, hits_.end(), last + 1, begins_before);
        return std::any_of(begin, end, wanted);
    }

    [[nodiscard]] static bool any_within(const Hits& hits, std::size_t first, std::size_t last) {
        auto hit = std::lower_bound(hits.begin(), hits.end(), first, [](const Hit& h, auto at) {
            return h.begin < at;
        });
        while (hit != hits.end() && hit->end > last && hit->begin <= last)
            ++hit;
        return hit != hits.end() && hit->end <= last;
    }

    // "Now" in "I am safe now" or "now I am back home, safe" says that it is over.
    [[nodiscard]] bool says_safe(const Hit& now) const {
        return any_near(now.begin, now.end + safe_reach, [&](const Hit& safe) {
            const bool inside = safe.begin <= now.begin && safe.end >= now.end;
            const bool follows = safe.begin >= now.end && safe.begin - now.end <= safe_reach;
            return safe.what == Concept::safe_now && (inside || follows);
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
        return any_near(hit.begin, hit.end, [&](const Hit& h) {
            if (h.what == Concept::harmless)
                return h.begin < hit.end && h.end > hit.begin;
            return !is_modifier(h.what) && h.begin <= hit.begin && h.end >= hit.end &&
                   h.end - h.begin > hit.end - hit.begin;
        });
    }

    // "not paid" is evidence with a negation of its own; that one negates nothing else.
    [[nodiscard]] bool consumed(const Hit& n) const {
        return any_near(n.begin, n.end, [&](const Hit& h) {
            return !is_modifier(h.what) && h.begin <= n.begin && h.end >= n.end;
        });
    }

    [[nodiscard]] bool negated(const Hit& hit) const {
        const std::size_t first = hit.begin - std::min(hit.begin, negation_reach);
        return any_near(first, hit.end + negation_after_reach, [&](const Hit& n) {
            if (n.what == Concept::negation) {
                const bool overlaps = n.begin < hit.begin && n.end > hit.begin;
                const bool before = n.end <= hit.begin && hit.begin - n.end <= negation_reach &&
                                    unbroken(n.end, hit.begin);
                return (before || overlaps) && !consumed(n);
            }
            return n.what == Concept::negation_after && n.begin >= hit.end &&
                   n.begin - hit.end <= negation_after_reach && unbroken(hit.end, n.begin) &&
                   !consumed(n);
        });
    }

    [[nodiscard]] std::string words(const Hit& hit) const {
        return std::string{text_.substr(hit.begin, hit.end - hit.begin)};
    }

    void note(const Hit& hit, bool happening_now) {
        const auto [first, last] = sentences_.around(hit.begin, hit.end);
        const bool now_here = happening_now || any_within(now_, first, last);
        const bool over = !now_here && (facts_.safe || any_within(past_, first, last));
        Occurrence& o = facts_[hit.what];
        if (o.phrase.empty())
            o.phrase = words(hit);
        (over ? o.past : o.present) = true;
    }

    void child(std::string phrase) {
        facts_.child = true;
        if (facts_.child_phrase.empty())
            facts_.child_phrase = std::move(phrase);
    }

    void find_child() {
        for (const Hit& hit : hits_) {
            if (hit.what == Concept::child_words || hit.what == Concept::child_grade) {
                if (!negated(hit))
                    child(words(hit));
            } else if (hit.what == Concept::age_before) {
                age_at(hit.end, words(hit));
            } else if (hit.what == Concept::age_after) {
                age_before(hit.begin, words(hit));
            }
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

    std::string_view text_;
    Sentences sentences_;
    Hits hits_;
    std::size_t longest_ = 0; // bytes of the longest hit
    Hits past_, now_;         // the words that place their sentence in time
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
