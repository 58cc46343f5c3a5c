// Listener and sessions: HTTP/1.1 over TCP or TLS on the one I/O thread.
#pragma once

#include "gateway/http/router.hpp"
#include "gateway/settings.hpp"

#include <list>
#include <memory>

namespace saiduan {

inline constexpr std::uint32_t header_bytes_max = 8 * 1024;
inline constexpr std::uint64_t body_bytes_max = 256ULL * 1024;

// Certificate and key as configured. Errors: invalid, in words for the operator.
[[nodiscard]] Result<std::shared_ptr<asio::ssl::context>> load_tls(const TlsSettings& settings);

class Server {
public:
    // Binds and listens at once; throws boost::system::system_error when it cannot.
    // `tls` empty: plain HTTP. `router` and `services` outlive the server.
    Server(
        asio::io_context& io,
        const ServerSettings& settings,
        const std::string& address,
        int port,
        std::shared_ptr<asio::ssl::context> tls,
        const Router& router,
        Services& services
    );
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    [[nodiscard]] std::uint16_t port() const;
    [[nodiscard]] std::size_t connections() const;

    // Stops accepting and closes idle connections; busy ones finish and answer Connection: close.
    void drain();
    [[nodiscard]] bool drained() const;
    // Cuts off what is left.
    void kill();

private:
    struct State;
    std::shared_ptr<State> state_;
};

} // namespace saiduan
