#include "gateway/api/routes.hpp"

#include <sodium.h>

#include <charconv>

namespace saiduan {
namespace {

using http::verb;

constexpr Route public_table[] = {
    {verb::post, "/v1/complaints", post_complaint},
    {verb::get, "/v1/queues/{agency}/cases", get_queue},
    {verb::get, "/v1/queues/{agency}/stream", stream_queue},
    {verb::get, "/v1/cases/{id}", get_case},
    {verb::post, "/v1/cases/{id}/claim", claim_case},
    {verb::post, "/v1/cases/{id}/release", release_case},
    {verb::post, "/v1/cases/{id}/contacts", contact_case},
    {verb::post, "/v1/cases/{id}/notes", note_case},
    {verb::post, "/v1/cases/{id}/resolution", resolve_case},
    {verb::post, "/v1/cases/{id}/reopening", reopen_case},
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

std::string digest(std::string_view bytes) {
    std::string out(crypto_generichash_BYTES, '\0');
    crypto_generichash(
        reinterpret_cast<unsigned char*>(out.data()),
        out.size(),
        reinterpret_cast<const unsigned char*>(bytes.data()),
        bytes.size(),
        nullptr,
        0
    );
    return out;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
    std::int64_t out = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, out);
    if (error != std::errc{} || stop != end || out < 0)
        return std::nullopt;
    return out;
}

Task<Result<Actor>> authenticate(
    Services& services, const Request& request, std::initializer_list<std::string_view> roles
) {
    constexpr std::string_view scheme = "Bearer ";
    constexpr std::size_t token_bytes_max = 256;
    const std::vector<std::string_view> allowed{roles};
    std::string_view given = request.header("Authorization");
    const bool bearer = given.size() > scheme.size() &&
                        beast::iequals(beast::string_view{given.data(), scheme.size()}, "Bearer ");
    if (!bearer || given.size() > token_bytes_max)
        co_return Fault{Errc::unauthorized, "send Authorization: Bearer <token>"};
    given.remove_prefix(scheme.size());
    const auto find = [&](Completion<Actor> done) {
        services.store.find_token(digest(given), std::move(done));
    };
    Result<Actor> actor = co_await ask<Actor>(services, find);
    if (!actor && actor.error().code == Errc::unauthorized)
        co_return Fault{Errc::unauthorized, "this token is not known or has been revoked"};
    if (actor && std::find(allowed.begin(), allowed.end(), actor->role) == allowed.end())
        co_return Fault{Errc::forbidden, "the role " + actor->role + " may not do this"};
    co_return actor;
}

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
