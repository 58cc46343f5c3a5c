// One case: reading it, and the steps that move it. Every step needs If-Match.
#include "gateway/api/routes.hpp"
#include "gateway/http/problem.hpp"
#include "gateway/secret_text.hpp"

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

enum class Who { staff, supervisor }; // who may take a step

// Reads a step's body into detail and outcome.
using ReadStep = void (*)(Reader&, Json& detail, std::string& outcome);

void read_text(Reader& in, Json& detail, const char* name, bool required) {
    std::string text;
    if (required)
        in.require(name);
    if (in.text(name, text, required ? 1 : 0, note_max))
        detail[name] = text;
}

// A rotation beside the request may have sealed the epoch to a newer key than the request began
// with, or have taken away the older one since the row was read.
Result<Key> data_key(const Services& services, const Staff& staff, const SealedKey& sealed) {
    Result<Key> key = open_data_key(staff.secret, staff.credential->copies, sealed);
    if (!key)
        if (const auto live = live_credential(services, digest(staff.secret)))
            key = open_data_key(staff.secret, live->copies, sealed);
    return key;
}

// A step's words, sealed under the complaint's data key, which the credential of the one who
// wrote them opens.
Task<Result<std::string>>
seal_detail(Services& services, const Staff& staff, const Step& step, const Json& detail) {
    const auto find = [&](Completion<SealedKey> done) {
        services.store.case_key(step.case_id, staff.actor, std::move(done));
    };
    const auto sealed = co_await ask<SealedKey>(services, find);
    if (!sealed)
        co_return sealed.error();
    const Result<Key> data = data_key(services, staff, *sealed);
    if (!data)
        co_return data.error();
    co_return seal_json(*data, event_context(sealed->complaint, step.kind), detail);
}

Task<Response> take_step(
    Services& services, Request& request, EventKind kind, ReadStep read, Who who = Who::staff
) {
    const auto staff = who == Who::supervisor
                           ? authenticate(services, request, {"supervisor"})
                           : authenticate(services, request, {"dispatcher", "supervisor"});
    if (!staff)
        co_return to_problem(staff.error());
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
    step.actor = staff->actor;
    step.at = services.clock.now();
    Json detail = Json::object();
    Reader in{*body};
    read(in, detail, step.outcome);
    if (const auto bad = in.finish())
        co_return to_problem(*bad);
    if (!detail.empty()) {
        const auto sealed = co_await seal_detail(services, *staff, step, detail);
        if (!sealed)
            co_return to_problem(sealed.error());
        step.sealed = *sealed;
    }
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

std::string label_of(const std::string& actor) {
    return actor.substr(actor.find('/') + 1);
}

Json event_to_json(const Event& e, ComplaintId complaint, const Key* data) {
    Json out{
        {"id", e.id},
        {"kind", word_of(e.kind, event_kind_words)},
        {"at", to_rfc3339(e.at)},
        {"actor", label_of(e.actor)},
        {"detail", Json::object()}
    };
    if (e.sealed.empty() || !data)
        return out;
    const Result<Json> detail = open_json(*data, event_context(complaint, e.kind), e.sealed);
    out["detail"] = detail ? *detail : Json{{"unreadable", true}};
    return out;
}

// A case as its agency, or oversight, may read it.
Result<Json> case_view(const Services& services, const SealedCase& c, const Staff& staff) {
    Json out = case_to_json(c.summary, services.policy->agencies);
    out["outcome"] = c.outcome.empty() ? Json{} : Json(c.outcome);
    out["linked"] = c.linked;
    out["legal_hold"] = c.held;
    out["erased"] = c.erased;
    for (const char* part : {"content", "assessment", "place"})
        out[part] = nullptr;
    std::optional<Key> data;
    if (!c.erased) {
        Result<Key> opened = data_key(services, staff, c.key);
        if (!opened)
            return opened.error();
        data.emplace(std::move(*opened));
        const auto content = open_json(*data, complaint_context(c.summary.complaint), c.sealed);
        if (!content)
            return content.error();
        out.update(*content);
    }
    out["events"] = Json::array();
    for (const Event& e : c.events)
        out["events"].push_back(event_to_json(e, c.summary.complaint, data ? &*data : nullptr));
    return Result<Json>{boost::system::in_place_value, std::move(out)};
}

Task<Result<SealedCase>>
read_case(Services& services, const Request& request, const Result<Staff>& staff) {
    if (!staff)
        co_return staff.error();
    const auto id = parse_integer(request.segments[0]);
    if (!id || (staff->actor.role == "auditor" && !staff->actor.oversight))
        co_return Fault{Errc::not_found, "no such case"};
    const UnixMs now = services.clock.now();
    const auto open = [&](Completion<SealedCase> done) {
        services.store.open_case(*id, staff->actor, now, std::move(done));
    };
    co_return co_await ask<SealedCase>(services, open);
}

} // namespace

