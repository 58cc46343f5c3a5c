#include "gateway/http/problem.hpp"

#include "config/reader.hpp"

#include <cassert>

namespace saiduan {
namespace {

constexpr ProblemKind kinds[] = {
    {"/problems/malformed", http::status::bad_request, "Not readable"},
    {"/problems/validation", http::status::unprocessable_entity, "Some fields are wrong"},
    {"/problems/unauthorized", http::status::unauthorized, "No valid credential"},
    {"/problems/forbidden", http::status::forbidden, "Not allowed for this role"},
    {"/problems/not-found", http::status::not_found, "No such resource"},
    {"/problems/conflict", http::status::conflict, "The state does not allow this"},
    {"/problems/stale", http::status::precondition_failed, "Changed since you read it"},
    {"/problems/precondition-required", http::status::precondition_required, "If-Match is missing"},
    {"/problems/key-reused", http::status::unprocessable_entity, "Idempotency-Key used before"},
    {"/problems/overloaded", http::status::service_unavailable, "Too busy, try again soon"},
    {"/problems/unavailable", http::status::service_unavailable, "Cannot store at the moment"},
    {"/problems/method", http::status::method_not_allowed, "Method not allowed here"},
    {"/problems/body-too-large", http::status::payload_too_large, "The body is too large"},
    {"/problems/media-type", http::status::unsupported_media_type, "Send application/json"},
    {"/problems/expectation", http::status::expectation_failed, "Expectation not supported"},
    {"/problems/header-too-large",
     http::status::request_header_fields_too_large,
     "The header is too large"},
    {"/problems/internal", http::status::internal_server_error, "Something went wrong here"},
};

const ProblemKind& kind_of(Errc code) {
    // The table's first rows stand in the order of Errc.
    static_assert(
        static_cast<int>(Errc::malformed) == 0 && static_cast<int>(Errc::unavailable) == 10
    );
    return kinds[static_cast<std::size_t>(code)];
}

Response render(const ProblemKind& kind, const Fault& fault) {
    Json body{
        {"type", kind.type}, {"title", kind.title}, {"status", static_cast<int>(kind.status)}
    };
    if (!fault.detail.empty())
        body["detail"] = fault.detail;
    for (const FieldError& e : fault.fields)
        body["errors"].push_back(
            {{"pointer", "#" + e.pointer}, {"code", e.code}, {"detail", e.detail}}
        );
    Response out{kind.status, "application/problem+json", {}};
    out.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
    out.headers.emplace_back("Content-Language", "en");
    if (kind.status == http::status::unauthorized)
        out.headers.emplace_back("WWW-Authenticate", "Bearer");
    if (kind.status == http::status::service_unavailable)
        out.headers.emplace_back("Retry-After", std::to_string(retry_after_s));
    return out;
}

} // namespace

std::span<const ProblemKind> problem_kinds() {
    return kinds;
}

Response to_problem(const Fault& fault) {
    return render(kind_of(fault.code), fault);
}

Response to_problem(http::status status, std::string detail) {
    for (const ProblemKind& kind : kinds)
        if (kind.status == status)
            return render(kind, Fault{Errc::invalid, std::move(detail)});
    assert(false && "every status sent has a row");
    return render(kinds[std::size(kinds) - 1], {});
}

} // namespace saiduan
