// The verbs of the reporter's way back, and of forgetting.
#include "storage/sqlite/engine.hpp"
#include "storage/sqlite/read_rows.hpp"
#include "storage/trail/record.hpp"

#include <algorithm>

namespace saiduan {
namespace {

const Fault no_complaint{Errc::not_found, "no such complaint"};

} // namespace

void SqliteStore::find_receipt(ComplaintId id, Completion<ReceiptRow> done) {
    read<ReceiptRow>(done, [id](Connection& db) -> Result<ReceiptRow> {
        auto row = rows::find_receipt(db, id);
        if (!row)
            return no_complaint;
        return std::move(*row);
    });
}

void SqliteStore::open_complaint(ComplaintId id, UnixMs at, Completion<SealedComplaint> done) {
    write<SealedComplaint>(
        std::move(done),
        [this, id, at](Connection& db) -> Result<SealedComplaint> {
            auto view = rows::view_complaint(db, id);
            if (!view)
                return no_complaint;
            ledger_.append(db, {0, id, 0, EventKind::visited, at, "reporter"});
            return std::move(*view);
        }
    );
}

void SqliteStore::open_missing(Connection& db, const Report& report) {
    for (const NewCase& opened : report.opens) {
        const std::vector<CaseRow> cases = rows::cases_of(db, report.complaint);
        const bool there = std::any_of(cases.begin(), cases.end(), [&](const CaseRow& row) {
            return row.summary.agency == opened.agency;
        });
        if (there)
            continue;
        CaseRow row;
        row.summary.complaint = report.complaint;
        row.summary.primary = false;
        row.summary.priority = cases.front().summary.priority;
        row.summary.received_at = cases.front().summary.received_at; // the reporter's clock
        const std::string digest = rows::complaint_digest(db, report.complaint);
        const Key shred = rows::shred_key_of(db, report.complaint).key;
        open_new_case(db, row, opened, shred, digest, "", report.at);
    }
}

Result<ComplaintId> SqliteStore::report_now(Connection& db, const Report& report) {
    // Who came before the erasure may still hold the data key; nothing may bring it back.
    const auto complaint = rows::find_receipt(db, report.complaint);
    if (!complaint || complaint->erased)
        return no_complaint;
    // Opened first, so that the new cases too tell what has happened, and warn of duress.
    open_missing(db, report);
    const std::string fact = fact_of({report.kind, report.at, 0, "", report.critical});
    for (const CaseRow& row : rows::cases_of(db, report.complaint)) {
        const CaseRow moved = apply(row, report);
        rows::update_case(db, moved);
        ledger_.append(
            db,
            {row.summary.id,
             report.complaint,
             agencies_.number_of(row.summary.agency),
             report.kind,
             report.at,
             "reporter",
             fact,
             report.sealed}
        );
        if (row.summary.primary && moved.outcome != row.outcome) {
            counters_.add(db, report.complaint, row.outcome, -1);
            counters_.add(db, report.complaint, moved.outcome, 1);
        }
        touch(row.summary.agency);
    }
    return report.complaint;
}

void SqliteStore::report(Report report, Completion<ComplaintId> done) {
    write<ComplaintId>(std::move(done), [this, report = std::move(report)](Connection& db) {
        return report_now(db, report);
    });
}

void SqliteStore::pending_receipts(int limit, Completion<std::vector<PendingReceipt>> done) {
    read<std::vector<PendingReceipt>>(done, [limit](Connection& db) {
        return rows::pending_receipts(db, limit);
    });
}

void SqliteStore::harden_receipt(HardenedReceipt receipt, Completion<ComplaintId> done) {
    const auto work = [this, receipt = std::move(receipt)](Connection& db) -> Result<ComplaintId> {
        const auto digest = rows::harden(db, receipt);
        if (!digest)
            return no_complaint;
        const std::string fact = to_hex(*digest);
        ledger_.append(
            db, {0, receipt.complaint, 0, EventKind::receipt_made, receipt.at, "system", fact}
        );
        return receipt.complaint;
    };
    write<ComplaintId>(std::move(done), work);
}

void SqliteStore::erase(Erasure erasure, Completion<ComplaintId> done) {
    const auto work = [this, erasure = std::move(erasure)](Connection& db) -> Result<ComplaintId> {
        const Result<std::string> fact = rows::erase(db, erasure);
        if (!fact)
            return fact.error();
        keys_.forget_of(erasure.complaint);
        ledger_.append(
            db, {0, erasure.complaint, 0, EventKind::erased, erasure.at, erasure.actor, *fact}
        );
        for (const CaseRow& row : rows::cases_of(db, erasure.complaint))
            touch(row.summary.agency);
        batch_.erased = true;
        return erasure.complaint;
    };
    write<ComplaintId>(std::move(done), work);
}

void SqliteStore::due_for_erasure(
    std::string outcome,
    UnixMs resolved_before,
    int limit,
    Completion<std::vector<ComplaintId>> done
) {
    read<std::vector<ComplaintId>>(
        done,
        [outcome = std::move(outcome), resolved_before, limit](Connection& db) {
            return rows::due_for_erasure(db, outcome, resolved_before, limit);
        }
    );
}

void SqliteStore::index_marks(int limit, Completion<int> done) {
    write<int>(std::move(done), [this, limit](Connection& db) -> Result<int> {
        const rows::IndexedMarks indexed = rows::index_marks(db, limit);
        if (indexed.complaints > 0) {
            const std::string fact = std::to_string(indexed.last);
            ledger_.append(
                db, {0, 0, 0, EventKind::marks_indexed, ledger_.last_at(), "system", fact}
            );
        }
        return indexed.complaints;
    });
}

} // namespace saiduan