Task<Response> get_case(Services& services, Request& request) {
    const auto staff = authenticate(services, request, {"dispatcher", "supervisor", "auditor"});
    const auto sealed = co_await read_case(services, request, staff);
    if (!sealed)
        co_return to_problem(sealed.error());
    const Result<Json> view = case_view(services, *sealed, *staff);
    if (!view)
        co_return to_problem(view.error());
    Response response{
        http::status::ok,
        "application/json",
        view->dump(-1, ' ', false, Json::error_handler_t::replace)
    };
    response.headers.emplace_back("ETag", case_etag(sealed->summary.version));
    co_return response;
}

Task<Response> get_case_trail(Services& services, Request& request) {
    const auto staff = authenticate(services, request, {"dispatcher", "supervisor", "auditor"});
    const auto sealed = co_await read_case(services, request, staff);
    if (!sealed)
        co_return to_problem(sealed.error());
    Json out{{"case", sealed->summary.id}, {"events", Json::array()}};
    for (const Event& e : sealed->events)
        out["events"].push_back(
            {{"position", e.id - 1},
             {"kind", word_of(e.kind, event_kind_words)},
             {"at", to_rfc3339(e.at)},
             {"actor", e.actor},
             {"fact", e.fact}}
        );
    co_return Response{http::status::ok, "application/json", out.dump()};
}

Task<Response> erase_case(Services& services, Request& request) {
    const auto staff = authenticate(services, request, {"supervisor"});
    const auto sealed = co_await read_case(services, request, staff);
    if (!sealed)
        co_return to_problem(sealed.error());
    if (staff->actor.oversight)
        co_return to_problem(Fault{Errc::forbidden, "oversight reads; it moves and erases nothing"}
        );
    if (!sealed->summary.primary)
        co_return to_problem(Fault{Errc::conflict, "only the primary agency may erase"});
    if (sealed->summary.state != CaseState::resolved)
        co_return to_problem(Fault{Errc::conflict, "resolve the case first"});
    Erasure erasure{
        sealed->summary.complaint, signature_of(staff->actor), "order", services.clock.now()
    };
    const auto erase = [&](Completion<ComplaintId> done) {
        services.store.erase(std::move(erasure), std::move(done));
    };
    const auto erased = co_await ask<ComplaintId>(services, erase);
    if (!erased)
        co_return to_problem(erased.error());
    co_return Response{http::status::no_content, "", {}};
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

Task<Response> reply_case(Services& services, Request& request) {
    return take_step(services, request, EventKind::replied, [](Reader& in, Json& d, std::string&) {
        read_text(in, d, "text", true);
    });
}

Task<Response> hold_case(Services& services, Request& request) {
    const auto read = [](Reader& in, Json& d, std::string&) { read_text(in, d, "reason", true); };
    return take_step(services, request, EventKind::held, read, Who::supervisor);
}

Task<Response> unhold_case(Services& services, Request& request) {
    const auto read = [](Reader& in, Json& d, std::string&) { read_text(in, d, "reason", false); };
    return take_step(services, request, EventKind::unheld, read, Who::supervisor);
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
