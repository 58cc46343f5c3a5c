#include "config/reader.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace saiduan;

TEST_CASE("JSON that is not strict is malformed") {
    for (const std::string& text :
         {std::string("{"),
          std::string("{} x"),
          std::string(R"({"a":1,"a":2})"),
          std::string("\"\xff\""),
          std::string(33, '[') + std::string(33, ']')}) {
        CAPTURE(text);
        const auto parsed = parse_json(text);
        REQUIRE(parsed.has_error());
        CHECK(parsed.error().code == Errc::malformed);
    }
}

TEST_CASE("JSON may be exactly as deep as the limit") {
    const std::string text = std::string(json_depth_max, '[') + std::string(json_depth_max, ']');
    CHECK(parse_json(text).has_value());
}

TEST_CASE("every wrong field is reported at once, with its pointer") {
    const auto document = parse_json(R"({"port":99999,"name":7,"tls":{"key":""},"nme":1})");
    REQUIRE(document.has_value());
    Reader in{*document};
    int port = 0;
    std::string name;
    std::string key;
    in.integer("port", port, 1, 65535);
    in.text("name", name, 1, 10);
    in.object("tls", [&](Reader& tls) { tls.text("key", key, 1, 10); });
    in.require("path");
    const auto fault = in.finish();
    REQUIRE(fault);
    CHECK(fault->code == Errc::invalid);
    std::vector<std::string> pointers;
    for (const FieldError& error : fault->fields)
        pointers.push_back(error.pointer);
    for (const std::string expected : {"/port", "/name", "/tls/key", "/path", "/nme"}) {
        CAPTURE(expected);
        CHECK(std::find(pointers.begin(), pointers.end(), expected) != pointers.end());
    }
    REQUIRE(pointers.back() == "/nme");
    CHECK(fault->fields.back().detail.find("name") != std::string::npos);
}

TEST_CASE("a near word is suggested, a far one is not") {
    CHECK(nearest_word("adress", {"port", "address"}) == "address");
    CHECK(nearest_word("zebra", {"port", "address"}).empty());
}

TEST_CASE("times keep their instant across offsets and leap days") {
    const auto utc = parse_rfc3339("2024-02-29T00:30:00Z");
    const auto bangkok = parse_rfc3339("2024-02-29T07:30:00+07:00");
    REQUIRE(utc.has_value());
    REQUIRE(bangkok.has_value());
    CHECK(*utc == *bangkok);
    CHECK(to_rfc3339(*utc) == "2024-02-29T00:30:00.000Z");
    for (const char* text :
         {"2023-02-29T00:00:00Z", "2024-13-01T00:00:00Z", "2024-01-01T00:00:00", "", "2024"}) {
        CAPTURE(text);
        CHECK(parse_rfc3339(text).has_error());
    }
}
