#include "triage/facts.hpp"
#include "triage/normalise.hpp"
#include "triage/phones.hpp"
#include "triage/route.hpp"
#include "triage/triage.hpp"

#include <algorithm>
#include <filesystem>

namespace saiduan {
namespace {

constexpr std::size_t short_codes_max = 200;
constexpr std::size_t code_length_max = 8;
constexpr std::size_t phrase_files_max = 50;

// What a concept adds to the assessment, besides its weight in routing.
struct Effects {
    std::vector<Indicator> indicators;
    std::vector<Category> categories;
    std::vector<Category> child_categories; // instead, when a child is concerned
    std::vector<Need> needs;
};

template <class E>
void add_new(std::vector<E>& list, const std::vector<E>& more) {
    for (const E value : more)
        if (std::find(list.begin(), list.end(), value) == list.end())
            list.push_back(value);
}

// The concept a category of the form stands for.
constexpr Word<Category> concept_of_category[] = {
    {"unpaid_wages", Category::wage_withholding},
    {"debt", Category::debt_bondage},
    {"documents_taken", Category::document_retention},
    {"excessive_hours", Category::excessive_hours},
    {"unsafe_work", Category::unsafe_work},
    {"child_labour", Category::child_labour},
    {"contract_substitution", Category::contract_substitution},
    {"deductions", Category::illegal_deductions},
    {"unregistered", Category::unregistered_work},
    {"recruitment_fraud", Category::recruitment_fraud},
    {"confinement", Category::confinement},
    {"violence", Category::violence},
    {"threat_violence", Category::threats},
    {"kidnapping", Category::kidnapping},
    {"transport", Category::transport},
    {"forced_prostitution", Category::forced_prostitution},
    {"sexual_violence", Category::child_sexual_exploitation},
    {"forced_begging", Category::forced_begging},
    {"scam_compound", Category::forced_criminality},
    {"forced_marriage", Category::forced_marriage},
    {"organ_removal", Category::organ_removal},
    {"missing_person", Category::missing_person},
    {"image_blackmail", Category::image_blackmail},
    {"online_grooming", Category::online_grooming},
    {"intimate_images", Category::child_images},
    {"live_stream_abuse", Category::live_streamed_abuse},
    {"advertised_online", Category::child_advertised_online},
    {"family_tracing", Category::family_tracing}
};

bool about_children_only(Category c) {
    return c == Category::child_sexual_exploitation || c == Category::child_images ||
           c == Category::live_streamed_abuse || c == Category::child_advertised_online ||
           c == Category::child_labour;
}

class LoadedRules final : public Rules {
public:
    std::unique_ptr<Lexicon> lexicon;
    std::vector<Effects> effects; // by concept
    std::vector<std::string> short_codes;
    std::string fallback = "labour";

    [[nodiscard]] Assessment assess(const Complaint& complaint) const override {
        const std::string text = normalise(complaint.text);
        Assessment out;
        const std::string detected = detect_language(text);
        out.language =
            detected == "und" && !complaint.language.empty() ? complaint.language : detected;
        Facts facts = gather(*lexicon, text, complaint);
        add_form(facts, complaint);
        out.child = facts.child;
        if (out.child) {
            out.needs.push_back(Need::child_protection);
            out.reasons.push_back({"child", facts.child_phrase, "child"});
        }
        for (Concept what = 0; what < effects.size(); ++what)
            apply(facts, what, out);
        add_new(out.categories, complaint.categories);
        route(facts, fallback, complaint.exclude, out);
        find_numbers(text, complaint, out);
        return out;
    }

private:
    // What the form says counts as evidence beside the text.
    static void add_form(Facts& facts, const Complaint& complaint) {
        for (const Category c : complaint.categories) {
            const std::string_view what = word_of(c, concept_of_category);
            if (what.empty())
                continue;
            Occurrence& o = facts.of[std::string{what}];
            o.present = true;
            if (o.phrase.empty())
                o.phrase = "/categories " + std::string{word_of(c, category_words)};
            if (about_children_only(c) && !facts.child) {
                facts.child = true;
                facts.child_phrase = o.phrase;
            }
        }
    }

