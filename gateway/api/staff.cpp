// A supervisor's own people and keys: tokens made and revoked, the agency's key rotated.
#include "gateway/api/routes.hpp"
#include "gateway/http/problem.hpp"
#include "gateway/keys.hpp"
#include "gateway/rotation.hpp"
#include "gateway/secret_text.hpp"

namespace saiduan {

Task<Response> get_tokens(Services& services, Request& request) {
    const auto staff = authenticate(services, request, {"supervisor"});
    if (!staff)
        co_return to_problem(staff.error());
    Json out{{"tokens", Json::array()}};
    for (const TokenRow& token : services.store.tokens())
        if (token.agency == staff->actor.agency)
            out["tokens"].push_back(
                {{"id", token.id},
                 {"role", token.role},
                 {"label", token.label},
                 {"created_at", to_rfc3339(token.created_at)}}
            );
    co_return Response{http::status::ok, "application/json", out.dump()};
}

Task<Response> post_token(Services& services, Request& request) {
    constexpr std::size_t word_max = 100;
    const auto staff = authenticate(services, request, {"supervisor"});
    if (!staff)
        co_return to_problem(staff.error());
    const Result<Json> body = read_body(request);
    if (!body)
        co_return to_problem(body.error());
    TokenWish wish{staff->actor.agency, "", "", signature_of(staff->actor)};
    Reader in{*body};
    in.require("role");
    in.require("label");
    const bool read =
        in.text("role", wish.role, 1, word_max) && in.text("label", wish.label, 1, word_max);
    if (read)
        if (const auto wrong = wrong_wish(wish))
            in.reject(wrong->pointer.substr(1), wrong->code, wrong->detail);
    if (const auto bad = in.finish())
        co_return to_problem(*bad);
    const auto keys = open_with_credential(
        services.store, staff->actor.agency, staff->secret, *staff->credential
    );
    if (!keys)
        co_return to_problem(keys.error());
    const std::string secret = new_secret("sd_");
    auto made = make_token(wish, secret, *keys, services.clock.now());
    if (!made)
        co_return to_problem(made.error());
    const auto add = [&](Completion<TokenId> done) {
        services.store.add_token(std::move(*made), std::move(done));
    };
    const auto id = co_await ask<TokenId>(services, add);
    if (!id)
        co_return to_problem(id.error());
    const Json out{{"id", *id}, {"token", secret}};
    co_return Response{http::status::created, "application/json", out.dump()};
}

Task<Response> delete_token(Services& services, Request& request) {
    const auto staff = authenticate(services, request, {"supervisor"});
    if (!staff)
        co_return to_problem(staff.error());
    const auto id = parse_integer(request.segments[0]);
    if (!id)
        co_return to_problem(Fault{Errc::not_found, "no such token"});
    const Revocation revocation{
        *id, staff->actor.agency, signature_of(staff->actor), services.clock.now()
    };
    const auto revoke = [&](Completion<TokenId> done) {
        services.store.revoke_token(revocation, std::move(done));
    };
    const auto gone = co_await ask<TokenId>(services, revoke);
    if (!gone)
        co_return to_problem(gone.error());
    services.watch.changed({staff->actor.agency}); // his polls and streams end
    co_return Response{http::status::no_content, "", {}};
}

Task<Response> post_key_rotation(Services& services, Request& request) {
    const auto staff = authenticate(services, request, {"supervisor"});
    if (!staff)
        co_return to_problem(staff.error());
    const std::string agency = staff->actor.agency;
    auto old = open_with_credential(services.store, agency, staff->secret, *staff->credential);
    if (!old)
        co_return to_problem(old.error());
    auto made =
        make_agency_key(services.store, agency, signature_of(staff->actor), services.clock.now());
    if (!made)
        co_return to_problem(made.error());
    const auto add = [&](Completion<AgencyKey> done) {
        services.store.add_agency_key(std::move(made->row), std::move(done));
    };
    const auto key = co_await ask<AgencyKey>(services, add);
    if (!key)
        co_return to_problem(key.error());
    services.keyroom.agencies_changed(services.store, services.policy->agencies);
    // The old private keys live on in this coroutine alone, until every epoch is sealed anew.
    asio::co_spawn(services.io, reseal(services, *key, std::move(*old)), asio::detached);
    const Json out{{"agency", agency}, {"generation", key->generation}};
    co_return Response{http::status::accepted, "application/json", out.dump()};
}

} // namespace saiduan
