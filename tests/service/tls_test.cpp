#include "tests/service/talk.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>

using namespace saiduan;
using namespace saiduan::test;

namespace {

std::string output_of(const std::string& command) {
    FILE* out = popen(command.c_str(), "r");
    std::string text;
    char piece[256];
    while (out && std::fgets(piece, sizeof piece, out))
        text += piece;
    if (out)
        pclose(out);
    return text;
}

} // namespace

TEST_CASE("with a certificate the server speaks TLS only") {
    TempFolder folder;
    const Configuration configuration;
    const std::string certificate = folder.path + "/certificate.pem";
    const std::string key = folder.path + "/key.pem";
    output_of(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 "
        "-subj /CN=localhost -out '" +
        certificate + "' -keyout '" + key + "' 2>&1"
    );
    REQUIRE(std::filesystem::exists(certificate));
    configuration.edit("saiduan.json", [&](Json& settings) {
        settings["server"]["tls"] = {{"certificate", certificate}, {"key", key}};
    });
    Station station{configuration.file()};
    station.start();
    const std::string request =
        http_request("POST", "/v1/complaints", {{"Connection", "close"}}, plain_complaint);
    std::ofstream{folder.path + "/request"} << request;
    const std::string answer = output_of(
        "openssl s_client -quiet -verify_return_error -CAfile '" + certificate +
        "' -connect 127.0.0.1:" + std::to_string(station.port()) + " < '" + folder.path +
        "/request' 2>/dev/null"
    );
    CHECK(answer.starts_with("HTTP/1.1 201 "));
    HttpClient plain{station.port()};
    CHECK_THROWS_AS(plain.ask("GET", "/v1/nothing"), std::runtime_error);
    CHECK(station.stop() == 0);
}
