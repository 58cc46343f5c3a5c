// Method and path to handler. Built once from the route tables; const afterwards.
#pragma once

#include "gateway/http/message.hpp"

#include <string>
#include <vector>

namespace saiduan {

struct Services;

using Handler = Task<Response> (*)(Services&, Request&);

struct Route {
    http::verb method;
    std::string_view pattern; // "/v1/cases/{id}/claim"; {id}: one segment, {rest*}: all that follow
    Handler handler;
};

class Router {
public:
    // Throws std::logic_error on a duplicate route: a bug in the tables, found at start.
    explicit Router(std::vector<Route> routes);

    // Answers everything: 404, 405 with Allow, OPTIONS, HEAD by GET's handler (the session drops
    // the body), 415 for a body that is not JSON. Fills request.path, query and segments.
    [[nodiscard]] Task<Response> answer(Services& services, Request& request) const;

    [[nodiscard]] const std::vector<Route>& routes() const { return routes_; }

private:
    std::vector<Route> routes_;
};

// Percent-decoding of a query or path part; false on a broken escape.
[[nodiscard]] bool percent_decode(std::string_view text, std::string& out);

} // namespace saiduan
