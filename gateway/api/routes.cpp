#include "gateway/api/routes.hpp"

#include "gateway/secret_text.hpp"

#include <algorithm>
#include <charconv>

namespace saiduan {
namespace {

using http::verb;

constexpr Route public_table[] = {
    {verb::post, "/v1/complaints", post_complaint},
    {verb::post, "/v1/receipt-sessions", post_receipt_session},
    {verb::get, "/v1/complaint", get_complaint},
    {verb::post, "/v1/complaint/messages", post_message},
    {verb::post, "/v1/complaint/locations", post_location},
    {verb::post, "/v1/complaint/danger", post_danger},
    {verb::post, "/v1/complaint/withdrawal", post_withdrawal},
    {verb::get, "/v1/complaint/proof", get_proof},
    {verb::get, "/v1/queues/{agency}/cases", get_queue},
    {verb::get, "/v1/queues/{agency}/stream", stream_queue},
    {verb::get, "/v1/cases/{id}", get_case},
    {verb::post, "/v1/cases/{id}/claim", claim_case},
    {verb::post, "/v1/cases/{id}/release", release_case},
    {verb::post, "/v1/cases/{id}/contacts", contact_case},
    {verb::post, "/v1/cases/{id}/notes", note_case},
    {verb::post, "/v1/cases/{id}/messages", reply_case},
    {verb::post, "/v1/cases/{id}/resolution", resolve_case},
    {verb::post, "/v1/cases/{id}/reopening", reopen_case},
    {verb::post, "/v1/cases/{id}/legal-hold", hold_case},
    {verb::delete_, "/v1/cases/{id}/legal-hold", unhold_case},
    {verb::post, "/v1/cases/{id}/erasure", erase_case},
    {verb::get, "/v1/cases/{id}/trail", get_case_trail},
    {verb::get, "/v1/tokens", get_tokens},
    {verb::post, "/v1/tokens", post_token},
    {verb::delete_, "/v1/tokens/{id}", delete_token},
    {verb::post, "/v1/key-rotations", post_key_rotation},
    {verb::get, "/checkpoint", get_checkpoint},
    {verb::post, "/v1/checkpoint/cosignatures", post_cosignature},
    {verb::get, "/tile/{path*}", get_tile},
    {verb::get, "/v1/response-times", get_response_times},
    {verb::get, "/v1/statistics", get_statistics},
};

constexpr Route operations_table[] = {
    {verb::get, "/livez", get_livez},
    {verb::get, "/readyz", get_readyz},
    {verb::get, "/metrics", get_metrics},
};

} // namespace

std::span<const Route> public_routes() {
    return public_table;
}

std::span<const Route> operations_routes() {
    return operations_table;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
    std::int64_t out = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, out);
    if (error != std::errc{} || stop != end || out < 0)
        return std::nullopt;
    return out;
}

std::optional<std::string_view> bearer_of(const Request& request) {
    constexpr std::string_view scheme = "Bearer ";
    constexpr std::size_t token_bytes_max = 256;
    std::string_view given = request.header("Authorization");
    const bool bearer = given.size() > scheme.size() &&
                        beast::iequals(beast::string_view{given.data(), scheme.size()}, "Bearer ");
    if (!bearer || given.size() > token_bytes_max)
        return std::nullopt;
    return given.substr(scheme.size());
}

std::shared_ptr<const Credential>
live_credential(const Services& services, const std::string& secret_digest) {
    const auto credential = services.store.find_token(secret_digest);
    if (!credential)
        return nullptr;
    const std::string& agency = (*credential)->actor.agency;
    const Agencies& agencies = services.policy->agencies;
    // An agency that is no longer configured has no staff, from that moment on.
    const bool known = agency == agencies.oversight.key || agencies.known(agency);
    return known ? *credential : nullptr;
}

Result<Staff> authenticate(
    Services& services, const Request& request, std::initializer_list<std::string_view> roles
) {
    const auto secret = bearer_of(request);
    if (!secret)
        return Fault{Errc::unauthorized, "send Authorization: Bearer <token>"};
    const auto credential = live_credential(services, digest(*secret));
    if (!credential) {
        ++services.failed_logins;
        return Fault{Errc::unauthorized, "this token is not known or has been revoked"};
    }
    Staff staff{credential->actor, credential, *secret};
    staff.actor.oversight = staff.actor.agency == services.policy->agencies.oversight.key;
    if (std::find(roles.begin(), roles.end(), staff.actor.role) == roles.end())
        return Fault{Errc::forbidden, "the role " + staff.actor.role + " may not do this"};
    return staff;
}

namespace {

Json alerts_to_json(int alerts) {
    Json out = Json::array();
    if ((alerts & alert_duress) != 0)
        out.push_back("duress");
    if ((alerts & alert_withdrawn) != 0)
        out.push_back("withdrawn");
    if ((alerts & alert_message) != 0)
        out.push_back("message");
    return out;
}

} // namespace

Json case_to_json(const CaseSummary& c, const Agencies& agencies) {
    const Target& target = agencies.target(c.priority);
    Json out{
        {"id", c.id},
        {"complaint", c.complaint},
        {"agency", c.agency},
        {"primary", c.primary},
        {"state", word_of(c.state, case_state_words)},
        {"priority", word_of(c.priority, priority_words)},
        {"review", c.review},
        {"child", c.child},
        {"province", c.province},
        {"language", c.language},
        {"categories", Json::parse(c.categories_json, nullptr, false)},
        {"received_at", to_rfc3339(c.received_at)},
        {"claim_by", to_rfc3339(claim_by(c.received_at, target, agencies.calendar))},
        {"first_contact_by", to_rfc3339(c.received_at + target.first_contact_s * 1000)},
        {"version", c.version},
        {"alerts", alerts_to_json(c.alerts)},
        {"claimed_by", nullptr}
    };
    if (!c.claimed_by.empty())
        out["claimed_by"] = c.claimed_by;
    return out;
}

Result<Json> read_body(const Request& request) {
    const std::string& body = request.message.body();
    if (body.empty())
        return Result<Json>{boost::system::in_place_value, Json::object()};
    return parse_json(body);
}

} // namespace saiduan
