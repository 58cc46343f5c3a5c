#include "triage/complaint.hpp"

namespace saiduan {
namespace {

constexpr std::size_t name_max = 200; // characters
constexpr std::size_t description_max = 1000;
constexpr std::size_t list_max = 20;
constexpr double accuracy_m_max = 100'000;

void read_person(Reader& in, Person& person) {
    in.choice("role", person.role, role_words);
    in.text("name", person.name, 0, name_max);
    in.text("phone", person.phone, 0, name_max);
    in.choice("sex", person.sex, sex_words);
    int age = 0;
    if (in.integer("age", age, 0, 120))
        person.age = age;
    if (!in.text("nationality", person.nationality, 3, 3))
        return;
    for (const char c : person.nationality)
        if (c < 'A' || c > 'Z') {
            in.reject(
                "nationality", "format", "must be three capital letters of ISO 3166-1, e.g. MMR"
            );
            return;
        }
}

void read_hour(Reader& in, std::string_view name) {
    std::string hour;
    in.require(name);
    if (!in.text(name, hour, 5, 5))
        return;
    const auto digit = [&](std::size_t i) { return hour[i] >= '0' && hour[i] <= '9'; };
    const bool good = digit(0) && digit(1) && hour[2] == ':' && digit(3) && digit(4) &&
                      hour.substr(0, 2) < "24" && hour[3] < '6';
    if (!good)
        in.reject(name, "format", "must be a time of day from 00:00 to 23:59");
}

// Contact rules, accused and officer are kept as filed; only their shape is checked.
void read_contact(Reader& in) {
    bool flag = false;
    std::string text;
    std::vector<std::string> list;
    in.boolean("safe", flag);
    in.texts("methods", list, list_max, name_max);
    in.objects("hours", list_max, [](Reader& hours) {
        read_hour(hours, "from");
        read_hour(hours, "to");
    });
    in.text("code_word", text, 0, name_max);
    in.boolean("voicemail", flag);
}

void read_accused(Reader& in) {
    std::string text;
    for (const char* name : {"name", "employer", "phone", "vehicle"})
        in.text(name, text, 0, name_max);
}

void read_officer(Reader& in) {
    Sex sex{};
    std::vector<std::string> list;
    in.choice("sex", sex, sex_words);
    in.texts("languages", list, list_max, name_max);
}

} // namespace

void read_location(Reader& in, Location& location) {
    in.require("latitude");
    in.require("longitude");
    in.number("latitude", location.point.latitude, -90, 90);
    in.number("longitude", location.point.longitude, -180, 180);
    in.number("accuracy_m", location.point.accuracy_m, 0, accuracy_m_max);
    UnixMs at = 0;
    if (in.time("at", at))
        location.at = at;
    in.text("description", location.description, 0, description_max);
}

Result<Complaint> Complaint::parse(const Json& document) {
    Complaint c;
    Reader in{document};
    in.text("text", c.text, 0, complaint_text_max);
    in.text("language", c.language, 2, 35);
    in.boolean("happening_now", c.happening_now);
    in.choices("categories", c.categories, category_words);
    Location location;
    if (in.object("location", [&](Reader& l) { read_location(l, location); }))
        c.location = location;
    Person reporter;
    if (in.object("reporter", [&](Reader& r) { read_person(r, reporter); }))
        c.reporter = reporter;
    in.objects("victims", victims_max, [&](Reader& v) {
        read_person(v, c.victims.emplace_back());
    });
    in.object("contact", read_contact);
    in.object("accused", read_accused);
    in.object("officer", read_officer);
    in.raw("contact", c.contact);
    in.raw("accused", c.accused);
    in.raw("officer", c.officer);
    in.texts("exclude", c.exclude, list_max, name_max);
    in.choice("consent", c.consent, consent_words);
    const bool blank = c.text.find_first_not_of(" \t\r\n") == std::string::npos;
    // A text of the wrong type has its own error already.
    const bool text_wrong = in.has("text") && !document["text"].is_string();
    if (blank && !text_wrong && c.categories.empty() && !in.has("location") && document.is_object())
        in.reject("", "required", "say something: text, categories or location");
    if (const auto bad = in.finish("the complaint"))
        return *bad;
    return c;
}

} // namespace saiduan
