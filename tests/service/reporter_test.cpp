#include "tests/service/reporter.hpp"

#include <algorithm>

using namespace saiduan;
using namespace saiduan::test;

namespace {

// The server, a dispatcher each of labour and police, and an auditor of the oversight agency.
struct Office {
    explicit Office(const std::function<void(Json&)>& settings = [](Json&) {}) {
        configuration.edit("saiduan.json", settings);
        labour = station.token("labour", "dispatcher");
        police = station.token("police", "dispatcher");
        station.start();
    }
    Configuration configuration{};
    Station station{configuration.file()};
    std::string labour, police;
};

bool has(const Json& list, const char* word) {
    return std::find(list.begin(), list.end(), Json(word)) != list.end();
}

Json detail_of(const Json& opened, const std::string& kind) {
    for (const Json& event : opened.at("events"))
        if (event.at("kind") == kind)
            return event.at("detail");
    FAIL("no event " << kind << " in " << opened.dump());
    return opened;
}

} // namespace

TEST_CASE("the status is told in the language of the complaint, or the one asked for") {
    constexpr std::pair<const char*, const char*> complaints[] = {
        {"en", "Our employer has not paid our wages for two months"},
        {"th", "นายจ้างไม่จ่ายค่าจ้างให้เราสองเดือนแล้ว"},
        {"my", "အလုပ်ရှင်က ကျွန်တော်တို့ကို လုပ်ခမပေးပါဘူး"},
        {"km", "និយោជកមិនបើកប្រាក់ខែឱ្យយើងពីរខែហើយ"},
        {"lo", "ນາຍຈ້າງບໍ່ຈ່າຍຄ່າແຮງໃຫ້ພວກເຮົາສອງເດືອນແລ້ວ"},
        {"vi", "Chủ không trả lương cho chúng tôi hai tháng rồi"},
        {"zh", "老板两个月没有给我们发工资"}
    };
    Office office;
    HttpClient client{office.station.port()};
    const auto received = [&](const std::string& language) {
        return office.configuration.read("locales/" + language + ".json")
            .at("texts")
            .at("received");
    };
    for (const auto& [language, text] : complaints) {
        INFO(language);
        const Json body{{"text", text}};
        const std::string token = session(client, file(client, body.dump()).receipt);
        const Json status = view(client, token).at("status");
        CHECK(status.at("code") == "received");
        CHECK(status.at("text") == received(language));
        CHECK(view(client, token, "?language=lo").at("status").at("text") == received("lo"));
    }
    const Json unclear{{"text", "12 345"}, {"language", "my-MM"}};
    const std::string token = session(client, file(client, unclear.dump()).receipt);
    CHECK(view(client, token).at("status").at("text") == received("my"));
}

TEST_CASE("what is no language is not kept as one") {
    Office office;
    HttpClient client{office.station.port()};
    const FiledComplaint filed = file(client, R"({"text":"12 345","language":"Maung Maung Aye"})");
    CHECK(line_of(client, office.labour, "labour", filed.id).at("language") == "und");
}

