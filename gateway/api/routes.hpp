// Every route the program serves, in two tables (routes.cpp), and what handlers share.
#pragma once

#include "gateway/http/router.hpp"
#include "gateway/services.hpp"

#include <initializer_list>
#include <span>

namespace saiduan {

[[nodiscard]] std::span<const Route> public_routes();
[[nodiscard]] std::span<const Route> operations_routes();

// complaints.cpp
Task<Response> post_complaint(Services& services, Request& request);
// reporter.cpp
Task<Response> post_receipt_session(Services& services, Request& request);
Task<Response> get_complaint(Services& services, Request& request);
Task<Response> post_message(Services& services, Request& request);
Task<Response> post_location(Services& services, Request& request);
Task<Response> post_withdrawal(Services& services, Request& request);
Task<Response> post_danger(Services& services, Request& request);
// trail.cpp
Task<Response> get_checkpoint(Services& services, Request& request);
Task<Response> get_tile(Services& services, Request& request);
Task<Response> post_cosignature(Services& services, Request& request);
Task<Response> get_proof(Services& services, Request& request);
// staff.cpp
Task<Response> get_tokens(Services& services, Request& request);
Task<Response> post_token(Services& services, Request& request);
Task<Response> delete_token(Services& services, Request& request);
Task<Response> post_key_rotation(Services& services, Request& request);
// queues.cpp
Task<Response> get_queue(Services& services, Request& request);
Task<Response> stream_queue(Services& services, Request& request);
// cases.cpp
Task<Response> get_case(Services& services, Request& request);
Task<Response> claim_case(Services& services, Request& request);
Task<Response> release_case(Services& services, Request& request);
Task<Response> contact_case(Services& services, Request& request);
Task<Response> note_case(Services& services, Request& request);
Task<Response> reply_case(Services& services, Request& request);
Task<Response> hold_case(Services& services, Request& request);
Task<Response> unhold_case(Services& services, Request& request);
Task<Response> erase_case(Services& services, Request& request);
Task<Response> get_case_trail(Services& services, Request& request);
Task<Response> resolve_case(Services& services, Request& request);
Task<Response> reopen_case(Services& services, Request& request);
// figures.cpp
Task<Response> get_response_times(Services& services, Request& request);
Task<Response> get_statistics(Services& services, Request& request);
// operations.cpp
Task<Response> get_livez(Services& services, Request& request);
Task<Response> get_readyz(Services& services, Request& request);
Task<Response> get_metrics(Services& services, Request& request);

// Who sends this, and with what. `secret` lives as long as the request.
struct Staff {
    Actor actor;
    std::shared_ptr<const Credential> credential;
    std::string_view secret;
};

// The staff member who sends this, if his role is among `roles`. Errors: unauthorized, forbidden.
[[nodiscard]] Result<Staff> authenticate(
    Services& services, const Request& request, std::initializer_list<std::string_view> roles
);

// Whose token has this digest, while it is neither revoked nor of an agency that is gone; null
// otherwise. For what outlives the check at its beginning.
[[nodiscard]] std::shared_ptr<const Credential>
live_credential(const Services& services, const std::string& secret_digest);

// The token of an Authorization: Bearer header.
[[nodiscard]] std::optional<std::string_view> bearer_of(const Request& request);

// A whole non-negative number without sign or leading blanks.
[[nodiscard]] std::optional<std::int64_t> parse_integer(std::string_view text);

// One queue line as JSON, with the times by which it is due.
[[nodiscard]] Json case_to_json(const CaseSummary& summary, const Agencies& agencies);

[[nodiscard]] inline std::string case_etag(std::int64_t version) {
    return "\"v" + std::to_string(version) + "\"";
}

// The body as a JSON object; an empty body is {}.
[[nodiscard]] Result<Json> read_body(const Request& request);

} // namespace saiduan
