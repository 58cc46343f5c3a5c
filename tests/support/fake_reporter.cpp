// The fake's verbs of the reporter's way back, and of forgetting.
#include "tests/support/fake_store.hpp"

#include <algorithm>

namespace saiduan {
namespace {

const Fault no_complaint{Errc::not_found, "no such complaint"};
const Fault not_stored{Errc::unavailable, "names an agency or a key that is not known"};

bool shown_to_reporter(EventKind kind) {
    constexpr EventKind kinds[] = {
        EventKind::read,
        EventKind::claimed,
        EventKind::contacted,
        EventKind::resolved,
        EventKind::replied,
        EventKind::messaged,
        EventKind::located,
        EventKind::withdrawn,
        EventKind::endangered
    };
    return std::find(std::begin(kinds), std::end(kinds), kind) != std::end(kinds);
}

} // namespace

void FakeStore::find_receipt(ComplaintId id, Completion<ReceiptRow> done) {
    answer<ReceiptRow>(done, [&]() -> Result<ReceiptRow> {
        const auto found = record_->complaints.find(id);
        if (found == record_->complaints.end())
            return no_complaint;
        return ReceiptRow{id, found->second.receipt, found->second.erased};
    });
}

void FakeStore::open_complaint(ComplaintId id, UnixMs at, Completion<SealedComplaint> done) {
    answer<SealedComplaint>(done, [&]() -> Result<SealedComplaint> {
        const auto found = record_->complaints.find(id);
        if (found == record_->complaints.end() || found->second.erased)
            return no_complaint;
        const FakeRecord::Told& told = found->second;
        SealedComplaint out{
            id, told.received_at, told.clear.language, told.clear.child, false, told.sealed, {}, {}
        };
        for (const FakeRecord::Case* one : cases_of(id)) {
            const CaseRow& row = one->row;
            const CaseSummary& s = row.summary;
            out.withdrawn = out.withdrawn || (s.alerts & alert_withdrawn) != 0;
            out.cases.push_back(
                {s.agency,
                 s.state,
                 s.priority,
                 s.primary,
                 row.claimed_at,
                 row.contacted_at,
                 row.resolved_at,
                 row.outcome}
            );
        }
        for (const FakeRecord::Leaf& leaf : record_->leaves)
            if (leaf.complaint == id && shown_to_reporter(leaf.event.kind))
                out.events.push_back(leaf.event);
        append({0, 0, EventKind::visited, at, "reporter", "", "", ""}, id);
        return out;
    });
}

void FakeStore::report(Report report, Completion<ComplaintId> done) {
    answer<ComplaintId>(done, [&]() -> Result<ComplaintId> {
        const auto found = record_->complaints.find(report.complaint);
        if (found == record_->complaints.end() || found->second.erased)
            return no_complaint;
        for (const NewCase& opened : report.opens)
            if (number_of(opened.agency) == 0 || !sealed_to_known_key(opened.grant))
                return not_stored;
        for (const NewCase& opened : report.opens) {
            const auto cases = cases_of(report.complaint);
            const bool there = std::any_of(cases.begin(), cases.end(), [&](const auto* one) {
                return one->row.summary.agency == opened.agency;
            });
            if (there)
                continue;
            CaseRow row;
            row.summary.complaint = report.complaint;
            row.summary.primary = false;
            row.summary.priority = cases.front()->row.summary.priority;
            row.summary.received_at = found->second.received_at;
            open_new_case(row, opened, report.at);
        }
        const std::string fact = fact_of({report.kind, report.at, 0, "", report.critical});
        for (FakeRecord::Case* one : cases_of(report.complaint)) {
            one->row = apply(one->row, report);
            const CaseSummary& s = one->row.summary;
            append(
                {0, s.id, report.kind, report.at, "reporter", s.agency, fact, report.sealed},
                report.complaint
            );
            touched_.insert(s.agency);
        }
        return report.complaint;
    });
}

void FakeStore::pending_receipts(int limit, Completion<std::vector<PendingReceipt>> done) {
    answer<std::vector<PendingReceipt>>(done, [&] {
        std::vector<PendingReceipt> out;
        for (const auto& [id, told] : record_->complaints)
            if (!told.receipt.pending.empty() && out.size() < static_cast<std::size_t>(limit))
                out.push_back({id, told.receipt});
        return out;
    });
}

void FakeStore::harden_receipt(HardenedReceipt r, Completion<ComplaintId> done) {
    answer<ComplaintId>(done, [&]() -> Result<ComplaintId> {
        const auto found = record_->complaints.find(r.complaint);
        if (found == record_->complaints.end() || found->second.receipt.pending.empty())
            return no_complaint;
        found->second.receipt = {r.check, r.key, ""};
        append({0, 0, EventKind::receipt_made, r.at, "system", "", "", ""}, r.complaint);
        return r.complaint;
    });
}

void FakeStore::erase(Erasure e, Completion<ComplaintId> done) {
    answer<ComplaintId>(done, [&]() -> Result<ComplaintId> {
        const auto found = record_->complaints.find(e.complaint);
        if (found == record_->complaints.end() || found->second.erased)
            return no_complaint;
        const auto cases = cases_of(e.complaint);
        if (std::any_of(cases.begin(), cases.end(), [](const auto* c) { return c->row.held; }))
            return Fault{Errc::conflict, "a case of this complaint is on legal hold"};
        const bool open = std::any_of(cases.begin(), cases.end(), [](const auto* c) {
            return c->row.summary.state != CaseState::resolved;
        });
        if (e.reason == scheduled && open)
            return Fault{Errc::conflict, "a case of this complaint is open again"};
        FakeRecord::Told& told = found->second;
        told = {told.received_at, told.clear, "", {}, {}, "", false, true};
        for (FakeRecord::Case* one : cases) {
            one->key.reset();
            touched_.insert(one->row.summary.agency);
        }
        std::erase_if(record_->used_keys, [&](const auto& entry) {
            return entry.second.complaint == e.complaint;
        });
        append({0, 0, EventKind::erased, e.at, e.actor, "", e.reason, ""}, e.complaint);
        return e.complaint;
    });
}

bool FakeStore::is_due(ComplaintId id, const std::string& outcome, UnixMs before) {
    for (const FakeRecord::Case* one : cases_of(id)) {
        const CaseRow& row = one->row;
        if (row.summary.state != CaseState::resolved || row.held ||
            (row.summary.primary && row.outcome != outcome))
            return false;
        // The row knows the first resolution only; what counts is the last.
        for (const FakeRecord::Leaf& leaf : record_->leaves)
            if (leaf.event.case_id == row.summary.id && leaf.event.kind == EventKind::resolved &&
                leaf.event.at >= before)
                return false;
    }
    return true;
}

void FakeStore::due_for_erasure(
    std::string outcome, UnixMs before, int limit, Completion<std::vector<ComplaintId>> done
) {
    answer<std::vector<ComplaintId>>(done, [&] {
        std::vector<ComplaintId> out;
        for (const auto& [id, told] : record_->complaints)
            if (!told.erased && out.size() < static_cast<std::size_t>(limit) &&
                is_due(id, outcome, before))
                out.push_back(id);
        return out;
    });
}

void FakeStore::purge_idempotency(UnixMs older_than, Completion<int> done) {
    answer<int>(done, [&] {
        return static_cast<int>(std::erase_if(record_->used_keys, [&](const auto& entry) {
            return entry.second.created_at < older_than;
        }));
    });
}

void FakeStore::index_marks(int limit, Completion<int> done) {
    answer<int>(done, [&] {
        int indexed = 0;
        for (auto& [id, told] : record_->complaints)
            if (indexed < limit && !told.findable && !told.marks.empty()) {
                told.findable = true;
                ++indexed;
            }
        return indexed;
    });
}

} // namespace saiduan
