#include "tests/service/reporter.hpp"

#include <algorithm>
#include <set>

using namespace saiduan;
using namespace saiduan::test;

namespace {

std::set<std::string> names_of(const Json& object) {
    std::set<std::string> out;
    for (const auto& [name, value] : object.items())
        out.insert(name);
    return out;
}

std::set<std::string> header_names(const HttpAnswer& answer) {
    std::set<std::string> out;
    for (const auto& [name, value] : answer.headers)
        out.insert(name);
    return out;
}

// Status, header names and the names of the body's members are the same.
void check_alike(const HttpAnswer& forced, const HttpAnswer& free) {
    INFO(forced.body << " beside " << free.body);
    CHECK(forced.status == free.status);
    CHECK(header_names(forced) == header_names(free));
    CHECK(names_of(Json::parse(forced.body)) == names_of(Json::parse(free.body)));
}

struct Forced {
    Configuration configuration{};
    Station station{configuration.file()};
    std::string labour = station.token("labour", "dispatcher");
    std::string police = station.token("police", "dispatcher");
    FiledComplaint filed{};
    std::string forced{}, free{}; // sessions
    Forced() {
        station.start();
        HttpClient client{station.port()};
        filed = file(client, plain_complaint);
        free = session(client, filed.receipt);
        forced = session(client, under_duress(filed.receipt));
    }
};

bool alerted(const Json& line, const char* alert) {
    const Json& alerts = line.at("alerts");
    return std::find(alerts.begin(), alerts.end(), Json(alert)) != alerts.end();
}

} // namespace

TEST_CASE("the duress form of a receipt shows a harmless page and calls the police") {
    const Configuration configuration;
    Station station{configuration.file()};
    const std::string labour = station.token("labour", "dispatcher");
    const std::string police = station.token("police", "dispatcher");
    station.start();
    HttpClient client{station.port()};
    const FiledComplaint filed = file(client, plain_complaint);
    CHECK(line_of(client, labour, "labour", filed.id).at("priority") == "normal");
    const HttpAnswer free = try_receipt(client, filed.receipt);
    CHECK(line_of(client, police, "police", filed.id).is_null());
    const HttpAnswer forced = try_receipt(client, under_duress(filed.receipt));
    check_alike(forced, free);

    const std::string token = Json::parse(forced.body).at("token").get<std::string>();
    const Json english = configuration.read("locales/en.json").at("texts");
    const Json seen = view(client, token);
    const Json own = view(client, session(client, filed.receipt));
    CHECK(names_of(seen) == names_of(own));
    CHECK(names_of(seen.at("status")) == names_of(own.at("status")));
    CHECK(seen.at("status").at("text") == english.at("quiet"));
    for (const char* telling : {"expected", "readers", "opened", "messages"})
        CHECK(seen.at(telling).empty());
    const Json burmese = configuration.read("locales/my.json").at("texts");
    CHECK(view(client, token, "?language=my").at("status").at("text") == burmese.at("quiet"));
    CHECK(client.ask("GET", "/v1/complaint/proof", bearer(token)).status == 404);

    for (const auto& [agency, staff] : {std::pair{"labour", labour}, std::pair{"police", police}}) {
        const Json line = line_of(client, staff, agency, filed.id);
        REQUIRE(line.is_object());
        CHECK(line.at("priority") == "critical");
        CHECK(alerted(line, "duress"));
        CHECK(opened_case(client, staff, line).at("content") == Json::parse(plain_complaint));
    }
}

TEST_CASE("what is said under duress is kept for the police and answered as always") {
    Forced f;
    HttpClient client{f.station.port()};
    const Json lie{{"text", "All is well, I was wrong"}};
    const Json position{{"latitude", 13.5475}, {"longitude", 100.2744}};
    check_alike(add(client, f.forced, "messages", lie), add(client, f.free, "messages", lie));
    check_alike(
        add(client, f.forced, "locations", position), add(client, f.free, "locations", position)
    );
    check_alike(add(client, f.forced, "danger"), add(client, f.free, "danger"));
    CHECK(add(client, f.forced, "messages").status == add(client, f.free, "messages").status);
    const Json opened =
        opened_case(client, f.police, line_of(client, f.police, "police", f.filed.id));
    std::vector<Json> kept;
    for (const Json& event : opened.at("events"))
        if (event.at("kind") == "duress")
            kept.push_back(event.at("detail"));
    REQUIRE(kept.size() == 4); // opened it, wrote, moved, called for help
    CHECK(kept[0].empty());
    CHECK(kept[1] == lie);
    CHECK(kept[2].at("location").at("latitude") == 13.5475);
    // Whoever stands behind the reporter later must not find out either.
    const Json seen = view(client, f.free);
    CHECK(seen.dump().find("duress") == std::string::npos);
    CHECK(seen.at("messages").size() == 2);
    CHECK(f.station.stop() == 0);
    CHECK(f.station.audit("") == 0);
}

TEST_CASE("a withdrawal under duress is answered like any other and withdraws nothing") {
    Forced f;
    HttpClient client{f.station.port()};
    const Json reason{{"reason", "I was wrong"}};
    const HttpAnswer forced = add(client, f.forced, "withdrawal", reason);
    CHECK(view(client, f.free).at("status").at("code") == "received");
    for (const auto& [agency, staff] :
         {std::pair{"labour", f.labour}, std::pair{"police", f.police}})
        CHECK_FALSE(alerted(line_of(client, staff, agency, f.filed.id), "withdrawn"));
    check_alike(forced, add(client, f.free, "withdrawal", reason));
    CHECK(view(client, f.free).at("status").at("code") == "withdrawn");
    CHECK(view(client, f.forced).at("status").at("code") == "resolved");
}
