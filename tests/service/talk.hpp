// What the service tests say to the server, shared.
#pragma once

#include "config/reader.hpp"
#include "tests/support/configuration.hpp"

#include <doctest/doctest.h>

namespace saiduan::test {

inline constexpr std::string_view plain_complaint =
    R"({"text":"Our employer has not paid our wages for two months"})";

// A server with a token for each role the tests play.
struct Service {
    Configuration configuration{};
    Station station{configuration.file()};
    std::string token = station.token("labour", "dispatcher");
    std::string colleague = station.token("labour", "dispatcher");
    std::string police = station.token("police", "dispatcher");
    std::string analyst = station.token("labour", "analyst");
    Service() { station.start(); }
};

[[nodiscard]] inline std::int64_t complaint_of(const HttpAnswer& answer) {
    return Json::parse(answer.body).at("complaint").get<std::int64_t>();
}

[[nodiscard]] inline HttpHeaders matching(const std::string& token, const std::string& etag) {
    HttpHeaders out = bearer(token);
    out.emplace_back("If-Match", etag);
    return out;
}

// Every waiting case of the labour queue, page by page.
[[nodiscard]] inline Json waiting_cases(HttpClient& client, const std::string& token) {
    Json out = Json::array();
    std::string after;
    do {
        const HttpAnswer answer =
            client.ask("GET", "/v1/queues/labour/cases?limit=200" + after, bearer(token));
        REQUIRE(answer.status == 200);
        const Json page = Json::parse(answer.body);
        for (const Json& row : page.at("cases"))
            out.push_back(row);
        after = page.at("next").is_null() ? "" : "&after=" + page.at("next").get<std::string>();
    } while (!after.empty());
    return out;
}

} // namespace saiduan::test
