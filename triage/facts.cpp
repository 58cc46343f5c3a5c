#include "triage/facts.hpp"

#include <charconv>
#include <optional>

namespace saiduan {
namespace {

constexpr std::size_t negation_reach = 36; // bytes between a negation and what it negates
constexpr std::size_t negation_after_reach = 18;
constexpr std::size_t safe_reach = 90; // bytes between "now" and the safety it speaks of
constexpr int adult_years = 18;

// Concepts that change what others mean, and are no evidence themselves.
constexpr bool is_modifier(Concept what) {
    switch (what) {
    case Concept::negation:
    case Concept::negation_after:
    case Concept::clause_break:
    case Concept::past:
    case Concept::now:
    case Concept::safe_now:
    case Concept::child_words:
    case Concept::child_grade:
    case Concept::young_kin:
    case Concept::age_before:
    case Concept::age_after:
    case Concept::not_age:
    case Concept::harmless:
        return true;
    default:
        return false;
    }
}

using Hits = std::vector<Hit>; // by place

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// One to ten, of a character of three bytes.
std::optional<int> chinese_digit(std::string_view character) {
    constexpr std::string_view digits = "一二三四五六七八九十";
    for (std::size_t i = 0; i < digits.size(); i += 3)
        if (digits.substr(i, 3) == character)
            return static_cast<int>(i / 3) + 1;
    return std::nullopt;
}

class Gatherer {
public:
    Gatherer(const Lexicon& lexicon, std::string_view text)
        : text_(text), sentences_(text), hits_(lexicon.find(text, sentences_)) {
        facts_.of.resize(lexicon.concepts().size());
        for (const Hit& hit : hits_)
            longest_ = std::max(longest_, hit.end - hit.begin);
        for (const Hit& hit : hits_)
            if (hit.what == Concept::safe_now && !inside_longer(hit) && !negated(hit))
                safe_.push_back(hit);
        for (const Hit& hit : hits_) {
            if (hit.what == Concept::past && !inside_longer(hit))
                past_.push_back(hit);
            if (hit.what == Concept::now && !says_safe(hit) && !undone(hit))
                now_.push_back(hit);
        }
        facts_.safe = !safe_.empty();
    }

    Facts run(const Complaint& complaint) {
        const bool happening_now = complaint.happening_now.value_or(false);
        facts_.now_ticked = happening_now;
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
        return std::any_of(safe_.begin(), safe_.end(), [&](const Hit& safe) {
            const bool inside = safe.begin <= now.begin && safe.end >= now.end;
            const bool follows = safe.begin >= now.end && safe.begin - now.end <= safe_reach;
            return inside || follows;
        });
    }

    // A stop, or a word that begins another clause, between the negation and the phrase ends its
    // reach: "if we do not finish he beats us".
    [[nodiscard]] bool unbroken(std::size_t from, std::size_t to) const {
        const std::string_view between = text_.substr(from, to - from);
        return between.find_first_of(",.;!?\n") == std::string_view::npos &&
               between.find("，") == std::string_view::npos &&
               between.find("。") == std::string_view::npos &&
               !any_near(from, to, [&](const Hit& h) {
                   return h.what == Concept::clause_break && h.begin >= from && h.end <= to;
               });
    }

    // "Once" in "not once" is no past, "safe" in "unsafe work" no safety.
    [[nodiscard]] bool inside_longer(const Hit& hit) const {
        return any_near(hit.begin, hit.end, [&](const Hit& h) { return longer_around(h, hit); });
    }
    [[nodiscard]] static bool longer_around(const Hit& h, const Hit& hit) {
        return h.covers(hit.begin, hit.end) && h.end - h.begin > hit.end - hit.begin;
    }

    // "Take a photo" in Burmese holds "hit": harmless phrases undo what they touch, unless it
    // goes beyond them on both sides.
    [[nodiscard]] bool undone(const Hit& hit) const {
        return any_near(hit.begin, hit.end, [&](const Hit& h) {
            return h.what == Concept::harmless && h.begin < hit.end && h.end > hit.begin &&
                   !longer_around(hit, h);
        });
    }

    // "passport" in Khmer holds "cross the border": the longer phrase is what was meant.
    [[nodiscard]] bool swallowed(const Hit& hit) const {
        return undone(hit) || any_near(hit.begin, hit.end, [&](const Hit& h) {
                   return !is_modifier(h.what) && longer_around(h, hit);
               });
    }

