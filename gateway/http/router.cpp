#include "gateway/http/router.hpp"

#include "gateway/http/problem.hpp"

#include <stdexcept>

namespace saiduan {
namespace {

constexpr std::size_t parameters_max = 32;

bool matches(std::string_view pattern, std::string_view path, std::vector<std::string_view>& out) {
    out.clear();
    while (!pattern.empty() && !path.empty()) {
        if (pattern.front() != '{') {
            if (pattern.front() != path.front())
                return false;
            pattern.remove_prefix(1);
            path.remove_prefix(1);
            continue;
        }
        const bool rest = pattern.ends_with("*}") && pattern.find('}') == pattern.size() - 1;
        const std::size_t length = rest ? path.size() : std::min(path.find('/'), path.size());
        if (length == 0)
            return false;
        out.push_back(path.substr(0, length));
        path.remove_prefix(length);
        pattern.remove_prefix(pattern.find('}') + 1);
    }
    return pattern.empty() && path.empty();
}

int hex(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// False on a broken escape or too many parameters.
bool split_query(std::string_view text, std::vector<std::pair<std::string, std::string>>& out) {
    while (!text.empty()) {
        const std::string_view part = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(part.size() + 1, text.size()));
        const std::size_t equals = std::min(part.find('='), part.size());
        std::pair<std::string, std::string> pair;
        if (out.size() == parameters_max || !percent_decode(part.substr(0, equals), pair.first) ||
            !percent_decode(part.substr(std::min(equals + 1, part.size())), pair.second))
            return false;
        out.push_back(std::move(pair));
    }
    return true;
}

bool same_word(std::string_view a, std::string_view b) {
    return beast::iequals({a.data(), a.size()}, {b.data(), b.size()});
}

// Path and query. Proxies may send the whole URL (RFC 9112 §3.2.2); its authority is ours, whatever
// it says.
std::string_view origin_form(std::string_view target) {
    for (const std::string_view scheme : {"http://", "https://"})
        if (same_word(target.substr(0, scheme.size()), scheme)) {
            target.remove_prefix(scheme.size());
            target.remove_prefix(std::min(target.find_first_of("/?"), target.size()));
            return target.starts_with('/') ? target : "/";
        }
    return target;
}

bool is_json(std::string_view type) {
    type = type.substr(0, type.find(';'));
    while (!type.empty() && type.back() == ' ')
        type.remove_suffix(1);
    return same_word(type, "application/json");
}

} // namespace

bool percent_decode(std::string_view text, std::string& out) {
    out.clear();
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i] == '+' ? ' ' : text[i];
            continue;
        }
        if (i + 2 >= text.size() || hex(text[i + 1]) < 0 || hex(text[i + 2]) < 0)
            return false;
        out += static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2]));
        i += 2;
    }
    return true;
}

Router::Router(std::vector<Route> routes) : routes_(std::move(routes)) {
    for (std::size_t i = 0; i < routes_.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
            if (routes_[i].method == routes_[j].method && routes_[i].pattern == routes_[j].pattern)
                throw std::logic_error("route twice: " + std::string{routes_[i].pattern});
}

Task<Response> Router::answer(Services& services, Request& request) const {
    // RFC 9112 §3.2; two of them, and a proxy before us may have understood another request.
    const auto hosts = request.message.count(http::field::host);
    if (hosts > 1 || (hosts == 0 && request.message.version() == 11))
        co_return to_problem(Fault{Errc::malformed, "send one Host header"});
    const auto target = request.message.target();
    const std::string_view whole = origin_form({target.data(), target.size()});
    const std::size_t question = std::min(whole.find('?'), whole.size());
    request.path = whole.substr(0, question);
    if (!split_query(whole.substr(std::min(question + 1, whole.size())), request.query))
        co_return to_problem(Fault{Errc::malformed, "the query is not well-formed"});
    const http::verb method = request.message.method();
    const http::verb wanted = method == http::verb::head ? http::verb::get : method;
    std::string allow;
    for (const Route& route : routes_) {
        if (!matches(route.pattern, request.path, request.segments))
            continue;
        if (route.method == wanted) {
            if (!request.message.body().empty() && !is_json(request.header("Content-Type")))
                co_return to_problem(http::status::unsupported_media_type, "");
            co_return co_await route.handler(services, request);
        }
        const auto name = http::to_string(route.method);
        allow += std::string{name.data(), name.size()} + ", ";
        if (route.method == http::verb::get)
            allow += "HEAD, ";
    }
    if (allow.empty())
        co_return to_problem(http::status::not_found, "nothing is served at this path");
    allow += "OPTIONS";
    Response out;
    if (method == http::verb::options)
        out = Response{http::status::no_content, "", {}};
    else
        out = to_problem(http::status::method_not_allowed, "allowed here: " + allow);
    out.headers.emplace_back("Allow", allow);
    co_return out;
}

} // namespace saiduan