TEST_CASE("the reporter sees who may read, who opened it when, and what comes by when") {
    Office office;
    HttpClient client{office.station.port()};
    const FiledComplaint filed = file(client, plain_complaint);
    const std::string token = session(client, filed.receipt);
    const Json before = view(client, token);
    std::vector<std::string> readers;
    for (const Json& reader : before.at("readers")) {
        readers.push_back(reader.at("key").get<std::string>());
        CHECK_FALSE(reader.at("en").get<std::string>().empty());
        CHECK_FALSE(reader.at("th").get<std::string>().empty());
    }
    CHECK(readers == std::vector<std::string>{"labour", "oversight"});
    CHECK(before.at("opened").empty());
    REQUIRE(before.at("expected").size() == 2);
    CHECK(before.at("expected").at(0).at("what") == "first_contact");
    CHECK(before.at("expected").at(0).at("by") == filed.answer.at("first_response_by"));
    CHECK(before.at("expected").at(1).at("what") == "result");

    const Json line = line_of(client, office.labour, "labour", filed.id);
    CHECK(opened_case(client, office.labour, line).at("content") == Json::parse(plain_complaint));
    const HttpAnswer answer = client.ask("GET", "/v1/complaint", bearer(token));
    const Json opened = Json::parse(answer.body).at("opened");
    REQUIRE(opened.size() == 1);
    CHECK(opened.at(0).at("agency") == "labour");
    CHECK(opened.at(0).at("role") == "dispatcher");
    CHECK(opened.at(0).at("at").is_string());
    CHECK(opened.at(0).size() == 3);
    const std::string holder = "dispatcher-"; // as the tests label their tokens
    CHECK(answer.body.find(holder) == std::string::npos);

    REQUIRE(step_case(client, office.labour, line, "claim").status == 200);
    CHECK(view(client, token).at("status").at("code") == "claimed");
    REQUIRE(step_case(client, office.labour, line, "contacts", {{"method", "call"}}).status == 200);
    const Json contacted = view(client, token);
    CHECK(contacted.at("status").at("code") == "contacted");
    CHECK(contacted.at("expected").size() == 1);
    const Json outcome{{"outcome", "assisted"}};
    REQUIRE(step_case(client, office.labour, line, "resolution", outcome).status == 200);
    CHECK(view(client, token).at("status").at("code") == "resolved");
    CHECK(view(client, token).at("expected").empty());
    CHECK(client.ask("GET", "/v1/complaint", bearer(token)).body.find(holder) == std::string::npos);
}

TEST_CASE("words go both ways: the reporter's set the alert, the agency's clear it") {
    Office office;
    HttpClient client{office.station.port()};
    const FiledComplaint filed = file(client, plain_complaint);
    const std::string token = session(client, filed.receipt);
    const auto line = [&] { return line_of(client, office.labour, "labour", filed.id); };
    CHECK(line().at("alerts").empty());
    REQUIRE(
        add(client, token, "messages", {{"text", "I work in the shed at the pier"}}).status == 201
    );
    CHECK(has(line().at("alerts"), "message"));
    CHECK(
        detail_of(opened_case(client, office.labour, line()), "messaged").at("text") ==
        "I work in the shed at the pier"
    );
    REQUIRE(step_case(client, office.labour, line(), "claim").status == 200);
    CHECK(has(line().at("alerts"), "message"));
    const Json reply{{"text", "We come on Monday"}};
    REQUIRE(step_case(client, office.labour, line(), "messages", reply).status == 200);
    CHECK(line().at("alerts").empty());
    const Json messages = view(client, token).at("messages");
    REQUIRE(messages.size() == 2);
    CHECK(messages.at(0).at("from") == "reporter");
    CHECK(messages.at(0).at("text") == "I work in the shed at the pier");
    CHECK(messages.at(1).at("from") == "labour");
    CHECK(messages.at(1).at("text") == "We come on Monday");
    CHECK(add(client, token, "messages").status == 422);
    CHECK(line().at("priority") == "normal");
}

TEST_CASE("a position sent later reaches the agency with the place it lies in") {
    Office office;
    HttpClient client{office.station.port()};
    const FiledComplaint filed = file(client, plain_complaint);
    const std::string token = session(client, filed.receipt);
    const Json position{
        {"latitude", 13.5475}, {"longitude", 100.2744}, {"accuracy_m", 30}, {"description", "pier"}
    };
    REQUIRE(add(client, token, "locations", position).status == 201);
    CHECK(add(client, token, "locations", {{"latitude", 130}}).status == 422);
    const Json line = line_of(client, office.labour, "labour", filed.id);
    CHECK(has(line.at("alerts"), "message"));
    const Json detail = detail_of(opened_case(client, office.labour, line), "located");
    CHECK(detail.at("location").at("latitude") == 13.5475);
    CHECK(detail.at("location").at("description") == "pier");
    CHECK(detail.at("place").at("province") == "TH-74");
}

TEST_CASE("a grown-up may withdraw once, and the agency is told") {
    Office office;
    HttpClient client{office.station.port()};
    const FiledComplaint filed = file(client, plain_complaint);
    const std::string token = session(client, filed.receipt);
    REQUIRE(add(client, token, "withdrawal", {{"reason", "they paid"}}).status == 201);
    CHECK(view(client, token).at("status").at("code") == "withdrawn");
    CHECK(add(client, token, "withdrawal").status == 409);
    const Json line = line_of(client, office.labour, "labour", filed.id);
    CHECK(has(line.at("alerts"), "withdrawn"));
    CHECK(line.at("state") == "waiting");
    CHECK(
        detail_of(opened_case(client, office.labour, line), "withdrawn").at("reason") == "they paid"
    );
}

