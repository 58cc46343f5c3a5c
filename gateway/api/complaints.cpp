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

Response created(const Filed& filed) {
    Response out{http::status::created, "application/json", {}};
    out.body = "{\"complaint\":" + std::to_string(filed.complaint) + "," + filed.answer.substr(1);
    if (filed.replayed)
        out.headers.emplace_back("Idempotency-Replayed", "true");
    return out;
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
    const auto policy = services.policy;
    const UnixMs now = services.clock.now();
    Filing filing =
        take_in(*complaint, body, *policy->rules, services.atlas, policy->agencies, now);
    if (const std::string_view key = request.header("Idempotency-Key"); !key.empty()) {
        const auto read = idempotency_key(key);
        if (!read)
            co_return refuse(
                services,
                Fault{
                    Errc::malformed,
                    "Idempotency-Key must be 1 to 128 printable characters in quotes"
                }
            );
        filing.idempotency = IdempotencyKey{*read, digest(body)};
    }
    // Life in danger is never demoted, whoever else shares the network.
    filing.demoted = services.flood.flooding(request.network_label, now) &&
                     filing.assessment.priority != Priority::critical;
    const std::string queue = filing.assessment.queue;
    const std::string priority{word_of(filing.assessment.priority, priority_words)};
    const auto file = [&](Completion<Filed> done) {
        services.store.file(std::move(filing), std::move(done));
    };
    const Result<Filed> filed = co_await ask<Filed>(services, file);
    if (!filed)
        co_return refuse(services, filed.error());
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    services.metrics.complaint(queue, priority, took.count());
    co_return created(*filed);
}

} // namespace saiduan
