// Inside the auditor: one walk over the complaints in order of their numbers, with their cases.
#pragma once

#include "storage/sqlite/audit_parts.hpp"

namespace saiduan::auditing {

// What the filed event of a complaint's primary case says besides.
struct Primary {
    std::int64_t event = 0; // 0: there is none
    UnixMs at = 0;
    std::string receipt;     // digest, hex
    std::string idempotency; // the same; empty without a key
    std::string outcome;     // as the case stands
};

struct CasesOf {
    int count = 0;
    bool good = true; // rows and events agree
    Primary primary;
};

// The cases of a complaint, replayed. `erased_keys`: digests of what an erasure destroyed.
[[nodiscard]] CasesOf audit_cases(
    Connection& db,
    ComplaintId complaint,
    std::string_view complaint_digest,
    const std::vector<std::string>* erased_keys,
    AuditReport& report
);

// Idempotency keys. Their rows are few: they live for two days.
class Retries {
public:
    Retries(Connection& db, const Said& said, AuditReport& report);
    void complaint(ComplaintId id, const Primary& primary, bool erased);
    void rest(); // rows that nothing accounts for

private:
    struct Row {
        std::int64_t id = 0;
        std::string digest; // hex
    };
    const Said& said_;
    Findings findings_;
    std::unordered_map<ComplaintId, Row> rows_;
};

// Statistics, counted again.
class Recount {
public:
    explicit Recount(AuditReport& report) : report_(report), findings_(report) {}
    // `row`: of complaints, in the order of its columns.
    void complaint(const Query& row, const std::string& outcome);
    // A complaint cannot be trusted: nothing is compared.
    void give_up() { complete_ = false; }
    void compare(Connection& db);

private:
    AuditReport& report_;
    Findings findings_;
    bool complete_ = true;
    std::unordered_map<std::string, std::int64_t> cells_; // dimensions, joined
};

class MarkRows {
public:
    MarkRows(Connection& db, const Said& said, AuditReport& report);
    void complaint(ComplaintId id, std::string_view marks);
    void rest(); // rows of no complaint

private:
    Connection& db_;
    const Said& said_;
    AuditReport& report_;
    Findings findings_;
};

class Line {
public:
    Line(Connection& db, Said& said, AuditReport& report);
    void read(const AuditSubject& subject);

private:
    void list_cases();
    void complaint(const Query& row);
    std::string sealed_part(const Query& row, const Said::Erased* erased);
    void receipt(const Query& row, const Primary& primary);

    Connection& db_;
    Said& said_;
    AuditReport& report_;
    Findings findings_;
    Retries retries_;
    Recount counters_;
    MarkRows marks_;
};

} // namespace saiduan::auditing