TEST_CASE("a child's complaint goes on, whoever asks to end it, unless the law lets it") {
    const Json child{
        {"text", "They do not pay us"}, {"reporter", {{"role", "victim"}, {"age", 15}}}
    };
    const auto withdraw = [&](const std::string& complaint, Json rule) {
        Office office{[&](Json& settings) { settings["withdrawal"] = rule; }};
        HttpClient client{office.station.port()};
        const std::string token = session(client, file(client, complaint).receipt);
        const int status = add(client, token, "withdrawal").status;
        const bool withdrawn = view(client, token).at("status").at("code") == "withdrawn";
        CHECK(withdrawn == (status == 201));
        return status;
    };
    CHECK(withdraw(child.dump(), {{"allowed", true}, {"of_children", false}}) == 409);
    CHECK(withdraw(child.dump(), {{"allowed", true}, {"of_children", true}}) == 201);
    CHECK(withdraw(std::string{plain_complaint}, {{"allowed", false}}) == 409);
}

TEST_CASE("danger is the police's first case at once, and wakes who waits for it") {
    Office office;
    HttpClient client{office.station.port()};
    HttpClient waiting{office.station.port()};
    const FiledComplaint filed = file(client, plain_complaint);
    const std::string token = session(client, filed.receipt);
    CHECK(line_of(client, office.police, "police", filed.id).is_null());
    const std::string path = "/v1/queues/police/cases";
    HttpHeaders seen = bearer(office.police);
    seen.emplace_back("If-None-Match", waiting.ask("GET", path, seen).header("etag"));
    seen.emplace_back("Prefer", "wait=50");
    waiting.send(http_request("GET", path, seen));

    const HttpAnswer told = add(client, token, "danger");
    CHECK(told.status == 201);
    const Json texts = office.configuration.read("locales/en.json").at("texts");
    CHECK(Json::parse(told.body).at("text") == texts.at("danger_done"));
    const HttpAnswer woken = waiting.receive();
    REQUIRE(woken.status == 200);
    const Json first = Json::parse(woken.body).at("cases").at(0);
    CHECK(first.at("complaint").dump() == filed.id);
    CHECK(first.at("priority") == "critical");
    const Json opened = opened_case(client, office.police, first);
    CHECK(opened.at("content") == Json::parse(plain_complaint));
    static_cast<void>(detail_of(opened, "endangered"));
    CHECK(line_of(client, office.labour, "labour", filed.id).at("priority") == "critical");
    std::vector<std::string> readers;
    const Json seen_now = view(client, token);
    for (const Json& reader : seen_now.at("readers"))
        readers.push_back(reader.at("key").get<std::string>());
    CHECK(readers == std::vector<std::string>{"labour", "police", "oversight"});
}

TEST_CASE("words that tell of danger raise the complaint like the button does") {
    Office office;
    HttpClient client{office.station.port()};
    const FiledComplaint filed = file(client, plain_complaint);
    const std::string token = session(client, filed.receipt);
    const Json line = line_of(client, office.labour, "labour", filed.id);
    REQUIRE(step_case(client, office.labour, line, "claim").status == 200);
    const Json outcome{{"outcome", "unreachable"}};
    REQUIRE(step_case(client, office.labour, line, "resolution", outcome).status == 200);
    const Json cry{{"text", "Help, they are beating me now"}};
    REQUIRE(add(client, token, "messages", cry).status == 201);
    const Json labour = line_of(client, office.labour, "labour", filed.id);
    CHECK(labour.at("priority") == "critical");
    CHECK(labour.at("state") == "waiting");
    const Json police = line_of(client, office.police, "police", filed.id);
    REQUIRE(police.is_object());
    CHECK(police.at("priority") == "critical");
    CHECK(has(police.at("alerts"), "message"));
    CHECK(detail_of(opened_case(client, office.police, police), "messaged") == cry);
    const Json messages = view(client, token).at("messages");
    REQUIRE(messages.size() == 1);
    CHECK(messages.at(0).at("text") == cry.at("text"));
}
