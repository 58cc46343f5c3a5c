#include "gateway/http/server.hpp"

#include "gateway/http/problem.hpp"
#include "gateway/services.hpp"

#include <spdlog/spdlog.h>

#include <ctime>

namespace saiduan {

using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;
using Socket = asio::basic_stream_socket<tcp, Executor>;
using SteadyTimer = asio::basic_waitable_timer<
    std::chrono::steady_clock,
    asio::wait_traits<std::chrono::steady_clock>,
    Executor>;
using TimePoint = std::chrono::steady_clock::time_point;

namespace {

constexpr auto sweep_every = std::chrono::milliseconds{250};
constexpr auto accept_retry = std::chrono::milliseconds{100};
constexpr auto room_retry = std::chrono::milliseconds{1};

// What the sweep and the drain need to know of a session.
struct Entry {
    Socket* socket;
    TimePoint deadline; // max(): busy with a handler, which has limits of its own
    bool idle;          // between requests: may be closed without losing anything
};

// One text of head and body, so that an answer costs one write.
std::string
render(const Response& response, const std::string& date, bool head_only, bool keep_alive) {
    std::string out;
    out.reserve(256 + response.body.size());
    const auto reason = http::obsolete_reason(response.status);
    out += "HTTP/1.1 ";
    out += std::to_string(static_cast<unsigned>(response.status));
    out += ' ';
    out.append(reason.data(), reason.size());
    if (!response.content_type.empty()) {
        out += "\r\nContent-Type: ";
        out += response.content_type;
    }
    if (response.stream) {
        out += "\r\nX-Accel-Buffering: no";
    } else if (response.status != http::status::not_modified &&
               response.status != http::status::no_content) {
        out += "\r\nContent-Length: ";
        out += std::to_string(response.body.size());
    }
    out += "\r\nDate: ";
    out += date;
    out += "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff";
    out += "\r\nReferrer-Policy: no-referrer";
    if (!keep_alive)
        out += "\r\nConnection: close";
    for (const auto& [name, value] : response.headers) {
        out += "\r\n";
        out += name;
        out += ": ";
        out += value;
    }
    out += "\r\n\r\n";
    if (!head_only && !response.stream)
        out += response.body;
    return out;
}

// As RFC 9110 §5.6.7 wants it.
std::string http_date(std::int64_t unix_s) {
    const std::time_t time = unix_s;
    std::tm utc{};
    gmtime_r(&time, &utc);
    char text[32];
    return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc)};
}

// The network the client comes from: the whole IPv4 address, or an IPv6 site's /64.
std::string network_of(const Socket& socket) {
    boost::system::error_code ignored;
    const auto address = socket.remote_endpoint(ignored).address();
    const auto bytes = [](const auto& b, std::size_t n) {
        return std::string{reinterpret_cast<const char*>(b.data()), n};
    };
    return address.is_v4() ? bytes(address.to_v4().to_bytes(), 4)
                           : bytes(address.to_v6().to_bytes(), 8);
}

http::status status_of(const boost::system::error_code& error) {
    if (error == http::error::body_limit)
        return http::status::payload_too_large;
    if (error == http::error::header_limit)
        return http::status::request_header_fields_too_large;
    return http::status::bad_request;
}

} // namespace

struct Server::State : std::enable_shared_from_this<Server::State> {
    State(
        asio::io_context& io,
        const ServerSettings& s,
        std::shared_ptr<asio::ssl::context> t,
        const Router& r,
        Services& sv
    )
        : settings(s), tls(std::move(t)), router(r), services(sv), acceptor(io), sweep(io) {}

    const ServerSettings settings;
    const std::shared_ptr<asio::ssl::context> tls;
    const Router& router;
    Services& services;
    Acceptor acceptor;
    SteadyTimer sweep;
    std::list<Entry> sessions;
    bool draining = false;
    std::int64_t date_s = -1; // what `date` says
    std::string date;

    // Written anew once a second.
    const std::string& date_now() {
        const std::int64_t now_s = services.clock.now() / 1000;
        if (now_s != date_s)
            date = http_date(date_s = now_s);
        return date;
    }

    TimePoint in_seconds(int s) const {
        return std::chrono::steady_clock::now() + std::chrono::seconds{s};
    }

