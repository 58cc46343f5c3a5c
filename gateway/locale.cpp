#include "gateway/locale.hpp"

#include <cassert>
#include <filesystem>

namespace saiduan {
namespace {

constexpr std::size_t text_max = 1000;
constexpr std::size_t languages_max = 50;
constexpr std::string_view fallback = "en";

} // namespace

Result<Locales> Locales::load(const std::string& directory) {
    Locales out;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator{directory, error}) {
        if (entry.path().extension() != ".json" || out.languages_.size() >= languages_max)
            continue;
        const std::string file = entry.path().string();
        const Result<Json> document = read_json_file(file);
        if (!document)
            return document.error();
        std::string language;
        Texts texts;
        Reader in{*document};
        in.require("language");
        in.text("language", language, 2, 35);
        in.require("texts");
        in.object("texts", [&](Reader& all) {
            for (const std::string_view key : locale_texts) {
                all.require(key);
                all.text(key, texts[std::string{key}], 1, text_max);
            }
        });
        if (const auto bad = in.finish(file))
            return *bad;
        out.languages_[language] = std::move(texts);
    }
    if (error || !out.languages_.contains(fallback))
        return Fault{Errc::not_found, directory + ": no texts in English (en.json)"};
    return out;
}

const std::string& Locales::text(std::string_view language, std::string_view key) const {
    auto it = languages_.find(language.substr(0, language.find('-')));
    if (it == languages_.end())
        it = languages_.find(fallback);
    const auto text = it->second.find(key);
    assert(text != it->second.end());
    return text->second;
}

} // namespace saiduan