    void apply(const Facts& facts, Concept what, Assessment& out) const {
        const std::string& name = lexicon->concepts()[what];
        const auto it = facts.of.find(name);
        if (it == facts.of.end() || !it->second.any())
            return;
        const Effects& e = effects[what];
        const bool child = facts.child && !e.child_categories.empty();
        const std::size_t before = out.categories.size() + out.indicators.size() + out.needs.size();
        add_new(out.indicators, e.indicators);
        add_new(out.categories, child ? e.child_categories : e.categories);
        add_new(out.needs, e.needs);
        if (out.categories.size() + out.indicators.size() + out.needs.size() == before)
            return;
        std::string effect;
        for (const Category c : child ? e.child_categories : e.categories)
            effect += "category " + std::string{word_of(c, category_words)} + ", ";
        for (const Indicator i : e.indicators)
            effect += "indicator " + std::string{word_of(i, indicator_words)} + ", ";
        for (const Need n : e.needs)
            effect += "need " + std::string{word_of(n, need_words)} + ", ";
        out.reasons.push_back({name, it->second.phrase, effect.substr(0, effect.size() - 2)});
    }

    void find_numbers(const std::string& text, const Complaint& complaint, Assessment& out) const {
        out.phones = find_phones(text, short_codes);
        const auto add = [&](const std::string& raw) {
            if (!raw.empty() && out.phones.size() < phones_max)
                out.phones.push_back(read_phone(raw, short_codes));
        };
        if (complaint.reporter)
            add(complaint.reporter->phone);
        if (complaint.accused.is_object())
            add(complaint.accused.value("phone", ""));
    }
};

void append(std::vector<FieldError>& all, const std::string& file, const Fault& fault) {
    if (fault.fields.empty())
        all.push_back({file, "file", fault.detail});
    for (const FieldError& e : fault.fields)
        all.push_back({file + e.pointer, e.code, e.detail});
}

std::optional<Fault> read_rules(const std::string& file, LoadedRules& rules) {
    const Result<Json> document = read_json_file(file);
    if (!document)
        return document.error();
    std::vector<std::string> names;
    Reader in{*document};
    in.require("concepts");
    in.text("fallback_queue", rules.fallback, 1, 15);
    in.texts("short_codes", rules.short_codes, short_codes_max, code_length_max);
    in.object("concepts", [&](Reader& concepts) {
        names = concepts.keys();
        for (const std::string& name : names) {
            Effects& e = rules.effects.emplace_back();
            concepts.object(name, [&](Reader& effect) {
                effect.choices("indicators", e.indicators, indicator_words);
                effect.choices("categories", e.categories, category_words);
                effect.choices("child_categories", e.child_categories, category_words);
                effect.choices("needs", e.needs, need_words);
            });
        }
    });
    rules.lexicon = std::make_unique<Lexicon>(std::move(names));
    return in.finish(file);
}

} // namespace

Result<std::shared_ptr<const Rules>> Rules::load(const std::string& directory) {
    auto rules = std::make_shared<LoadedRules>();
    if (auto bad = read_rules(directory + "/rules.json", *rules))
        return *bad;
    std::vector<std::string> files;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator{directory + "/phrases", error})
        if (entry.path().extension() == ".json" && files.size() < phrase_files_max)
            files.push_back(entry.path().string());
    if (error || files.empty())
        return Fault{Errc::not_found, directory + "/phrases: no phrase files"};
    std::sort(files.begin(), files.end());
    std::vector<FieldError> faults;
    for (const std::string& file : files) {
        const Result<Json> document = read_json_file(file);
        if (!document)
            append(faults, file, document.error());
        else if (const auto bad = rules->lexicon->add(file, *document))
            append(faults, file, *bad);
    }
    if (!faults.empty())
        return Fault{Errc::invalid, directory + ": the rules have errors", std::move(faults)};
    if (auto bad = rules->lexicon->compile())
        return *bad;
    return std::shared_ptr<const Rules>{std::move(rules)};
}

} // namespace saiduan
