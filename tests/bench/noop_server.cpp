// The baseline of ./dev bench: a Beast server that reads any request and answers a fixed body,
// tuned as the real one is (concrete executor, one write, no timer per message). Port on stdout.
#include "gateway/http/message.hpp"

#include <cstdio>

namespace saiduan {
namespace {

using Socket = asio::basic_stream_socket<tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;

constexpr std::string_view answer = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                    "Content-Length: 2\r\n\r\n{}";

Task<void> converse(Socket socket) {
    beast::flat_buffer buffer;
    for (;;) {
        http::request_parser<http::string_body> parser;
        parser.eager(true);
        const auto [failed, n] = co_await http::async_read(socket, buffer, parser, as_result);
        if (failed)
            co_return;
        const auto bytes = asio::buffer(answer);
        const auto [lost, m] = co_await asio::async_write(socket, bytes, as_result);
        if (lost)
            co_return;
    }
}

Task<void> accept_loop(Acceptor& acceptor) {
    for (;;) {
        auto [failed, socket] = co_await acceptor.async_accept(as_result);
        if (failed)
            co_return;
        socket.set_option(tcp::no_delay{true});
        asio::co_spawn(acceptor.get_executor(), converse(std::move(socket)), asio::detached);
    }
}

} // namespace
} // namespace saiduan

int main() {
    using namespace saiduan;
    asio::io_context io{1};
    Acceptor acceptor{io, tcp::endpoint{asio::ip::address_v4::loopback(), 0}};
    std::printf("listening on http://127.0.0.1:%d\n", acceptor.local_endpoint().port());
    std::fflush(stdout);
    asio::co_spawn(io, accept_loop(acceptor), asio::detached);
    io.run();
}
