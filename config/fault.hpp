// What can go wrong that is not our bug: one small vocabulary for every room. Free of I/O.
#pragma once

#include <boost/system/result.hpp>

#include <string>
#include <vector>

namespace saiduan {

// The caller's or the world's failures. gateway/http/problem.cpp maps each to one HTTP problem.
enum class Errc {
    malformed,             // not JSON at all (400)
    invalid,               // well-formed, but breaks a rule; see Fault::fields (422)
    unauthorized,          // no credential, or one we do not know (401)
    forbidden,             // known, but this role may not do that (403)
    not_found,             // no such thing, or not yours to know of (404)
    conflict,              // another state than the call needs, e.g. already claimed (409)
    stale,                 // If-Match names an older version (412)
    precondition_required, // the call needs If-Match (428)
    key_reused,            // Idempotency-Key seen with another body (422)
    overloaded,            // a bounded queue is full; try again soon (503 + Retry-After)
    unavailable,           // the store cannot write any more (503)
};

// One wrong field. `pointer` is an RFC 6901 JSON pointer from the document's root.
struct FieldError {
    std::string pointer;
    std::string
        code; // stable, for programs: required, unknown, type, range, length, format, choice
    std::string detail; // for people: what is wrong and what would be right
    bool operator==(const FieldError&) const = default;
};

// `detail` is shown to the client: never SQL, a path, or a system message; those go to the log.
struct Fault {
    Errc code = Errc::invalid;
    std::string detail;
    std::vector<FieldError> fields{};
    bool operator==(const Fault&) const = default;
};

template <class T>
using Result = boost::system::result<T, Fault>;

// result::value() on a Fault is our bug; Boost finds this by argument-dependent lookup.
[[noreturn]] void
throw_exception_from_error(const Fault& fault, const boost::source_location& where);

} // namespace saiduan
