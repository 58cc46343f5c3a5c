// A request as handlers see it and the answer they give. I/O thread only.
#pragma once

#include "config/fault.hpp"
#include "gateway/http/beast.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace saiduan {

using Executor = asio::io_context::executor_type; // concrete: any_io_executor costs a third more
template <class T>
using Task = asio::awaitable<T, Executor>;
inline constexpr asio::use_awaitable_t<Executor> use_task{};
inline constexpr auto as_result = asio::as_tuple(use_task);

// Lives in the session's frame until the answer is written; views into it stay valid that long.
struct Request {
    const http::request<http::string_body>& message;
    std::string_view path;                  // without the query
    std::vector<std::string_view> segments; // values of the {…} parts of the route's pattern
    std::vector<std::pair<std::string, std::string>> query; // decoded, in order
    std::uint64_t network_label = 0; // keyed hash of the client's network, see flood.hpp

    [[nodiscard]] std::string_view header(std::string_view name) const {
        const auto it = message.find(beast::string_view{name.data(), name.size()});
        return it == message.end() ? std::string_view{}
                                   : std::string_view{it->value().data(), it->value().size()};
    }
    [[nodiscard]] std::optional<std::string> parameter(std::string_view name) const {
        for (const auto& [key, value] : query)
            if (key == name)
                return value;
        return std::nullopt;
    }
};

// Writes one piece of a streamed answer; false once the client has gone or the server stops.
using WritePiece = std::function<Task<bool>(std::string)>;

struct Response {
    http::status status = http::status::ok;
    std::string_view content_type = "application/json"; // static storage
    std::string body;
    std::vector<std::pair<std::string_view, std::string>> headers{};
    // Set: `body` is ignored and the connection ends with the stream.
    std::function<Task<void>(WritePiece)> stream{};
};

} // namespace saiduan
