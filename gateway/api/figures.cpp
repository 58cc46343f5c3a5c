// Response times and statistics, as JSON or CSV.
#include "gateway/api/routes.hpp"
#include "gateway/http/problem.hpp"
#include "storage/statistics/response_times.hpp"

#include <fmt/ranges.h>

#include <algorithm>

namespace saiduan {
namespace {

constexpr UnixMs day_ms = 86'400'000;
constexpr UnixMs period_default_ms = 30 * day_ms;
constexpr std::size_t by_max = 3;

struct Period {
    UnixMs from = 0, to = 0;
    std::vector<std::string> by;
};

// A day alone means its first moment in UTC.
Result<UnixMs> parse_moment(const std::string& text) {
    constexpr std::size_t day_length = 10;
    return parse_rfc3339(text.size() == day_length ? text + "T00:00:00Z" : text);
}

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> out;
    while (!text.empty()) {
        const std::string_view part = text.substr(0, text.find(','));
        out.emplace_back(part);
        text.remove_prefix(std::min(part.size() + 1, text.size()));
    }
    return out;
}

template <std::size_t N>
Result<Period> read_period(
    const Request& request,
    UnixMs now,
    const std::string_view (&dimensions)[N],
    const char* by_default
) {
    Period period{now - period_default_ms, now + 1, split(by_default)};
    Fault bad{Errc::invalid, "the query has errors"};
    for (const auto& [name, value] : request.query) {
        if (name == "from" || name == "to") {
            const Result<UnixMs> moment = parse_moment(value);
            if (moment)
                (name == "from" ? period.from : period.to) = *moment;
            else
                bad.fields.push_back({"/" + name, "format", moment.error().detail});
        } else if (name == "by") {
            period.by = split(value);
        } else {
            bad.fields.push_back({"/" + name, "unknown", "is not a known parameter (from, to, by)"}
            );
        }
    }
    for (const std::string& word : period.by)
        if (std::find(std::begin(dimensions), std::end(dimensions), word) == std::end(dimensions))
            bad.fields.push_back({"/by", "choice", word + " is not a dimension"});
    if (period.by.size() > by_max)
        bad.fields.push_back({"/by", "length", "must name at most 3 dimensions"});
    if (period.from >= period.to)
        bad.fields.push_back({"/from", "range", "must be before `to`"});
    if (!bad.fields.empty())
        return bad;
    return period;
}

Json spread_to_json(const Spread& s) {
    if (s.count == 0)
        return {{"count", 0}, {"p50_s", nullptr}, {"p90_s", nullptr}, {"p99_s", nullptr}};
    return {{"count", s.count}, {"p50_s", s.p50_s}, {"p90_s", s.p90_s}, {"p99_s", s.p99_s}};
}

Json head(const Period& period) {
    return {
        {"from", to_rfc3339(period.from)},
        {"to", to_rfc3339(period.to)},
        {"by", period.by},
        {"rows", Json::array()}
    };
}

void put_key(Json& row, const Period& period, const std::vector<std::string>& key) {
    for (std::size_t i = 0; i < period.by.size(); ++i)
        row[period.by[i]] = key[i];
}

// Values come from our own vocabularies but for nationality and the like; quote all the same, and
// keep a spreadsheet from running a cell that begins with = + - or @.
std::string csv_cell(const std::string& text) {
    std::string out = "\"";
    if (!text.empty() && std::string_view{"=+-@"}.find(text.front()) != std::string_view::npos)
        out += '\'';
    for (const char c : text)
        out += c == '"' ? "\"\"" : std::string(1, c);
    return out + '"';
}

std::string counts_to_csv(const Period& period, const std::vector<Count>& counts) {
    std::string out;
    for (const std::string& name : period.by)
        out += name + ",";
    out += "complaints\r\n";
    for (const Count& c : counts) {
        for (const std::string& value : c.key)
            out += csv_cell(value) + ",";
        out += std::to_string(c.complaints) + "\r\n";
    }
    return out;
}

} // namespace

Task<Response> get_response_times(Services& services, Request& request) {
    const auto staff = authenticate(services, request, {"supervisor", "analyst"});
    if (!staff)
        co_return to_problem(staff.error());
    const UnixMs now = services.clock.now();
    const auto period = read_period(request, now, response_time_dimensions, "agency,priority");
    if (!period)
        co_return to_problem(period.error());
    const auto read = [&](Completion<std::vector<CaseTimes>> done) {
        services.store.case_times(period->from, period->to, std::move(done));
    };
    auto times = co_await ask<std::vector<CaseTimes>>(services, read);
    if (!times)
        co_return to_problem(times.error());
    // A supervisor answers for his own agency; an analyst sees figures of all, never cases.
    if (staff->actor.role == "supervisor")
        std::erase_if(*times, [&](const CaseTimes& c) { return c.agency != staff->actor.agency; });
    Json out = head(*period);
    for (const ResponseTimes& r : response_times(*times, period->by, now)) {
        Json row{
            {"cases", r.cases},
            {"waiting", r.waiting},
            {"oldest_waiting_s", r.oldest_waiting_s},
            {"claim", spread_to_json(r.claim)},
            {"first_contact", spread_to_json(r.first_contact)},
            {"resolution", spread_to_json(r.resolution)}
        };
        put_key(row, *period, r.key);
        out["rows"].push_back(std::move(row));
    }
    co_return Response{http::status::ok, "application/json", out.dump()};
}

Task<Response> get_statistics(Services& services, Request& request) {
    const auto staff = authenticate(services, request, {"supervisor", "analyst"});
    if (!staff)
        co_return to_problem(staff.error());
    const UnixMs now = services.clock.now();
    const auto period = read_period(request, now, statistic_dimensions, "queue,priority");
    if (!period)
        co_return to_problem(period.error());
    const auto count = [&](Completion<std::vector<Count>> done) {
        services.store.statistics({period->by, period->from, period->to}, std::move(done));
    };
    const auto counts = co_await ask<std::vector<Count>>(services, count);
    if (!counts)
        co_return to_problem(counts.error());
    if (request.header("Accept").starts_with("text/csv")) {
        // A table to carry away. What cannot be recorded is not handed out.
        const std::string what = fmt::format("statistics by {}", fmt::join(period->by, ","));
        const Actor& actor = staff->actor;
        Notice notice{EventKind::exported, signature_of(actor), actor.agency, what, now};
        if (const auto noted = co_await record(services, std::move(notice)); !noted)
            co_return to_problem(noted.error());
        co_return Response{
            http::status::ok, "text/csv; charset=utf-8", counts_to_csv(*period, *counts)
        };
    }
    Json out = head(*period);
    for (const Count& c : *counts) {
        Json row{{"complaints", c.complaints}};
        put_key(row, *period, c.key);
        out["rows"].push_back(std::move(row));
    }
    co_return Response{http::status::ok, "application/json", out.dump()};
}

} // namespace saiduan
