#include "gateway/api/routes.hpp"
#include "gateway/http/problem.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <regex>
#include <set>
#include <stdexcept>

using namespace saiduan;

namespace {

Task<Response> echo(Services&, Request& request) {
    Response out;
    for (const auto segment : request.segments)
        out.body += std::string{segment} + ";";
    co_return out;
}

struct Asked {
    Response response;
    std::vector<std::pair<std::string, std::string>> query;
};

// Drives the router without sockets; the handlers here touch no services.
Asked ask_router(const Router& router, http::request<http::string_body> message) {
    asio::io_context io;
    Request request{message, {}, {}, {}, 0};
    Asked out;
    Services* none = nullptr;
    asio::co_spawn(
        io,
        [&]() -> Task<void> { out.response = co_await router.answer(*none, request); },
        asio::detached
    );
    io.run();
    out.query = request.query;
    return out;
}

Asked ask_router(
    const Router& router, http::verb method, const char* target, const char* body = ""
) {
    http::request<http::string_body> message{method, target, 11};
    message.set(http::field::host, "x");
    message.body() = body;
    return ask_router(router, std::move(message));
}

std::string header(const Response& r, std::string_view name) {
    for (const auto& [key, value] : r.headers)
        if (key == name)
            return value;
    return "";
}

const Router& small() {
    static const Router router{
        {{http::verb::get, "/v1/cases/{id}", echo}, {http::verb::post, "/v1/cases/{id}/claim", echo}
        }
    };
    return router;
}

} // namespace

TEST_CASE("a pattern's braces match exactly one segment") {
    CHECK(ask_router(small(), http::verb::get, "/v1/cases/42").response.body == "42;");
    CHECK(
        ask_router(small(), http::verb::get, "/v1/cases/").response.status ==
        http::status::not_found
    );
    CHECK(
        ask_router(small(), http::verb::get, "/v1/cases/4/2").response.status ==
        http::status::not_found
    );
    CHECK(
        ask_router(small(), http::verb::get, "/v1/cases").response.status == http::status::not_found
    );
}

TEST_CASE("a known path with another method is 405 and says what is allowed") {
    const Response r = ask_router(small(), http::verb::delete_, "/v1/cases/1").response;
    CHECK(r.status == http::status::method_not_allowed);
    CHECK(header(r, "Allow") == "GET, HEAD, OPTIONS");
    CHECK(r.content_type == "application/problem+json");
}

TEST_CASE("OPTIONS answers 204 with Allow, HEAD goes to GET") {
    const Response r = ask_router(small(), http::verb::options, "/v1/cases/1/claim").response;
    CHECK(r.status == http::status::no_content);
    CHECK(header(r, "Allow") == "POST, OPTIONS");
    CHECK(ask_router(small(), http::verb::head, "/v1/cases/7").response.body == "7;");
}

TEST_CASE("a query is percent-decoded, a broken one refused") {
    const Asked good = ask_router(small(), http::verb::get, "/v1/cases/1?a=%E0%B8%81+x&b");
    REQUIRE(good.query.size() == 2);
    CHECK(good.query[0].second == "ก x");
    CHECK(good.query[1] == std::pair<std::string, std::string>{"b", ""});
    CHECK(
        ask_router(small(), http::verb::get, "/v1/cases/1?a=%G0").response.status ==
        http::status::bad_request
    );
    CHECK(
        ask_router(small(), http::verb::get, "/v1/cases/1?a=%4").response.status ==
        http::status::bad_request
    );
}

TEST_CASE("a whole URL is answered like its path") {
    for (const char* target : {"http://x/v1/cases/7", "HTTPS://example.org:8/v1/cases/7?a=b"})
        CHECK(ask_router(small(), http::verb::get, target).response.body == "7;");
    for (const char* target :
         {"http://", "http://x", "http://x?a=/v1/cases/7", "ftp://x/v1/cases/7"})
        CHECK(
            ask_router(small(), http::verb::get, target).response.status == http::status::not_found
        );
}

TEST_CASE("HTTP/1.1 names one host, HTTP/1.0 at most one") {
    const auto status = [](unsigned version, int hosts) {
        http::request<http::string_body> message{http::verb::get, "/v1/cases/7", version};
        for (int i = 0; i < hosts; ++i)
            message.insert(http::field::host, "x");
        return ask_router(small(), std::move(message)).response.status;
    };
    CHECK(status(11, 0) == http::status::bad_request);
    CHECK(status(11, 1) == http::status::ok);
    CHECK(status(11, 2) == http::status::bad_request);
    CHECK(status(10, 0) == http::status::ok);
    CHECK(status(10, 2) == http::status::bad_request);
}

TEST_CASE("a body that is not JSON is 415") {
    CHECK(
        ask_router(small(), http::verb::post, "/v1/cases/1/claim", "a=b").response.status ==
        http::status::unsupported_media_type
    );
}

TEST_CASE("a route written twice is found at start") {
    CHECK_THROWS_AS(
        Router({{http::verb::get, "/a", echo}, {http::verb::get, "/a", echo}}), std::logic_error
    );
}

TEST_CASE("every kind of fault has a problem of its own and wrong fields are pointed at") {
    std::set<std::string_view> types;
    for (const ProblemKind& kind : problem_kinds())
        CHECK(types.insert(kind.type).second);
    const Response r =
        to_problem(Fault{Errc::invalid, "x", {{"/location/latitude", "range", "must be"}}});
    CHECK(r.status == http::status::unprocessable_entity);
    const Json body = Json::parse(r.body);
    CHECK(body["errors"][0]["pointer"] == "#/location/latitude");
    CHECK(header(to_problem(Fault{Errc::overloaded, ""}), "Retry-After") == "2");
    CHECK(header(to_problem(Fault{Errc::unauthorized, ""}), "WWW-Authenticate") == "Bearer");
}

TEST_CASE("openapi.yaml and the route table name the same operations and problems") {
    std::ifstream file{SAIDUAN_SOURCE_DIR "/gateway/openapi.yaml"};
    REQUIRE(file);
    std::set<std::string> documented;
    std::string line, path, all;
    while (std::getline(file, line)) {
        all += line + "\n";
        std::smatch m;
        if (std::regex_match(line, m, std::regex{"  (/[^:]*):"}))
            path = m[1];
        else if (std::regex_match(line, m, std::regex{"    (get|post|put|delete|patch):"}))
            documented.insert(m[1].str() + " " + path);
    }
    std::set<std::string> served;
    for (const Route& route : public_routes()) {
        std::string verb = http::to_string(route.method);
        std::transform(verb.begin(), verb.end(), verb.begin(), [](unsigned char c) {
            return std::tolower(c);
        });
        // The document has no word for "and all that follows".
        std::string pattern{route.pattern};
        std::erase(pattern, '*');
        served.insert(verb + " " + pattern);
    }
    CHECK(documented == served);
    for (const ProblemKind& kind : problem_kinds())
        CHECK_MESSAGE(
            all.find(kind.type.substr(std::string_view{"/problems/"}.size())) != std::string::npos,
            kind.type
        );
}
