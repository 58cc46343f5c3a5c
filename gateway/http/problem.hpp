// Errors as RFC 9457 problem details, from one table; there is no second way to make an error body.
#pragma once

#include "gateway/http/message.hpp"

#include <span>

namespace saiduan {

struct ProblemKind {
    std::string_view type; // path below the server: /problems/…
    http::status status;
    std::string_view title;
};

inline constexpr int retry_after_s = 2; // told with every 503

// Every kind, for the documentation test.
[[nodiscard]] std::span<const ProblemKind> problem_kinds();

[[nodiscard]] Response to_problem(const Fault& fault);

// For failures of HTTP itself: 404, 405, 413, 415, 417, 431, 500. `status` must be in the table.
[[nodiscard]] Response to_problem(http::status status, std::string detail);

} // namespace saiduan
