// Complaint to assessment: normalise, recognise, assess, route. Pure and thread-safe once loaded.
#pragma once

#include "config/fault.hpp"
#include "triage/assessment.hpp"
#include "triage/complaint.hpp"

#include <memory>
#include <string>

namespace saiduan {

// The compiled phrase rules of config/triage. Immutable; a reload builds a new one.
class Rules {
public:
    // Reads rules.json and phrases/*.json from `directory` (config/triage).
    // Errors: every fault of every file at once, as Reader reports them, prefixed by the file.
    [[nodiscard]] static Result<std::shared_ptr<const Rules>> load(const std::string& directory);

    Rules(const Rules&) = delete;
    Rules& operator=(const Rules&) = delete;
    virtual ~Rules() = default;

    [[nodiscard]] virtual Assessment assess(const Complaint& complaint) const = 0;

protected:
    Rules() = default;
};

} // namespace saiduan
