// Reading and writing the rows of complaints and cases on a given connection. Used inside the
// writer's jobs and by the readers; no thread of its own.
#pragma once

#include "storage/cases.hpp"
#include "storage/figures.hpp"
#include "storage/sqlite/shred.hpp"
#include "storage/steps.hpp"

namespace saiduan::rows {

inline constexpr std::int64_t newest_event_id = -1; // Store's newest_event

// Brings the schema up to date. Throws SqliteError for a newer schema than this program knows.
// Returns whether readable complaints from before the vault wait for an upgrade.
[[nodiscard]] bool migrate(Connection& db);

// The agency's number, or 0.
[[nodiscard]] std::int64_t agency_number(Connection& db, const std::string& key);

// With the digests that its filed events carry (AUDIT_FORMAT.md).
struct InsertedComplaint {
    std::string digest, receipt_digest;
    ShredKey shred;
};
[[nodiscard]] InsertedComplaint insert_complaint(Connection& db, const Filing& filing);
[[nodiscard]] std::int64_t
insert_idempotency(Connection& db, const Filing& filing, std::string& digest);

struct InsertedCase {
    CaseId id = 0;
    std::string digest;
};
[[nodiscard]] InsertedCase insert_case(
    Connection& db,
    const CaseRow& row,
    const Grant& grant,
    const Key& shred,
    std::int64_t agency,
    const std::string& complaint_digest
);
// A complaint's digest again, from its row; for cases opened later and for erasure.
[[nodiscard]] std::string complaint_digest(Connection& db, ComplaintId id);

[[nodiscard]] std::optional<CaseRow> find_case(Connection& db, CaseId id);
[[nodiscard]] std::vector<CaseRow> cases_of(Connection& db, ComplaintId complaint);
void update_case(Connection& db, const CaseRow& row);
[[nodiscard]] std::vector<CaseSummary>
list_cases(Connection& db, const QueueQuery& query, std::int64_t agency);

// The sealed record, and the key of the case for its agency, or of the complaint for oversight.
[[nodiscard]] SealedCase view_case(Connection& db, const CaseRow& row, bool oversight);
[[nodiscard]] std::optional<SealedKey> case_key(Connection& db, const CaseRow& row, bool oversight);
[[nodiscard]] std::optional<SealedComplaint> view_complaint(Connection& db, ComplaintId id);
[[nodiscard]] std::vector<Event>
events_after(Connection& db, std::int64_t agency, std::int64_t event_id);

[[nodiscard]] std::optional<ReceiptRow> find_receipt(Connection& db, ComplaintId id);
[[nodiscard]] std::vector<PendingReceipt> pending_receipts(Connection& db, int limit);
// Returns the new receipt digest; nothing when there is nothing to harden.
[[nodiscard]] std::optional<std::string> harden(Connection& db, const HardenedReceipt& receipt);

// Destroys content, keys and marks; returns the fact of the erased event, or why it must not be.
[[nodiscard]] Result<std::string> erase(Connection& db, const Erasure& erasure);
[[nodiscard]] std::vector<ComplaintId>
due_for_erasure(Connection& db, const std::string& outcome, UnixMs resolved_before, int limit);
// Adds marks of complaints after the newest indexed one; at most `limit` complaints.
struct IndexedMarks {
    int complaints = 0;
    ComplaintId last = 0;
};
[[nodiscard]] IndexedMarks index_marks(Connection& db, int limit);

} // namespace saiduan::rows
