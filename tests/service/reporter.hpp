// What a reporter says who comes back, and how staff find his case; shared by the service tests.
#pragma once

#include "tests/service/talk.hpp"

#include <string>

namespace saiduan::test {

// A complaint as filed: what the 201 said.
struct FiledComplaint {
    std::string receipt; // in groups of four
    std::string id;      // as in URLs and SQL
    Json answer;
};

[[nodiscard]] inline FiledComplaint
file(HttpClient& client, std::string_view body, const HttpHeaders& headers = {}) {
    const HttpAnswer answer = client.ask("POST", "/v1/complaints", headers, body);
    INFO(answer.body);
    REQUIRE(answer.status == 201);
    Json said = Json::parse(answer.body);
    return {said.at("receipt").get<std::string>(), said.at("complaint").dump(), std::move(said)};
}

// The receipt as somebody forced to open it types it: the second group first.
[[nodiscard]] inline std::string under_duress(const std::string& receipt) {
    return receipt.substr(5, 5) + receipt.substr(0, 5) + receipt.substr(10);
}

[[nodiscard]] inline HttpAnswer try_receipt(HttpClient& client, const std::string& typed) {
    return client.ask("POST", "/v1/receipt-sessions", {}, Json{{"receipt", typed}}.dump());
}

// The token of a session opened with `typed`.
[[nodiscard]] inline std::string session(HttpClient& client, const std::string& typed) {
    const HttpAnswer answer = try_receipt(client, typed);
    INFO(answer.body);
    REQUIRE(answer.status == 201);
    return Json::parse(answer.body).at("token").get<std::string>();
}

[[nodiscard]] inline Json
view(HttpClient& client, const std::string& session_token, const std::string& query = {}) {
    const HttpAnswer answer = client.ask("GET", "/v1/complaint" + query, bearer(session_token));
    INFO(answer.body);
    REQUIRE(answer.status == 200);
    return Json::parse(answer.body);
}

// What the reporter adds: `what` is messages, locations, danger or withdrawal.
[[nodiscard]] inline HttpAnswer
add(HttpClient& client,
    const std::string& session_token,
    const std::string& what,
    const Json& body = Json::object()) {
    return client.ask("POST", "/v1/complaint/" + what, bearer(session_token), body.dump());
}

// An agency's line about a complaint, whatever its state; null when it has no case.
[[nodiscard]] inline Json line_of(
    HttpClient& client,
    const std::string& token,
    const std::string& agency,
    const std::string& complaint
) {
    for (const char* state : {"waiting", "claimed", "resolved"}) {
        const HttpAnswer answer = client.ask(
            "GET",
            "/v1/queues/" + agency + "/cases?limit=200&state=" + std::string{state},
            bearer(token)
        );
        REQUIRE(answer.status == 200);
        const Json page = Json::parse(answer.body);
        for (const Json& line : page.at("cases"))
            if (line.at("complaint").dump() == complaint)
                return line;
    }
    return nullptr;
}

// A case as staff see it. Reads, and so leaves a trace.
[[nodiscard]] inline HttpAnswer
read_case(HttpClient& client, const std::string& token, const Json& line) {
    return client.ask("GET", "/v1/cases/" + line.at("id").dump(), bearer(token));
}

[[nodiscard]] inline Json
opened_case(HttpClient& client, const std::string& token, const Json& line) {
    const HttpAnswer answer = read_case(client, token, line);
    INFO(answer.body);
    REQUIRE(answer.status == 200);
    return Json::parse(answer.body);
}

// Takes a step with the case's present version.
[[nodiscard]] inline HttpAnswer step_case(
    HttpClient& client,
    const std::string& token,
    const Json& line,
    const std::string& what,
    const Json& body = Json::object(),
    const std::string& method = "POST"
) {
    const HttpAnswer now = read_case(client, token, line);
    const std::string path = "/v1/cases/" + line.at("id").dump() + "/" + what;
    return client.ask(method, path, matching(token, now.header("etag")), body.dump());
}

} // namespace saiduan::test
