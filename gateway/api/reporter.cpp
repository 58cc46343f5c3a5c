// The reporter's way back: a receipt opens a session, a session the complaint.
#include "gateway/api/routes.hpp"
#include "gateway/http/problem.hpp"
#include "gateway/intake.hpp"
#include "geo/place_text.hpp"

#include <boost/asio/thread_pool.hpp>

namespace saiduan {
namespace {

constexpr std::size_t message_max = 20'000; // characters
constexpr std::size_t receipt_text_max = 200;

const Fault no_session{
    Errc::unauthorized, "the session has ended; open it again with your receipt"
};
const Fault no_receipt{Errc::not_found, "no complaint has this receipt; check the digits"};

using Session = std::shared_ptr<const ReporterSession>;

// The work of a slow check, on the one thread kept for it.
Task<std::shared_ptr<Result<ReceiptKeys>>>
keys_of(Services& services, const Receipt& receipt, bool pending) {
    const auto initiate = [&](auto handler) {
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        asio::post(services.slow, [shared, &services, receipt, pending] {
            auto keys = std::make_shared<Result<ReceiptKeys>>(
                services.keyroom.receipt_keys(receipt, pending)
            );
            asio::post(services.io, [shared, keys] { (*shared)(keys); });
        });
    };
    co_return co_await asio::async_initiate<
        decltype(use_task),
        void(std::shared_ptr<Result<ReceiptKeys>>)>(initiate, use_task);
}

// The data key of the complaint, when the receipt is right. A wrong one costs the same time as one
// for a complaint that is not there.
Task<Result<Key>> try_receipt(Services& services, const Receipt& receipt) {
    const auto find = [&](Completion<ReceiptRow> done) {
        services.store.find_receipt(receipt.id(), std::move(done));
    };
    const auto row = co_await ask<ReceiptRow>(services, find);
    if (!row && row.error().code != Errc::not_found)
        co_return row.error();
    const bool there = row && !row->erased;
    const bool pending = there && !row->receipt.pending.empty();
    const auto keys = co_await keys_of(services, receipt, pending);
    if (!*keys)
        co_return keys->error();
    if (!there || !same_bytes((*keys)->check, row->receipt.check))
        co_return no_receipt;
    co_return unwrap((*keys)->wrap, receipt_context(receipt.id()), row->receipt.key);
}

// Who was forced to show a complaint is in danger; nothing on the screen may say that we know.
Task<Result<ComplaintId>> tell_danger(
    Services& services, ComplaintId complaint, const Key& data, EventKind kind, const Json& detail
) {
    const auto policy = services.policy;
    Report report;
    report.complaint = complaint;
    report.kind = kind;
    report.at = services.clock.now();
    report.critical = true;
    report.opens = services.keyroom.open_to({policy->agencies.danger}, complaint, data, report.at);
    if (!detail.empty())
        report.sealed = seal_json(data, event_context(complaint, kind), detail);
    const auto tell = [&](Completion<ComplaintId> done) {
        services.store.report(std::move(report), std::move(done));
    };
    co_return co_await ask<ComplaintId>(services, tell);
}

Result<Session> session_of(Services& services, const Request& request) {
    const auto token = bearer_of(request);
    if (!token)
        return Fault{Errc::unauthorized, "send Authorization: Bearer <session token>"};
    auto session = services.reporters.find(*token, services.clock.now());
    if (!session)
        return no_session;
    return session;
}

std::string_view status_of(const SealedComplaint& c) {
    if (c.withdrawn)
        return "withdrawn";
    bool claimed = false, contacted = false, open = false;
    for (const ReporterCase& one : c.cases) {
        open = open || one.state != CaseState::resolved;
        claimed = claimed || one.state == CaseState::claimed;
        contacted = contacted || one.contacted_at.has_value();
    }
    if (!open)
        return "resolved";
    return contacted ? "contacted" : claimed ? "claimed" : "received";
}

Json name_of(const Agencies& agencies, const std::string& key) {
    const Agency* agency = agencies.find(key);
    return {
        {"key", key}, {"en", agency ? agency->name_en : key}, {"th", agency ? agency->name_th : key}
    };
}

// What is expected by when; nothing once it has happened.
Json expected_of(const SealedComplaint& c, const Agencies& agencies) {
    Json out = Json::array();
    for (const ReporterCase& one : c.cases) {
        const Target& target = agencies.target(one.priority);
        if (!one.contacted_at && one.state != CaseState::resolved)
            out.push_back(
                {{"agency", one.agency},
                 {"what", "first_contact"},
                 {"by", to_rfc3339(c.received_at + target.first_contact_s * 1000)}}
            );
        if (one.state != CaseState::resolved)
            out.push_back(
                {{"agency", one.agency},
                 {"what", "result"},
                 {"by", to_rfc3339(c.received_at + target.resolution_s * 1000)}}
            );
    }
    return out;
}

// Role and time of who opened it, never a name; the words that went back and forth.
void add_events(
    Json& out, const SealedComplaint& c, const Key& data, const std::string& oversight
) {
    out["opened"] = Json::array();
    out["messages"] = Json::array();
    std::string last_sealed;
    for (const Event& e : c.events) {
        if (e.kind == EventKind::read) {
            out["opened"].push_back(
                {{"at", to_rfc3339(e.at)},
                 {"agency", e.fact == "oversight" ? oversight : e.agency},
                 {"role", e.actor.substr(0, e.actor.find('/'))}}
            );
            continue;
        }
        const bool words = e.kind == EventKind::replied || e.kind == EventKind::messaged ||
                           e.kind == EventKind::located;
        // What the reporter wrote stands once in each agency's case.
        if (!words || e.sealed == last_sealed)
            continue;
        last_sealed = e.sealed;
        const Result<Json> detail = open_json(data, event_context(c.complaint, e.kind), e.sealed);
        Json message{
            {"at", to_rfc3339(e.at)},
            {"from", e.kind == EventKind::replied ? e.agency : "reporter"},
            {"kind", word_of(e.kind, event_kind_words)}
        };
        if (detail)
            message.update(*detail);
        out["messages"].push_back(std::move(message));
    }
}

// What the duress form shows: the shape of any finished complaint, and nothing in it.
Json harmless(const SealedComplaint& c, const std::string& text) {
    const Json nothing = Json::array();
    return {
        {"complaint", c.complaint},
        {"received_at", to_rfc3339(c.received_at)},
        {"status", {{"code", "resolved"}, {"text", text}}},
        {"expected", nothing},
        {"readers", nothing},
        {"opened", nothing},
        {"messages", nothing}
    };
}

Response json_response(http::status status, const Json& body) {
    return {status, "application/json", body.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

// Language to answer in: asked for, or the complaint's.
std::string language_of(const Request& request, const std::string& otherwise) {
    return request.parameter("language").value_or(otherwise);
}

// Adds to a complaint. Under duress nothing is done but kept for the police, and the answer is the
// same.
Task<Response>
add(Services& services, const Session& session, EventKind kind, Json detail, bool critical) {
    if (session->duress || critical) {
        const EventKind told = session->duress ? EventKind::duress : kind;
        const auto done =
            co_await tell_danger(services, session->complaint, *session->data, told, detail);
        if (!done)
            co_return to_problem(done.error());
        co_return json_response(http::status::created, {{"at", to_rfc3339(services.clock.now())}});
    }
    Report report;
    report.complaint = session->complaint;
    report.kind = kind;
    report.at = services.clock.now();
    report.sealed = seal_json(*session->data, event_context(session->complaint, kind), detail);
    const UnixMs at = report.at;
    const auto tell = [&](Completion<ComplaintId> done) {
        services.store.report(std::move(report), std::move(done));
    };
    const auto done = co_await ask<ComplaintId>(services, tell);
    if (!done)
        co_return to_problem(done.error());
    co_return json_response(http::status::created, {{"at", to_rfc3339(at)}});
}

} // namespace

Task<Response> post_receipt_session(Services& services, Request& request) {
    const Result<Json> body = read_body(request);
    if (!body)
        co_return to_problem(body.error());
    std::string text;
    Reader in{*body};
    in.require("receipt");
    if (in.text("receipt", text, 1, receipt_text_max))
        if (const auto parsed = services.keyroom.parse(text); !parsed)
            in.reject("receipt", "receipt", parsed.error().detail);
    if (const auto bad = in.finish())
        co_return to_problem(*bad);
    const auto parsed = services.keyroom.parse(text);
    const std::uint64_t label = request.network_label;
    if (!co_await services.attempts.turn(label, services.clock.now()))
        co_return to_problem(Fault{Errc::overloaded, "many try at once; try again in a moment"});
    Result<Key> data = co_await try_receipt(services, parsed->receipt);
    const bool wrong = !data && data.error().code == Errc::not_found;
    services.attempts.done(label, !wrong, services.clock.now());
    if (!data) {
        services.failed_logins += wrong ? 1 : 0;
        co_return to_problem(data.error());
    }
    if (parsed->duress) {
        const Json nothing = Json::object();
        const auto told =
            co_await tell_danger(services, parsed->receipt.id(), *data, EventKind::duress, nothing);
        if (!told)
            co_return to_problem(told.error());
    }
    const std::string token = services.reporters.begin(
        parsed->receipt.id(), std::move(*data), parsed->duress, services.clock.now()
    );
    co_return json_response(
        http::status::created,
        {{"token", token}, {"expires_in_s", ReporterSessions::lifetime_ms / 1000}}
    );
}

Task<Response> get_complaint(Services& services, Request& request) {
    const Result<Session> session = session_of(services, request);
    if (!session)
        co_return to_problem(session.error());
    const auto policy = services.policy;
    const UnixMs now = services.clock.now();
    const auto open = [&](Completion<SealedComplaint> done) {
        services.store.open_complaint((*session)->complaint, now, std::move(done));
    };
    const auto c = co_await ask<SealedComplaint>(services, open);
    if (!c)
        co_return to_problem(c.error());
    const std::string language = language_of(request, c->language);
    if ((*session)->duress)
        co_return json_response(
            http::status::ok, harmless(*c, services.locales.text(language, "quiet"))
        );
    const std::string_view status = status_of(*c);
    Json out{
        {"complaint", c->complaint},
        {"received_at", to_rfc3339(c->received_at)},
        {"status", {{"code", status}, {"text", services.locales.text(language, status)}}},
        {"expected", expected_of(*c, policy->agencies)},
        {"readers", Json::array()}
    };
    for (const ReporterCase& one : c->cases)
        out["readers"].push_back(name_of(policy->agencies, one.agency));
    if (!policy->agencies.oversight.key.empty())
        out["readers"].push_back(name_of(policy->agencies, policy->agencies.oversight.key));
    add_events(out, *c, *(*session)->data, policy->agencies.oversight.key);
    co_return json_response(http::status::ok, out);
}

Task<Response> post_message(Services& services, Request& request) {
    const Result<Session> session = session_of(services, request);
    if (!session)
        co_return to_problem(session.error());
    const Result<Json> body = read_body(request);
    if (!body)
        co_return to_problem(body.error());
    Complaint words;
    Reader in{*body};
    in.require("text");
    in.text("text", words.text, 1, message_max);
    if (const auto bad = in.finish("the message"))
        co_return to_problem(*bad);
    // New words may say that it has become a matter of minutes.
    const auto policy = services.policy;
    const bool critical = policy->rules->assess(words).priority == Priority::critical;
    Json detail{{"text", words.text}};
    co_return co_await add(services, *session, EventKind::messaged, std::move(detail), critical);
}

Task<Response> post_location(Services& services, Request& request) {
    const Result<Session> session = session_of(services, request);
    if (!session)
        co_return to_problem(session.error());
    const Result<Json> body = read_body(request);
    if (!body)
        co_return to_problem(body.error());
    Location location;
    Reader in{*body};
    read_location(in, location);
    if (const auto bad = in.finish("the position"))
        co_return to_problem(*bad);
    const Point& point = location.point;
    Json detail{
        {"location",
         {{"latitude", point.latitude},
          {"longitude", point.longitude},
          {"accuracy_m", point.accuracy_m}}},
        {"place", Json::parse(place_text(services.atlas.locate(point)))}
    };
    if (location.at)
        detail["location"]["at"] = to_rfc3339(*location.at);
    if (!location.description.empty())
        detail["location"]["description"] = location.description;
    co_return co_await add(services, *session, EventKind::located, std::move(detail), false);
}

Task<Response> post_withdrawal(Services& services, Request& request) {
    const Result<Session> session = session_of(services, request);
    if (!session)
        co_return to_problem(session.error());
    const Result<Json> body = read_body(request);
    if (!body)
        co_return to_problem(body.error());
    std::string reason;
    Reader in{*body};
    in.text("reason", reason, 0, message_max);
    if (const auto bad = in.finish())
        co_return to_problem(*bad);
    Json detail{{"reason", reason}};
    const WithdrawalSettings& rule = services.settings.withdrawal;
    if (!(*session)->duress) {
        const UnixMs now = services.clock.now();
        const auto open = [&](Completion<SealedComplaint> done) {
            services.store.open_complaint((*session)->complaint, now, std::move(done));
        };
        const auto c = co_await ask<SealedComplaint>(services, open);
        if (!c)
            co_return to_problem(c.error());
        if (!rule.allowed || (c->child && !rule.of_children))
            co_return to_problem(
                Fault{Errc::conflict, "the law does not let this complaint be withdrawn"}
            );
        if (c->withdrawn)
            co_return to_problem(Fault{Errc::conflict, "it is withdrawn already"});
    }
    co_return co_await add(services, *session, EventKind::withdrawn, std::move(detail), false);
}

Task<Response> post_danger(Services& services, Request& request) {
    const Result<Session> session = session_of(services, request);
    if (!session)
        co_return to_problem(session.error());
    const Json nothing = Json::object();
    const auto done = co_await tell_danger(
        services,
        (*session)->complaint,
        *(*session)->data,
        (*session)->duress ? EventKind::duress : EventKind::endangered,
        nothing
    );
    if (!done)
        co_return to_problem(done.error());
    const std::string language = language_of(request, "en");
    const char* text = (*session)->duress ? "quiet" : "danger_done";
    co_return json_response(
        http::status::created, {{"text", services.locales.text(language, text)}}
    );
}

} // namespace saiduan
