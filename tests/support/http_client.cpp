#include "tests/support/http_client.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <stdexcept>

namespace saiduan::test {
namespace {

constexpr int timeout_s = 60;

std::string lower(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c + 32);
    return text;
}

} // namespace

std::string http_request(
    const std::string& method,
    const std::string& target,
    const HttpHeaders& headers,
    std::string_view body
) {
    std::string out = method + " " + target + " HTTP/1.1\r\nHost: localhost\r\n";
    bool typed = body.empty();
    for (const auto& [name, value] : headers) {
        out += name + ": " + value + "\r\n";
        typed = typed || lower(name) == "content-type";
    }
    if (!typed)
        out += "Content-Type: application/json\r\n";
    if (!body.empty() || method == "POST")
        out += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    return out.append("\r\n").append(body);
}

HttpClient::HttpClient(std::uint16_t port, const std::string& from)
    : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const timeval limit{timeout_s, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    const bool bound =
        from.empty() || (inet_pton(AF_INET, from.c_str(), &address.sin_addr) == 1 &&
                         bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (!bound ||
        connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        close(socket_);
        throw std::runtime_error("cannot connect");
    }
}

HttpClient::~HttpClient() {
    close(socket_);
}

void HttpClient::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0)
            throw std::runtime_error("cannot send");
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

void HttpClient::fill() {
    char piece[16 * 1024];
    const ssize_t got = recv(socket_, piece, sizeof piece, 0);
    if (got <= 0)
        throw std::runtime_error(got == 0 ? "the server closed" : "cannot receive");
    buffer_.append(piece, static_cast<std::size_t>(got));
}

std::string HttpClient::receive_until(std::string_view end) {
    std::size_t at = 0;
    while ((at = buffer_.find(end)) == std::string::npos)
        fill();
    std::string out = buffer_.substr(0, at + end.size());
    buffer_.erase(0, out.size());
    return out;
}

HttpAnswer HttpClient::receive_head() {
    HttpAnswer out;
    const std::string line = receive_until("\r\n");
    if (line.size() < 12 || !line.starts_with("HTTP/1.1 "))
        throw std::runtime_error("not an HTTP answer: " + line);
    out.status = std::stoi(line.substr(9, 3));
    for (;;) {
        const std::string field = receive_until("\r\n");
        if (field.size() == 2)
            return out;
        const std::size_t colon = field.find(": ");
        if (colon == std::string::npos)
            throw std::runtime_error("not a header: " + field);
        out.headers[lower(field.substr(0, colon))] =
            field.substr(colon + 2, field.size() - colon - 4);
    }
}

HttpAnswer HttpClient::receive() {
    HttpAnswer out = receive_head();
    if (const std::string length = out.header("content-length"); !length.empty()) {
        const std::size_t size = std::stoul(length);
        while (buffer_.size() < size)
            fill();
        out.body = buffer_.substr(0, size);
        buffer_.erase(0, size);
    }
    return out;
}

HttpAnswer HttpClient::ask(
    const std::string& method,
    const std::string& target,
    const HttpHeaders& headers,
    std::string_view body
) {
    send(http_request(method, target, headers, body));
    return method == "HEAD" ? receive_head() : receive();
}

} // namespace saiduan::test
