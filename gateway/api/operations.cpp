// The second listener: for machines that watch this one.
#include "gateway/api/routes.hpp"

namespace saiduan {

Task<Response> get_livez(Services&, Request&) {
    co_return Response{http::status::ok, "text/plain; charset=utf-8", "alive\n"};
}

Task<Response> get_readyz(Services& services, Request&) {
    if (services.stopping)
        co_return Response{
            http::status::service_unavailable, "text/plain; charset=utf-8", "stopping\n"
        };
    if (!services.store.healthy())
        co_return Response{
            http::status::service_unavailable,
            "text/plain; charset=utf-8",
            "the store cannot write; restart after checking the disk\n"
        };
    co_return Response{http::status::ok, "text/plain; charset=utf-8", "ready\n"};
}

Task<Response> get_metrics(Services& services, Request&) {
    const std::string text = services.metrics.text(services.store.healthy());
    co_return Response{http::status::ok, "text/plain; version=0.0.4; charset=utf-8", text};
}

} // namespace saiduan
