// POST /v1/complaints: parse, decide, store, answer.
#include "gateway/api/routes.hpp"
#include "gateway/http/problem.hpp"
#include "gateway/intake.hpp"

#include <algorithm>
#include <chrono>

namespace saiduan {
namespace {

// A structured-field string ("…") or, leniently, a bare token. Nothing: malformed.
std::optional<std::string> idempotency_key(std::string_view header) {
    constexpr std::size_t key_bytes_max = 128;
    if (header.size() >= 2 && header.front() == '"' && header.back() == '"')
        header = header.substr(1, header.size() - 2);
    const bool printable = std::all_of(header.begin(), header.end(), [](char c) {
        return c > ' ' && c < '\x7F' && c != '"' && c != '\\';
    });
    if (header.empty() || header.size() > key_bytes_max || !printable)
        return std::nullopt;
    return std::string{header};
}

Response refuse(Services& services, const Fault& fault) {
    Response problem = to_problem(fault);
    services.metrics.refused(std::to_string(static_cast<unsigned>(problem.status)));
    return problem;
}

} // namespace

Task<Response> post_complaint(Services& services, Request& request) {
    const auto began = std::chrono::steady_clock::now();
    const std::string& body = request.message.body();
    const Result<Json> document = parse_json(body);
    if (!document)
        co_return refuse(services, document.error());
    const Result<Complaint> complaint = Complaint::parse(*document);
    if (!complaint)
        co_return refuse(services, complaint.error());
    std::optional<std::string> retry_key;
    if (const std::string_view key = request.header("Idempotency-Key"); !key.empty()) {
        retry_key = idempotency_key(key);
        if (!retry_key)
            co_return refuse(
                services,
                Fault{
                    Errc::malformed,
                    "Idempotency-Key must be 1 to 128 printable characters in quotes"
                }
            );
    }
    const auto policy = services.policy;
    const UnixMs now = services.clock.now();
    Decision decision =
        decide(*complaint, body, *policy->rules, services.atlas, policy->agencies, now);
    // Life in danger is never demoted, whoever else shares the network.
    decision.clear.demoted = services.flood.flooding(request.network_label, now) &&
                             decision.clear.priority != Priority::critical;
    const std::string queue = decision.clear.queue;
    const std::string priority{word_of(decision.clear.priority, priority_words)};
    std::string answer = std::move(decision.answer);
    SealedFiling sealed = services.keyroom.seal(std::move(decision), policy->agencies, now);
    answer = "{\"complaint\":" + std::to_string(sealed.filing.complaint) + ",\"receipt\":\"" +
             sealed.receipt + "\"," + answer + "}";
    if (retry_key)
        sealed.filing.idempotency = services.keyroom.idempotency(*retry_key, body, answer);
    const auto file = [&](Completion<Filed> done) {
        services.store.file(std::move(sealed.filing), std::move(done));
    };
    const Result<Filed> filed = co_await ask<Filed>(services, file);
    if (!filed)
        co_return refuse(services, filed.error());
    Response out{http::status::created, "application/json", std::move(answer)};
    if (filed->replayed) {
        Result<std::string> first = services.keyroom.replayed(*retry_key, filed->answer);
        if (!first)
            co_return refuse(services, first.error());
        out.body = std::move(*first);
        out.headers.emplace_back("Idempotency-Replayed", "true");
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    services.metrics.complaint(queue, priority, took.count());
    co_return out;
}

} // namespace saiduan
