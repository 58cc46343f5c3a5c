// An agency's queue: polled with entity tags, waited for, or streamed.
#include "gateway/api/routes.hpp"
#include "gateway/http/problem.hpp"
#include "gateway/secret_text.hpp"

#include <charconv>
#include <map>

namespace saiduan {
namespace {

constexpr int limit_default = 20;
constexpr int limit_max = 200;
constexpr std::int64_t wait_s_max = 50; // below the idle time of common proxies
constexpr std::chrono::seconds heartbeat{15};

// "priority.demoted.received_at.id" of the last row; says nothing a queue line does not say.
std::optional<QueueQuery::Position> parse_cursor(std::string_view text) {
    std::int64_t field[4] = {};
    for (std::int64_t& value : field) {
        const std::string_view part = text.substr(0, text.find('.'));
        const auto read = parse_integer(part);
        if (!read)
            return std::nullopt;
        value = *read;
        text.remove_prefix(std::min(part.size() + 1, text.size()));
    }
    if (!text.empty() || field[0] > 2 || field[1] > 1)
        return std::nullopt;
    return QueueQuery::Position{static_cast<Priority>(field[0]), field[1] == 1, field[2], field[3]};
}

std::string cursor_after(const CaseSummary& c) {
    return std::to_string(static_cast<int>(c.priority)) + (c.demoted ? ".1." : ".0.") +
           std::to_string(c.received_at) + "." + std::to_string(c.id);
}

Result<QueueQuery> read_query(const Request& request) {
    QueueQuery query;
    query.agency = std::string{request.segments[0]};
    query.limit = limit_default;
    Fault bad{Errc::invalid, "the query has errors"};
    for (const auto& [name, value] : request.query) {
        const auto number = parse_integer(value);
        bool right = true;
        std::string rule;
        if (name == "limit") {
            right = number && *number >= 1 && *number <= limit_max;
            rule = "must be 1 to 200";
            query.limit = right ? static_cast<int>(*number) : limit_default;
        } else if (name == "after") {
            query.after = parse_cursor(value);
            right = query.after.has_value();
            rule = "must be the value of `next` of the page before";
        } else if (name == "state") {
            right = false;
            rule = "must be waiting, claimed or resolved";
            for (const auto& [word, state] : case_state_words)
                if (word == value) {
                    query.state = state;
                    right = true;
                }
        } else {
            right = false;
            rule = "is not a known parameter (state, after, limit)";
        }
        if (!right)
            bad.fields.push_back({"/" + name, "invalid", rule});
    }
    if (!bad.fields.empty())
        return bad;
    return query;
}

// `wait=N` of a Prefer header, in seconds; 0 when absent.
std::int64_t preferred_wait(std::string_view prefer) {
    constexpr std::string_view name = "wait=";
    const std::size_t at = prefer.find(name);
    if (at == std::string_view::npos)
        return 0;
    const std::string_view rest = prefer.substr(at + name.size());
    const std::size_t end = std::min(rest.find_first_not_of("0123456789"), rest.size());
    return std::min(parse_integer(rest.substr(0, end)).value_or(0), wait_s_max);
}

// The head of each queue, rendered once per tag: polls from memory cost what a no-op costs.
struct Head {
    std::string tag;
    std::string body;
};

using RenderTimer = asio::basic_waitable_timer<
    std::chrono::steady_clock,
    asio::wait_traits<std::chrono::steady_clock>,
    Executor>;

struct CachedHead {
    Head head;
    std::shared_ptr<RenderTimer> rendering; // set while one renders; cancelled when it is done
};
using Heads = std::map<std::string, CachedHead>;

Heads& heads() {
    // One I/O thread serves all polls; bounded by agencies × states × limits.
    static thread_local Heads cache;
    return cache;
}

std::string render(const std::vector<CaseSummary>& cases, int limit, const Agencies& agencies) {
    Json out{{"cases", Json::array()}, {"next", nullptr}};
    for (const CaseSummary& c : cases)
        out["cases"].push_back(case_to_json(c, agencies));
    if (cases.size() == static_cast<std::size_t>(limit))
        out["next"] = cursor_after(cases.back());
    return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string tag_of(const Services& services, const std::string& agency) {
    return "\"" + services.boot + "-" + std::to_string(services.store.queue_version(agency)) + "\"";
}

Task<Result<std::string>> read_page(Services& services, const QueueQuery& query) {
    const auto list = [&](Completion<std::vector<CaseSummary>> done) {
        services.store.list_cases(query, std::move(done));
    };
    const auto cases = co_await ask<std::vector<CaseSummary>>(services, list);
    if (!cases)
        co_return cases.error();
    co_return render(*cases, query.limit, services.policy->agencies);
}

// The first page. Of many who are woken by one change, one renders and the others wait for him.
Task<Result<Head>> first_page(Services& services, const QueueQuery& query) {
    constexpr int waits_max = 2; // then what is there will do: it has its own tag
    const std::string key = query.agency + "/" + std::to_string(static_cast<int>(query.state)) +
                            "/" + std::to_string(query.limit);
    for (int waits = 0;; ++waits) {
        const CachedHead& known = heads()[key];
        const bool current = known.head.tag == tag_of(services, query.agency);
        if (!known.head.tag.empty() && (current || waits == waits_max))
            co_return known.head;
        const auto rendering = known.rendering;
        if (!rendering)
            break;
        co_await rendering->async_wait(as_result);
    }
    const auto mine = std::make_shared<RenderTimer>(services.io, RenderTimer::time_point::max());
    heads()[key].rendering = mine;
    std::string tag = tag_of(services, query.agency); // a change meanwhile makes it stale, rightly
    Result<std::string> body = co_await read_page(services, query);
    CachedHead& cached = heads()[key];
    cached.rendering = nullptr;
    if (body)
        cached.head = Head{std::move(tag), std::move(*body)};
    mine->cancel();
    if (!body)
        co_return body.error();
    co_return cached.head;
}

// A later page is rendered for its reader alone.
Task<Result<Head>> page(Services& services, const QueueQuery& query) {
    if (!query.after)
        co_return co_await first_page(services, query);
    std::string tag = tag_of(services, query.agency);
    Result<std::string> body = co_await read_page(services, query);
    if (!body)
        co_return body.error();
    co_return Head{std::move(tag), std::move(*body)};
}

Response fresh(std::string body, const std::string& etag, std::int64_t wait_s) {
    Response out{http::status::ok, "application/json", std::move(body)};
    out.headers.emplace_back("ETag", etag);
    if (wait_s > 0)
        out.headers.emplace_back("Preference-Applied", "wait=" + std::to_string(wait_s));
    return out;
}

} // namespace

Task<Response> get_queue(Services& services, Request& request) {
    const auto staff = authenticate(services, request, {"dispatcher", "supervisor"});
    if (!staff)
        co_return to_problem(staff.error());
    const Result<QueueQuery> query = read_query(request);
    if (!query)
        co_return to_problem(query.error());
    if (query->agency != staff->actor.agency)
        co_return to_problem(Fault{Errc::not_found, "no such queue for this token"});
    const std::int64_t wait_s = preferred_wait(request.header("Prefer"));
    const std::string_view seen = request.header("If-None-Match");
    const UnixMs until = services.clock.now() + wait_s * 1000;
    while (tag_of(services, query->agency) == seen && !services.stopping &&
           services.clock.now() < until) {
        const auto left = std::chrono::milliseconds{until - services.clock.now()};
        if (!co_await services.watch.wait(query->agency, left))
            break; // too many wait already
        // Revoked while he waited, perhaps.
        if (const auto still = authenticate(services, request, {"dispatcher", "supervisor"});
            !still)
            co_return to_problem(still.error());
    }
    if (const std::string tag = tag_of(services, query->agency); tag == seen) {
        Response same{http::status::not_modified, "", {}};
        same.headers.emplace_back("ETag", tag);
        co_return same;
    }
    const Result<Head> head = co_await page(services, *query);
    if (!head)
        co_return to_problem(head.error());
    co_return fresh(head->body, head->tag, wait_s);
}

namespace {

// Replays events after `last`, then waits for more; ids only, reading stays audited. Ends when the
// token with this digest is revoked.
Task<void> run_stream(
    Services& services,
    std::string agency,
    std::string secret_digest,
    std::int64_t last,
    WritePiece write
) {
    if (!co_await write("retry: 5000\n\n"))
        co_return;
    while (!services.stopping && live_credential(services, secret_digest)) {
        const std::uint64_t version = services.store.queue_version(agency);
        const auto read = [&](Completion<std::vector<Event>> done) {
            services.store.events_after(agency, last, std::move(done));
        };
        const auto events = co_await ask<std::vector<Event>>(services, read);
        if (!events)
            co_return;
        std::string piece;
        for (const Event& e : *events) {
            piece += "id: " + std::to_string(e.id) + "\nevent: case." +
                     std::string{word_of(e.kind, event_kind_words)} +
                     "\ndata: {\"case\":" + std::to_string(e.case_id) + ",\"queue\":\"" + agency +
                     "\"}\n\n";
            last = e.id;
        }
        if (piece.empty() && version == services.store.queue_version(agency)) {
            if (!co_await services.watch.wait(agency, heartbeat))
                co_return; // too many wait already; EventSource comes back by itself
            if (version == services.store.queue_version(agency))
                piece = ": still here\n\n";
        }
        if (!piece.empty() && !co_await write(std::move(piece)))
            co_return;
    }
}

} // namespace

Task<Response> stream_queue(Services& services, Request& request) {
    const auto staff = authenticate(services, request, {"dispatcher", "supervisor"});
    if (!staff)
        co_return to_problem(staff.error());
    const std::string agency{request.segments[0]};
    if (agency != staff->actor.agency)
        co_return to_problem(Fault{Errc::not_found, "no such queue for this token"});
    std::int64_t last = parse_integer(request.header("Last-Event-ID")).value_or(-1);
    if (last < 0) {
        const auto newest = [&](Completion<std::vector<Event>> done) {
            services.store.events_after(agency, newest_event, std::move(done));
        };
        const auto events = co_await ask<std::vector<Event>>(services, newest);
        if (!events)
            co_return to_problem(events.error());
        last = events->empty() ? 0 : events->back().id;
    }
    Response out{http::status::ok, "text/event-stream", {}};
    out.stream = [&services, agency, whose = digest(staff->secret), last](WritePiece write
                 ) -> Task<void> {
        return run_stream(services, agency, whose, last, std::move(write));
    };
    co_return out;
}

} // namespace saiduan
