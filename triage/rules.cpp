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
constexpr std::pair<Category, Concept> concept_of_category[] = {
    {Category::wage_withholding, Concept::unpaid_wages},
    {Category::debt_bondage, Concept::debt},
    {Category::document_retention, Concept::documents_taken},
    {Category::excessive_hours, Concept::excessive_hours},
    {Category::unsafe_work, Concept::unsafe_work},
    {Category::child_labour, Concept::child_labour},
    {Category::contract_substitution, Concept::contract_substitution},
    {Category::illegal_deductions, Concept::deductions},
    {Category::unregistered_work, Concept::unregistered},
    {Category::recruitment_fraud, Concept::recruitment_fraud},
    {Category::confinement, Concept::confinement},
    {Category::violence, Concept::violence},
    {Category::threats, Concept::threat_violence},
    {Category::kidnapping, Concept::kidnapping},
    {Category::transport, Concept::transport},
    {Category::forced_prostitution, Concept::forced_prostitution},
    {Category::child_sexual_exploitation, Concept::sexual_violence},
    {Category::forced_begging, Concept::forced_begging},
    {Category::forced_criminality, Concept::scam_compound},
    {Category::forced_marriage, Concept::forced_marriage},
    {Category::organ_removal, Concept::organ_removal},
    {Category::missing_person, Concept::missing_person},
    {Category::image_blackmail, Concept::image_blackmail},
    {Category::online_grooming, Concept::online_grooming},
    {Category::child_images, Concept::intimate_images},
    {Category::live_streamed_abuse, Concept::live_stream_abuse},
    {Category::child_advertised_online, Concept::advertised_online},
    {Category::family_tracing, Concept::family_tracing}
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
        for (std::size_t what = 0; what < effects.size(); ++what)
            apply(facts, Concept{what}, out);
        add_new(out.categories, complaint.categories);
        route(facts, fallback, complaint.exclude, out);
        find_numbers(text, complaint, out);
        return out;
    }

private:
    // What the form says counts as evidence beside the text.
    static void add_form(Facts& facts, const Complaint& complaint) {
        for (const Category c : complaint.categories) {
            const auto* known = std::find_if(
                std::begin(concept_of_category),
                std::end(concept_of_category),
                [&](const auto& pair) { return pair.first == c; }
            );
            if (known == std::end(concept_of_category))
                continue;
            Occurrence& o = facts[known->second];
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
        if (!facts.any(what))
            return;
        const auto number = static_cast<std::size_t>(what);
        const Effects& e = effects[number];
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
        effect.resize(effect.size() - 2);
        out.reasons.push_back({lexicon->concepts()[number], facts[what].phrase, std::move(effect)});
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

void read_effects(Reader& concepts, const std::string& name, Effects& e) {
    concepts.object(name, [&](Reader& effect) {
        effect.choices("indicators", e.indicators, indicator_words);
        effect.choices("categories", e.categories, category_words);
        effect.choices("child_categories", e.child_categories, category_words);
        effect.choices("needs", e.needs, need_words);
    });
}

std::optional<Fault> read_rules(const std::string& file, LoadedRules& rules) {
    const Result<Json> document = read_json_file(file);
    if (!document)
        return document.error();
    std::vector<std::string> names;
    for (const Word<Concept>& known : concept_words)
        names.emplace_back(known.word);
    Reader in{*document};
    in.require("concepts");
    in.text("fallback_queue", rules.fallback, 1, 15);
    in.texts("short_codes", rules.short_codes, short_codes_max, code_length_max);
    in.object("concepts", [&](Reader& concepts) {
        // One left out would be a rule that silently never fires.
        for (const std::string& name : names)
            concepts.require(name);
        for (const std::string& name : concepts.keys())
            if (std::find(names.begin(), names.end(), name) == names.end())
                names.push_back(name);
        for (const std::string& name : names)
            read_effects(concepts, name, rules.effects.emplace_back());
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
    rules->lexicon->compile();
    return std::shared_ptr<const Rules>{std::move(rules)};
}

} // namespace saiduan