    // Between two requests a connection may go without a loss; the oldest first.
    bool close_one_idle();
    Task<void> accept_loop();
    Task<void> sweep_loop();
    Task<void> serve(Socket socket);
    template <class Stream>
    Task<void> converse(Stream& stream, Entry& entry);
    template <class Stream>
    Task<bool>
    respond(Stream& stream, Entry& entry, const Response& response, bool head, bool keep);
    Task<Response> handle(Request& request);
};

// Reads one message after the other from the same buffer: keep-alive and pipelining are one thing.
template <class Stream>
Task<void> Server::State::converse(Stream& stream, Entry& entry) {
    beast::flat_buffer buffer{header_bytes_max + body_bytes_max};
    const std::string network = network_of(*entry.socket);
    while (!draining) {
        http::request_parser<http::string_body> parser;
        parser.header_limit(header_bytes_max);
        parser.body_limit(body_bytes_max);
        parser.eager(true);
        entry.idle = buffer.size() == 0;
        entry.deadline = in_seconds(entry.idle ? settings.idle_s : settings.request_s);
        bool continued = false;
        boost::system::error_code error;
        while (!parser.is_done()) {
            const auto [failed, n] =
                co_await http::async_read_some(stream, buffer, parser, as_result);
            error = failed;
            if (error)
                break;
            if (entry.idle) {
                entry.idle = false;
                entry.deadline = in_seconds(settings.request_s);
            }
            if (parser.is_header_done() && !parser.is_done() && !continued &&
                beast::iequals(parser.get()[http::field::expect], "100-continue")) {
                continued = true;
                const std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
                const auto go_on_buffer = asio::buffer(go_on);
                co_await asio::async_write(stream, go_on_buffer, as_result);
            }
        }
        if (error) {
            // A client that has gone or stalls hears nothing; one that speaks wrongly is told.
            if (error.category() != make_error_code(http::error::bad_method).category() ||
                error == http::error::end_of_stream || error == http::error::partial_message)
                co_return;
            const Response refused = to_problem(status_of(error), "");
            co_await respond(stream, entry, refused, false, false);
            co_return;
        }
        const auto message = parser.release();
        entry.deadline = TimePoint::max();
        Request request{message, {}, {}, {}, services.flood.label(network, services.clock.now())};
        const Response response = co_await handle(request);
        const bool keep = message.keep_alive() && !draining && !response.stream;
        const bool head = message.method() == http::verb::head;
        const bool sent = co_await respond(stream, entry, response, head, keep);
        if (!sent || !keep)
            co_return;
    }
}

Task<Response> Server::State::handle(Request& request) {
    try {
        co_return co_await router.answer(services, request);
    } catch (const std::exception& e) {
        spdlog::error("handler failed: {}", e.what());
    }
    co_return to_problem(http::status::internal_server_error, "it has been logged; try again");
}

template <class Stream>
Task<bool> Server::State::respond(
    Stream& stream, Entry& entry, const Response& response, bool head, bool keep
) {
    const std::string text = render(response, date_now(), head, keep);
    entry.deadline = in_seconds(settings.request_s);
    const auto bytes = asio::buffer(text);
    const auto [error, n] = co_await asio::async_write(stream, bytes, as_result);
    if (error || !response.stream || head)
        co_return !error;
    WritePiece write = [&stream, &entry, this](std::string piece) -> Task<bool> {
        entry.deadline = in_seconds(settings.request_s);
        const auto piece_bytes = asio::buffer(piece);
        const auto [failed, written] = co_await asio::async_write(stream, piece_bytes, as_result);
        entry.deadline = TimePoint::max();
        co_return !failed && !draining;
    };
    entry.deadline = TimePoint::max();
    co_await response.stream(write);
    co_return true;
}

Task<void> Server::State::serve(Socket socket) {
    const auto self = shared_from_this();
    const auto place =
        sessions.insert(sessions.end(), Entry{&socket, in_seconds(settings.request_s), true});
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay{true}, ignored);
    if (!tls) {
        co_await converse(socket, *place);
    } else {
        asio::ssl::stream<Socket&> stream{socket, *tls};
        const auto [failed] =
            co_await stream.async_handshake(asio::ssl::stream_base::server, as_result);
        if (!failed) {
            co_await converse(stream, *place);
            place->deadline = in_seconds(1);
            co_await stream.async_shutdown(as_result);
        }
    }
    socket.shutdown(tcp::socket::shutdown_send, ignored);
    sessions.erase(place);
}

