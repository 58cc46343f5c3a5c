#include "triage/complaint.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace saiduan;

namespace {

std::set<std::string> wrong(const char* text) {
    const auto document = parse_json(text);
    REQUIRE(document.has_value());
    const auto parsed = Complaint::parse(*document);
    REQUIRE(parsed.has_error());
    std::set<std::string> out;
    for (const FieldError& e : parsed.error().fields)
        out.insert(e.pointer + " " + e.code);
    return out;
}

} // namespace

TEST_CASE("a complaint with every field is read") {
    const auto document = parse_json(R"({"text":"…","language":"my","happening_now":true,
        "categories":["wage_withholding"],
        "location":{"latitude":13.5,"longitude":100.2,"accuracy_m":30,
         "at":"2026-11-23T14:00:00Z","description":"pier 3"},
        "reporter":{"role":"victim","name":"x","phone":"081 234 5678",
         "sex":"female","age":17,"nationality":"MMR"},
        "contact":{"safe":true,"methods":["call"],"hours":[{"from":"20:00","to":"22:00"}],
         "code_word":"x","voicemail":false},
        "victims":[{"sex":"female","age":15,"nationality":"MMR"}],
        "accused":{"name":"x","employer":"x","phone":"x","vehicle":"x"},
        "officer":{"sex":"female","languages":["my"]},
         "exclude":["police"],"consent":"confidential"})");
    REQUIRE(document.has_value());
    const auto c = Complaint::parse(*document);
    REQUIRE(c.has_value());
    CHECK(c->location->point.accuracy_m == 30);
    CHECK(c->reporter->age == 17);
    CHECK(c->victims.at(0).sex == Sex::female);
    CHECK(c->exclude == std::vector<std::string>{"police"});
}

TEST_CASE("something must be said: text, categories or a location") {
    CHECK(wrong("{}") == std::set<std::string>{" required"});
    CHECK(wrong(R"({"text":"  \n"})") == std::set<std::string>{" required"});
    CHECK(Complaint::parse(*parse_json(R"({"location":{"latitude":1,"longitude":2}})")).has_value()
    );
}

TEST_CASE("every wrong field is named at once, with its place") {
    CHECK(
        wrong(R"({"text":5,"categories":["wages"],"location":{"latitude":91,"longitude":"x"},
              "victims":[{"age":-1},{"age":300,"nationality":"mm"}],
              "contact":{"hours":[{"from":"25:00"}]},"nope":1})") ==
        std::set<std::string>{
            "/text type",
            "/categories/0 choice",
            "/location/latitude range",
            "/location/longitude type",
            "/victims/0/age range",
            "/victims/1/age range",
            "/victims/1/nationality length",
            "/contact/hours/0/from format",
            "/contact/hours/0/to required",
            "/nope unknown"
        }
    );
}

TEST_CASE("a text of 20,000 characters is taken, one more is not") {
    Json document{{"text", std::string(complaint_text_max, 'a')}};
    CHECK(Complaint::parse(document).has_value());
    document["text"] = std::string(complaint_text_max + 1, 'a');
    CHECK(Complaint::parse(document).has_error());
}
