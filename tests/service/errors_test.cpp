#include "tests/service/talk.hpp"

#include <ctime>
#include <set>

using namespace saiduan;
using namespace saiduan::test;

namespace {

Json problem(const HttpAnswer& answer, int status) {
    INFO(answer.body);
    CHECK(answer.status == status);
    CHECK(answer.header("content-type") == "application/problem+json");
    std::tm date{};
    CHECK(strptime(answer.header("date").c_str(), "%a, %d %b %Y %T GMT", &date) != nullptr);
    CHECK(std::abs(timegm(&date) - std::time(nullptr)) <= 60);
    const Json body = Json::parse(answer.body, nullptr, false);
    REQUIRE(body.is_object());
    CHECK(body.at("status") == status);
    CHECK(body.at("type").get<std::string>().starts_with("/problems/"));
    CHECK(body.at("title").is_string());
    return body;
}

} // namespace

TEST_CASE("a complaint that cannot be read is refused with the reason") {
    Service service;
    HttpClient client{service.station.port()};
    const auto post = [&](std::string_view body, const HttpHeaders& headers = {}) {
        return client.ask("POST", "/v1/complaints", headers, body);
    };
    problem(post("{\"text\":"), 400);
    problem(post(plain_complaint, {{"Content-Type", "text/plain"}}), 415);
    problem(post(plain_complaint, {{"Idempotency-Key", "two words"}}), 400);
    const Json wrong =
        problem(post(R"({"text":"x","language":"x","consent":5,"nonsense":1})"), 422);
    std::set<std::string> pointers;
    for (const Json& error : wrong.at("errors"))
        pointers.insert(error.at("pointer").get<std::string>());
    CHECK(pointers == std::set<std::string>{"#/language", "#/consent", "#/nonsense"});
    CHECK(problem(post("{}"), 422).at("errors").size() == 1);
    CHECK(post(plain_complaint).status == 201);
}

TEST_CASE("what HTTP itself forbids is refused and the connection ends") {
    Service service;
    const auto refused = [&](const std::string& bytes, int status) {
        HttpClient client{service.station.port()};
        client.send(bytes);
        const HttpAnswer answer = client.receive();
        problem(answer, status);
        CHECK(answer.header("connection") == "close");
    };
    refused("nonsense\r\n\r\n", 400);
    refused("POST /v1/complaints HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n", 413);
    refused("GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + std::string(9000, 'x') + "\r\n\r\n", 431);
}

TEST_CASE("staff paths ask who it is and what he may do") {
    Service service;
    HttpClient client{service.station.port()};
    const std::string queue = "/v1/queues/labour/cases";
    const HttpAnswer nobody = client.ask("GET", queue);
    problem(nobody, 401);
    CHECK(nobody.header("www-authenticate") == "Bearer");
    problem(client.ask("GET", queue, bearer("sd_wrong")), 401);
    problem(client.ask("GET", queue, bearer(service.analyst)), 403);
    problem(client.ask("GET", queue, bearer(service.police)), 404);
    CHECK(
        problem(client.ask("GET", queue + "?limit=0&x=1", bearer(service.token)), 422)
            .at("errors")
            .size() == 2
    );
    problem(client.ask("GET", queue + "?limit=%zz", bearer(service.token)), 400);
    problem(client.ask("GET", "/v1/nothing"), 404);
    const HttpAnswer method = client.ask("DELETE", "/v1/cases/1", bearer(service.token));
    problem(method, 405);
    CHECK(method.header("allow") == "GET, HEAD, OPTIONS");
}

TEST_CASE("a case is shown to its agency only and moves only by its rules") {
    Service service;
    HttpClient client{service.station.port()};
    REQUIRE(client.ask("POST", "/v1/complaints", {}, plain_complaint).status == 201);
    const std::string path =
        "/v1/cases/" + waiting_cases(client, service.token).at(0).at("id").dump();
    problem(client.ask("GET", path, bearer(service.police)), 404);
    problem(client.ask("POST", path + "/claim", matching(service.police, "\"v1\"")), 404);
    problem(client.ask("GET", "/v1/cases/999999", bearer(service.token)), 404);
    problem(client.ask("GET", "/v1/cases/x", bearer(service.token)), 404);
    problem(client.ask("POST", path + "/claim", bearer(service.token)), 428);
    problem(client.ask("POST", path + "/claim", matching(service.token, "*")), 412);
    REQUIRE(client.ask("POST", path + "/claim", matching(service.token, "\"v1\"")).status == 200);
    problem(client.ask("POST", path + "/claim", matching(service.colleague, "\"v2\"")), 409);
    const std::string_view note = R"({"text":"seen"})";
    problem(client.ask("POST", path + "/notes", matching(service.token, "\"v1\""), note), 412);
    problem(client.ask("POST", path + "/notes", matching(service.token, "\"v2\"")), 422);
    problem(client.ask("POST", path + "/notes", matching(service.token, "\"v2\""), "["), 400);
    const std::string_view outcome = R"({"outcome":"assisted"})";
    problem(
        client.ask("POST", path + "/resolution", matching(service.colleague, "\"v2\""), outcome),
        409
    );
}
