// The phrase finder against a search that knows nothing of its index.
#include "triage/lexicon.hpp"
#include "triage/triage.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>

using namespace saiduan;

namespace {

Lexicon lexicon_of(const char* phrases) {
    std::vector<std::string> names;
    for (const Word<Concept>& known : concept_words)
        names.emplace_back(known.word);
    Lexicon lexicon{std::move(names)};
    const auto document = parse_json(phrases);
    REQUIRE(document.has_value());
    const auto bad = lexicon.add("test", *document);
    REQUIRE_FALSE(bad.has_value());
    lexicon.compile();
    return lexicon;
}

std::vector<std::string> found(const Lexicon& lexicon, const std::string& text) {
    std::vector<std::string> out;
    for (const Hit& hit : lexicon.find(text, Sentences{text}))
        out.push_back(text.substr(hit.begin, hit.end - hit.begin));
    return out;
}

using Words = std::vector<std::string>;

} // namespace

TEST_CASE("a Latin phrase is found as whole words only, any other anywhere") {
    const Lexicon lexicon =
        lexicon_of(R"({"language":"en","phrases":{"debt":["owe","ตี","岁"],"now":["ở"]}})");
    CHECK(found(lexicon, "owe power owes, owe") == Words{"owe", "owe"});
    CHECK(found(lexicon, "โดนตีตี 12岁") == Words{"ตี", "ตี", "岁"});
    CHECK(found(lexicon, "ở phở") == Words{"ở"});
    CHECK(found(lexicon, "oweမှာ") == Words{"owe"});
}

TEST_CASE("a phrase does not cut a number in two") {
    const Lexicon lexicon = lexicon_of(R"({"language":"th","phrases":{"debt":["4 ชั่วโมง","ม.1"]}})");
    CHECK(found(lexicon, "14 ชั่วโมง ม.12 ม.1").size() == 1);
}

TEST_CASE("a phrase does not cut a Khmer or Burmese syllable in two") {
    const Lexicon lexicon = lexicon_of(R"({"language":"km","phrases":{"violence":["វាយ","ပတ"]}})");
    CHECK(found(lexicon, "ស្វាយ").empty()); // mango
    CHECK(found(lexicon, "គេវាយខ្ញុំ") == Words{"វាយ"});
    CHECK(found(lexicon, "ပတ္တမြား").empty()); // ruby
}

TEST_CASE("a gap spans a few words of the same sentence") {
    const Lexicon lexicon =
        lexicon_of(R"({"language":"en","phrases":{"unpaid_wages":["not paid … wages"]}})");
    CHECK(found(lexicon, "not paid all our wages") == Words{"not paid all our wages"});
    CHECK(found(lexicon, "not paid. my wages").empty());
    CHECK(found(lexicon, "not paid" + std::string(120, '-') + "wages").empty());
}

TEST_CASE("alternatives in braces are phrases of their own") {
    const Lexicon lexicon = lexicon_of(
        R"({"language":"en","phrases":{"debt":["{he|she} {hits|kicks}","owe{|s} … {him|her}","{a|a}"]}})"
    );
    CHECK(found(lexicon, "he hits, she kicks, they hits") == Words{"he hits", "she kicks"});
    CHECK(found(lexicon, "owe it all to her. owes him") == Words{"owe it all to her", "owes him"});
    CHECK(found(lexicon, "a").size() == 1);
}

TEST_CASE("braces that do not match, or mean too much, are refused") {
    std::string many;
    for (int i = 0; i < 12; ++i)
        many += "{a|b}";
    for (const std::string& bad : {"{a", "a}", "a}b{c", "{a{b|c}}", "{|a}", "{}", many.c_str()}) {
        Lexicon lexicon{{"debt"}};
        Json document;
        document["language"] = "en";
        document["phrases"]["debt"] = {bad};
        INFO(bad);
        CHECK(lexicon.add("test", document).has_value());
    }
}

TEST_CASE("the index finds what a plain search finds, in any text") {
    const Words phrases = {"ab", "abc", "abcdef", "abcdefg", "b", "ກ", "ກຂ", "ກຂc", "ขก", "ခက"};
    Json list = phrases;
    const Lexicon lexicon =
        lexicon_of(Json{{"language", "en"}, {"phrases", {{"debt", list}}}}.dump().c_str());
    const Words pieces = {"a", "b", "c", "def", "g", " ", "ກ", "ຂ", "ข", "ก", "ခ", "က"};
    std::mt19937 random{11};
    for (int round = 0; round < 500; ++round) {
        std::string text;
        for (int i = 0; i < 30; ++i)
            text += pieces[random() % pieces.size()];
        const auto word = [&](std::size_t i) {
            return i < text.size() && text[i] != ' ' && text[i] >= 0;
        };
        Words expected;
        for (std::size_t at = 0; at < text.size(); ++at)
            for (const std::string& p : phrases) {
                const bool latin = p.front() > 0;
                const bool whole = (at == 0 || !word(at - 1)) && !word(at + p.size());
                if (text.compare(at, p.size(), p) == 0 && (whole || !latin))
                    expected.push_back(p);
            }
        CHECK(found(lexicon, text) == expected);
    }
}

TEST_CASE("a sentence lies between the nearest stops of any script") {
    const std::string text = "one. two! สาม သုံး။ four";
    const Sentences sentences{text};
    const auto sentence = [&](const char* word) {
        const std::size_t at = text.find(word);
        const auto [first, last] = sentences.around(at, at + std::strlen(word));
        return text.substr(first, last - first);
    };
    CHECK(sentence("one") == "one");
    CHECK(sentence("two") == "two");
    CHECK(sentence("သုံး") == " สาม သုံး");
    CHECK(sentence("four") == " four");
    CHECK(sentence("two! สาม") == "two! สาม သုံး");
}

TEST_CASE("rules that leave out a concept are refused, and it is named") {
    namespace fs = std::filesystem;
    const fs::path copy = fs::temp_directory_path() / ("saiduan_rules_" + std::to_string(getpid()));
    fs::remove_all(copy);
    fs::copy(SAIDUAN_SOURCE_DIR "/config/triage", copy, fs::copy_options::recursive);
    Json rules = *read_json_file((copy / "rules.json").string());
    rules["concepts"].erase("negation");
    std::ofstream{copy / "rules.json"} << rules;
    const auto loaded = Rules::load(copy.string());
    fs::remove_all(copy);
    REQUIRE(loaded.has_error());
    REQUIRE(loaded.error().fields.size() == 1);
    CHECK(loaded.error().fields[0].pointer == "/concepts/negation");
    CHECK(loaded.error().fields[0].code == "required");
}