    // "not paid" is evidence with a negation of its own; that one negates nothing else.
    [[nodiscard]] bool consumed(const Hit& n) const {
        return any_near(n.begin, n.end, [&](const Hit& h) {
            return !is_modifier(h.what) && h.covers(n.begin, n.end);
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
        // Who went missing last month is missing still.
        const bool was = hit.what != Concept::missing_person && any_within(past_, first, last);
        const bool over = !now_here && (facts_.safe || was);
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
        bool adult = false;
        for (const Hit& hit : hits_) {
            if (hit.what == Concept::child_words || hit.what == Concept::child_grade) {
                if (!negated(hit) && !undone(hit))
                    child(words(hit));
            } else if (const std::optional<Age> age = undone(hit) ? std::nullopt : age_at(hit)) {
                if (age->years < adult_years)
                    child(words(hit) + " " + std::string{age->words});
                adult |= age->years >= adult_years;
            }
        }
        // "My sister" may be of any age: a child, unless an adult's age is told and no child's.
        for (const Hit& hit : hits_)
            if (hit.what == Concept::young_kin && !adult && !undone(hit))
                child(words(hit));
    }

    struct Age {
        int years;
        std::string_view words;
    };
    [[nodiscard]] std::optional<Age> age_at(const Hit& hit) const {
        if (hit.what == Concept::age_before)
            return age_after(hit.end);
        if (hit.what == Concept::age_after)
            return age_before(hit.begin);
        return std::nullopt;
    }

    // "อายุ 14", "age: 14"; but none of "is 14 months", "is 14,000" and "is 10-12 hours".
    [[nodiscard]] std::optional<Age> age_after(std::size_t at) const {
        while (at < text_.size() && (text_[at] == ' ' || text_[at] == ':'))
            ++at;
        std::size_t end = at;
        while (end < text_.size() && is_digit(text_[end]))
            ++end;
        const std::string_view rest = text_.substr(end);
        if (rest.size() > 1 && std::string_view{",.:-"}.find(rest[0]) != std::string_view::npos &&
            is_digit(rest[1]))
            return std::nullopt;
        const auto begins_at = [&](Concept what, std::size_t place) {
            return any_near(place, place, [&](const Hit& h) {
                return h.what == what && h.begin == place;
            });
        };
        // "15tr" and "15k" are money, "15yo" is not.
        if (!rest.empty() && rest[0] >= 'a' && rest[0] <= 'z' &&
            !begins_at(Concept::age_after, end))
            return std::nullopt;
        const std::size_t unit = end + (rest.starts_with(' ') ? 1 : 0);
        if (begins_at(Concept::not_age, unit))
            return std::nullopt;
        return read_age(text_.substr(at, end - at));
    }
    // "14 years old", "14岁", "十四岁"
    [[nodiscard]] std::optional<Age> age_before(std::size_t at) const {
        while (at > 0 && text_[at - 1] == ' ')
            --at;
        std::size_t first = at;
        while (first > 0 && is_digit(text_[first - 1]))
            --first;
        if (first < at)
            return read_age(text_.substr(first, at - first));
        while (first >= 3 && chinese_digit(text_.substr(first - 3, 3)))
            first -= 3;
        return read_chinese_age(text_.substr(first, at - first));
    }

    static std::optional<Age> read_age(std::string_view digits) {
        int years = 0;
        const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), years);
        if (digits.empty() || digits.size() > 2 || read.ec != std::errc{})
            return std::nullopt;
        return Age{years, digits};
    }
    static std::optional<Age> read_chinese_age(std::string_view words) {
        constexpr std::size_t bytes_max = 12; // four characters: "九十九" and one to spare
        if (words.empty() || words.size() > bytes_max)
            return std::nullopt;
        int years = 0;
        for (std::size_t i = 0; i < words.size(); i += 3) {
            const int digit = *chinese_digit(words.substr(i, 3));
            if (digit == 10)
                years = std::max(years, 1) * 10;
            else if (years % 10 == 0) // "十七八": seventeen, or eighteen
                years += digit;
        }
        return Age{years, words};
    }

    std::string_view text_;
    Sentences sentences_;
    Hits hits_;
    std::size_t longest_ = 0; // bytes of the longest hit
    Hits safe_, past_, now_;  // the words that place their sentence in time
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
