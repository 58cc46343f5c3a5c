// What the parts of the auditor share: findings, what the events say, and digests of stored rows.
#pragma once

#include "storage/cases.hpp"
#include "storage/sqlite/audit.hpp"
#include "storage/sqlite/connection.hpp"
#include "storage/trail/checkpoint.hpp"
#include "storage/trail/entry.hpp"
#include "storage/trail/record.hpp"

#include <array>
#include <map>
#include <unordered_map>

namespace saiduan::auditing {

class Findings {
public:
    explicit Findings(AuditReport& report) : report_(report) {}
    void add(std::string sentence);
    [[nodiscard]] bool none() const { return report_.findings.empty(); }

private:
    AuditReport& report_;
};

// A value that an event states, and which event.
struct Fact {
    std::string value; // usually a digest, in hex
    std::int64_t event = 0;
};

// What the tables must hold, from the events up to the newest. Only what is small beside the cases:
// a case's own events are read with it.
struct Said {
    struct Token {
        Fact made;
        std::optional<UnixMs> revoked_at;
        std::int64_t revoked_by = 0; // event
    };
    struct Erased {
        std::string sealed;            // digest, hex
        std::vector<std::string> keys; // digests, hex, of the cases in order of their numbers
        UnixMs at = 0;
        std::int64_t event = 0;
    };
    std::optional<Fact> vault;
    std::map<std::int64_t, Fact> agencies;                   // by number; value: the key
    std::map<std::array<std::int64_t, 2>, Fact> agency_keys; // agency, generation
    std::map<std::int64_t, Token> tokens;
    std::map<std::array<std::int64_t, 3>, Fact> key_copies; // token, agency, generation
    std::map<std::int64_t, Fact> epochs;
    std::unordered_map<ComplaintId, Fact> hardened; // receipts
    std::unordered_map<ComplaintId, Erased> erased;
    CaseId cases = 0;            // numbered from 1 without a gap
    ComplaintId marks_up_to = 0; // indexed
    std::int64_t marks_event = 0;
    std::optional<UnixMs> retries_before; // those from before may be gone
    // Events whose facts cannot be true: findings, unless an altered event has led to them.
    std::vector<std::string> impossible;
};

// Adds one event to `said`.
void fold(const TrailEvent& event, Said& said);

// A checkpoint whose signature is good, and what the database makes of it.
struct Claim {
    std::string name; // "the checkpoint in the database"
    Checkpoint checkpoint;
    std::optional<Hash> by_events, by_tiles; // roots at its size; nothing: the trail ends before
};

// The database's own, the one beside it and the published one, as far as there are good ones, in
// this order. Everything wrong with them is a finding.
[[nodiscard]] std::vector<Claim>
read_claims(Connection& db, const AuditSubject& subject, Findings& findings);

// Events against tiles and claims. Returns whether the events are the signed ones.
[[nodiscard]] bool audit_trail(
    Connection& db,
    std::vector<Claim> claims,
    const AuditSubject& subject,
    Said& said,
    AuditReport& report
);

// Whether tables and indexes are those of this program's schema, and the file is sound.
[[nodiscard]] bool sound(Connection& db, Findings& findings);

// Everything but complaints and what hangs on them. Uses `said` up.
void audit_staff(Connection& db, Said& said, AuditReport& report);
// Complaints, cases, idempotency, counters and marks.
void audit_line(Connection& db, Said& said, const AuditSubject& subject, AuditReport& report);

// Adds the row's value with the type it is stored with.
Record& add_column(Record& record, const Query& row, int column);
// Where the digest has an empty blob for NULL. An empty blob that is stored is not what we write,
// and gets another digest.
Record& add_blob_or_null(Record& record, const Query& row, int column);

// Of lower-case hex; nothing for anything else.
[[nodiscard]] std::optional<std::string> from_hex(std::string_view hex);
[[nodiscard]] std::vector<std::string_view> words(std::string_view fact);
// Whether `text` is the hex of a digest.
[[nodiscard]] bool is_digest(std::string_view text);

} // namespace saiduan::auditing
