// What anyone may check: the signed tree, its tiles, and the reporter's proof.
#include "gateway/api/routes.hpp"
#include "gateway/http/problem.hpp"
#include "storage/trail/proof.hpp"
#include "storage/trail/tiles.hpp"

namespace saiduan {

Task<Response> get_checkpoint(Services& services, Request&) {
    std::string note = services.store.checkpoint();
    if (note.empty())
        co_return to_problem(Fault{Errc::not_found, "nothing has been signed yet"});
    co_return Response{http::status::ok, "text/plain; charset=utf-8", std::move(note)};
}

Task<Response> get_tile(Services& services, Request& request) {
    const Result<TileId> id = TileId::parse("tile/" + std::string{request.segments[0]});
    if (!id)
        co_return to_problem(Fault{Errc::not_found, "no such tile"});
    // Hashes say nothing. Leaves tell when how much happens: for who audits.
    if (id->kind == TileId::Kind::entries)
        if (const auto staff = authenticate(services, request, {"auditor"}); !staff)
            co_return to_problem(staff.error());
    const auto read = [&](Completion<std::string> done) {
        services.store.tile(*id, std::move(done));
    };
    const auto bytes = co_await ask<std::string>(services, read);
    if (!bytes)
        co_return to_problem(bytes.error());
    co_return Response{http::status::ok, "application/octet-stream", *bytes};
}

Task<Response> post_cosignature(Services& services, Request& request) {
    constexpr std::size_t line_max = 1000;
    const Result<Json> body = read_body(request);
    if (!body)
        co_return to_problem(body.error());
    std::string line;
    Reader in{*body};
    in.require("line");
    in.text("line", line, 1, line_max);
    if (const auto bad = in.finish())
        co_return to_problem(*bad);
    const Fault refused{Errc::invalid, "not a configured witness's signature of this checkpoint"};
    const auto signed_note = add_signature(services.store.checkpoint(), line);
    const auto opened = signed_note ? open_note(*signed_note, services.witnesses)
                                    : Result<Note>{signed_note.error()};
    if (!opened)
        co_return to_problem(
            signed_note.has_error() && signed_note.error().code == Errc::conflict
                ? signed_note.error()
                : refused
        );
    const auto add = [&](Completion<std::string> done) {
        services.store.add_cosignature(line, services.clock.now(), std::move(done));
    };
    const auto note = co_await ask<std::string>(services, add);
    if (!note)
        co_return to_problem(note.error());
    co_return Response{http::status::created, "text/plain; charset=utf-8", *note};
}

Task<Response> get_proof(Services& services, Request& request) {
    const auto token = bearer_of(request);
    const auto session = token ? services.reporters.find(*token, services.clock.now()) : nullptr;
    if (!session)
        co_return to_problem(Fault{Errc::unauthorized, "open a session with your receipt first"});
    if (session->duress)
        co_return to_problem(Fault{Errc::not_found, "nothing to prove"});
    const auto prove = [&](Completion<ProofParts> done) {
        services.store.prove(session->complaint, std::move(done));
    };
    auto parts = co_await ask<ProofParts>(services, prove);
    if (!parts && parts.error().code == Errc::unavailable) {
        const UnixMs now = services.clock.now();
        const auto sign = [&](Completion<std::string> done) {
            services.store.sign(now, std::move(done));
        };
        co_await ask<std::string>(services, sign);
        parts = co_await ask<ProofParts>(services, prove);
    }
    if (!parts)
        co_return to_problem(parts.error());
    const TrailProof proof{
        parts->salt + parts->event, parts->index, parts->path, parts->checkpoint
    };
    Response out{http::status::ok, "text/plain; charset=utf-8", proof.text()};
    out.headers.emplace_back("Content-Disposition", "attachment; filename=\"note.tlog-proof\"");
    co_return out;
}

} // namespace saiduan
