// One case: reading it, and the steps that move it. Every step needs If-Match.
#include "gateway/api/routes.hpp"
#include "gateway/http/problem.hpp"

namespace saiduan {
namespace {

constexpr std::size_t note_max = 20'000; // characters

enum class Outcome {
    assisted,
    rescued,
    referred,
    unfounded,
    unreachable,
    withdrawn,
    duplicate,
    out_of_scope
};
constexpr Word<Outcome> outcome_words[] = {
    {"assisted", Outcome::assisted},
    {"rescued", Outcome::rescued},
    {"referred", Outcome::referred},
    {"unfounded", Outcome::unfounded},
    {"unreachable", Outcome::unreachable},
    {"withdrawn", Outcome::withdrawn},
    {"duplicate", Outcome::duplicate},
    {"out_of_scope", Outcome::out_of_scope}
};

enum class Method { call, sms, line, email, visit, message };
constexpr Word<Method> method_words[] = {
    {"call", Method::call},
    {"sms", Method::sms},
    {"line", Method::line},
    {"email", Method::email},
    {"visit", Method::visit},
    {"message", Method::message}
};

Result<std::int64_t> version_wanted(const Request& request) {
    std::string_view tag = request.header("If-Match");
    if (tag.empty())
        return Fault{
            Errc::precondition_required, "send If-Match with the case's ETag, e.g. \"v3\""
        };
    if (tag.size() < 4 || tag.substr(0, 2) != "\"v" || tag.back() != '"')
        return Fault{Errc::stale, "If-Match must be the case's ETag, e.g. \"v3\""};
    const auto version = parse_integer(tag.substr(2, tag.size() - 3));
    if (!version)
        return Fault{Errc::stale, "If-Match must be the case's ETag, e.g. \"v3\""};
    return *version;
}

// Reads a step's body into detail and outcome.
using ReadStep = void (*)(Reader&, Json& detail, std::string& outcome);

void read_text(Reader& in, Json& detail, const char* name, bool required) {
    std::string text;
    if (required)
        in.require(name);
    if (in.text(name, text, required ? 1 : 0, note_max))
        detail[name] = text;
}

Task<Response> take_step(Services& services, Request& request, EventKind kind, ReadStep read) {
    const auto actor = co_await authenticate(services, request, {"dispatcher", "supervisor"});
    if (!actor)
        co_return to_problem(actor.error());
    const auto id = parse_integer(request.segments[0]);
    if (!id)
        co_return to_problem(Fault{Errc::not_found, "no such case"});
    const Result<std::int64_t> version = version_wanted(request);
    if (!version)
        co_return to_problem(version.error());
    const Result<Json> body = read_body(request);
    if (!body)
        co_return to_problem(body.error());
    Step step;
    step.case_id = *id;
    step.kind = kind;
    step.version = *version;
    step.actor = *actor;
    step.at = services.clock.now();
    Json detail = Json::object();
    Reader in{*body};
    read(in, detail, step.outcome);
    if (const auto bad = in.finish())
        co_return to_problem(*bad);
    step.detail = detail.dump(-1, ' ', false, Json::error_handler_t::replace);
    const auto move_on = [&](Completion<CaseSummary> done) {
        services.store.step(std::move(step), std::move(done));
    };
    const auto summary = co_await ask<CaseSummary>(services, move_on);
    if (!summary)
        co_return to_problem(summary.error());
    Response out{
        http::status::ok,
        "application/json",
        case_to_json(*summary, services.policy->agencies).dump()
    };
    out.headers.emplace_back("ETag", case_etag(summary->version));
    co_return out;
}

Json event_to_json(const Event& e) {
    return {
        {"id", e.id},
        {"kind", word_of(e.kind, event_kind_words)},
        {"at", to_rfc3339(e.at)},
        {"actor", e.actor},
        {"detail", Json::parse(e.detail, nullptr, false)}
    };
}

} // namespace

Task<Response> get_case(Services& services, Request& request) {
    const auto actor = co_await authenticate(services, request, {"dispatcher", "supervisor"});
    if (!actor)
        co_return to_problem(actor.error());
    const auto id = parse_integer(request.segments[0]);
    if (!id)
        co_return to_problem(Fault{Errc::not_found, "no such case"});
    const UnixMs now = services.clock.now();
    const auto open = [&](Completion<CaseView> done) {
        services.store.open_case(*id, *actor, now, std::move(done));
    };
    const auto view = co_await ask<CaseView>(services, open);
    if (!view)
        co_return to_problem(view.error());
    Json out = case_to_json(view->summary, services.policy->agencies);
    out["content"] = Json::parse(view->content, nullptr, false);
    out["assessment"] = Json::parse(view->assessment_json, nullptr, false);
    out["place"] = Json::parse(view->place_json, nullptr, false);
    out["outcome"] = view->outcome.empty() ? Json{} : Json(view->outcome);
    for (const Event& e : view->events)
        out["events"].push_back(event_to_json(e));
    Response response{
        http::status::ok,
        "application/json",
        out.dump(-1, ' ', false, Json::error_handler_t::replace)
    };
    response.headers.emplace_back("ETag", case_etag(view->summary.version));
    co_return response;
}

Task<Response> claim_case(Services& services, Request& request) {
    return take_step(services, request, EventKind::claimed, [](Reader&, Json&, std::string&) {});
}

Task<Response> release_case(Services& services, Request& request) {
    return take_step(services, request, EventKind::released, [](Reader& in, Json& d, std::string&) {
        read_text(in, d, "reason", false);
    });
}

Task<Response> contact_case(Services& services, Request& request) {
    return take_step(
        services,
        request,
        EventKind::contacted,
        [](Reader& in, Json& d, std::string&) {
            Method method{};
            bool reached = true;
            in.require("method");
            if (in.choice("method", method, method_words))
                d["method"] = word_of(method, method_words);
            if (in.boolean("reached", reached))
                d["reached"] = reached;
            read_text(in, d, "note", false);
        }
    );
}

Task<Response> note_case(Services& services, Request& request) {
    return take_step(services, request, EventKind::noted, [](Reader& in, Json& d, std::string&) {
        read_text(in, d, "text", true);
    });
}

Task<Response> resolve_case(Services& services, Request& request) {
    return take_step(
        services,
        request,
        EventKind::resolved,
        [](Reader& in, Json& d, std::string& o) {
            Outcome outcome{};
            in.require("outcome");
            if (in.choice("outcome", outcome, outcome_words))
                d["outcome"] = o = word_of(outcome, outcome_words);
            read_text(in, d, "text", false);
        }
    );
}

Task<Response> reopen_case(Services& services, Request& request) {
    return take_step(services, request, EventKind::reopened, [](Reader& in, Json& d, std::string&) {
        read_text(in, d, "reason", false);
    });
}

} // namespace saiduan