bool Server::State::close_one_idle() {
    boost::system::error_code ignored;
    for (Entry& entry : sessions)
        if (entry.idle && entry.socket->is_open()) {
            entry.socket->close(ignored);
            return true;
        }
    return false;
}

Task<void> Server::State::accept_loop() {
    const auto self = shared_from_this();
    while (acceptor.is_open()) {
        if (sessions.size() >= static_cast<std::size_t>(settings.connections_max)) {
            // Nobody is dropped: he waits in the backlog until one who only keeps his connection
            // open, or one who is done, has made room.
            SteadyTimer pause{
                acceptor.get_executor(), close_one_idle() ? room_retry : accept_retry
            };
            co_await pause.async_wait(as_result);
            continue;
        }
        auto [error, socket] = co_await acceptor.async_accept(as_result);
        if (error == asio::error::operation_aborted)
            co_return;
        if (error) { // out of descriptors
            SteadyTimer pause{acceptor.get_executor(), accept_retry};
            co_await pause.async_wait(as_result);
            continue;
        }
        asio::co_spawn(acceptor.get_executor(), serve(std::move(socket)), [](const auto& e) {
            try {
                if (e)
                    std::rethrow_exception(e);
            } catch (const std::exception& failure) {
                spdlog::error("session failed: {}", failure.what());
            }
        });
    }
}

// One timer for all sessions: a timer per message costs a fifth of an empty request.
Task<void> Server::State::sweep_loop() {
    const auto self = shared_from_this();
    while (acceptor.is_open() || !sessions.empty()) {
        sweep.expires_after(sweep_every);
        co_await sweep.async_wait(as_result);
        const TimePoint now = std::chrono::steady_clock::now();
        boost::system::error_code ignored;
        for (const Entry& entry : sessions)
            if (entry.deadline < now || (draining && entry.idle))
                entry.socket->close(ignored);
    }
}

Server::Server(
    asio::io_context& io,
    const ServerSettings& settings,
    const std::string& address,
    int port,
    std::shared_ptr<asio::ssl::context> tls,
    const Router& router,
    Services& services
)
    : state_(std::make_shared<State>(io, settings, std::move(tls), router, services)) {
    const tcp::endpoint endpoint{asio::ip::make_address(address), static_cast<std::uint16_t>(port)};
    Acceptor& acceptor = state_->acceptor;
    acceptor.open(endpoint.protocol());
    acceptor.set_option(asio::socket_base::reuse_address{true});
    acceptor.bind(endpoint);
    acceptor.listen(asio::socket_base::max_listen_connections);
    asio::co_spawn(io, state_->accept_loop(), asio::detached);
    asio::co_spawn(io, state_->sweep_loop(), asio::detached);
}

Server::~Server() {
    kill();
}

std::uint16_t Server::port() const {
    return state_->acceptor.local_endpoint().port();
}

std::size_t Server::connections() const {
    return state_->sessions.size();
}

void Server::drain() {
    boost::system::error_code ignored;
    state_->draining = true;
    state_->acceptor.close(ignored);
    for (const Entry& entry : state_->sessions)
        if (entry.idle)
            entry.socket->close(ignored);
}

bool Server::drained() const {
    return state_->sessions.empty();
}

void Server::kill() {
    drain();
    boost::system::error_code ignored;
    for (const Entry& entry : state_->sessions)
        entry.socket->close(ignored);
    state_->sweep.cancel();
}

Result<std::shared_ptr<asio::ssl::context>> load_tls(const TlsSettings& settings) {
    auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
    boost::system::error_code error;
    context->set_options(
        asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
        asio::ssl::context::no_tlsv1_1
    );
    if (context->use_certificate_chain_file(settings.certificate, error); error)
        return Fault{Errc::invalid, settings.certificate + ": " + error.message()};
    if (context->use_private_key_file(settings.key, asio::ssl::context::pem, error); error)
        return Fault{Errc::invalid, settings.key + ": " + error.message()};
    return context;
}

} // namespace saiduan
