// A small blocking HTTP/1.1 client on one connection, for tests only.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace saiduan::test {

struct HttpAnswer {
    int status = 0;
    std::map<std::string, std::string> headers{}; // names in lower case
    std::string body{};

    [[nodiscard]] std::string header(const std::string& name) const {
        const auto it = headers.find(name);
        return it == headers.end() ? std::string{} : it->second;
    }
};

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

[[nodiscard]] std::string http_request(
    const std::string& method,
    const std::string& target,
    const HttpHeaders& headers = {},
    std::string_view body = {}
);

// Every function throws std::runtime_error when the connection fails or nothing comes in time.
class HttpClient {
public:
    // `from`: the address it comes from, one of 127.0.0.0/8; empty, 127.0.0.1.
    explicit HttpClient(std::uint16_t port, const std::string& from = {});
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;
    ~HttpClient();

    void send(std::string_view bytes);
    // Status and headers only: for HEAD and for streams.
    [[nodiscard]] HttpAnswer receive_head();
    [[nodiscard]] HttpAnswer receive();
    // What comes up to and including `end`.
    [[nodiscard]] std::string receive_until(std::string_view end);

    HttpAnswer
    ask(const std::string& method,
        const std::string& target,
        const HttpHeaders& headers = {},
        std::string_view body = {});

private:
    void fill();

    int socket_ = -1;
    std::string buffer_;
};

} // namespace saiduan::test
