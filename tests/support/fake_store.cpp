#include "tests/support/fake_store.hpp"

#include "storage/vault/marks.hpp"

#include <algorithm>

namespace saiduan {
namespace {

constexpr std::size_t events_replayed_max = 200;

const Fault no_case{Errc::not_found, "no such case"};
const Fault no_complaint{Errc::not_found, "no such complaint"};
const Fault not_stored{Errc::unavailable, "names an agency or a key that is not known"};

// A page's place in its queue.
auto place_of(const CaseSummary& s) {
    return std::tuple{s.priority, s.demoted, s.received_at, s.id};
}

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

std::string month_in_bangkok(UnixMs time) {
    constexpr UnixMs bangkok_ms = 7LL * 3'600'000;
    return to_rfc3339(time + bangkok_ms).substr(0, 7);
}

bool share_a_mark(const std::string& a, const std::string& b) {
    for (std::size_t i = 0; i + mark_size <= a.size(); i += mark_size)
        for (std::size_t j = 0; j + mark_size <= b.size(); j += mark_size)
            if (a.compare(i, mark_size, b, j, mark_size) == 0)
                return true;
    return false;
}

std::string json_of(const std::vector<Category>& categories) {
    Json out = Json::array();
    for (const Category category : categories)
        out.push_back(word_of(category, category_words));
    return out.dump();
}

} // namespace

FakeStore::FakeStore(std::shared_ptr<FakeRecord> record, const NoteSigner& signer)
    : record_(std::move(record)), signer_(signer),
      next_epoch_(record_->epochs.empty() ? 1 : record_->epochs.rbegin()->first + 1),
      next_complaint_(record_->complaints.empty() ? 1 : record_->complaints.rbegin()->first + 1) {
    for (const std::string& agency : record_->agencies)
        versions_[agency] = 1;
}

SealedKey FakeStore::keep(const Grant& grant, ComplaintId complaint, UnixMs at) {
    const Epoch& epoch = *grant.epoch;
    if (record_->epochs.try_emplace(epoch.id, epoch).second)
        append({0, 0, EventKind::epoch_made, at, "system", "", std::to_string(epoch.id), ""});
    return {complaint, epoch, grant.wrapped};
}

SealedKey FakeStore::current(SealedKey key) const {
    key.epoch = record_->epochs.at(key.epoch.id);
    return key;
}

FakeRecord::Case* FakeStore::find_case(CaseId id) {
    const auto index = static_cast<std::size_t>(id) - 1;
    return index < record_->cases.size() ? &record_->cases[index] : nullptr;
}

std::vector<FakeRecord::Case*> FakeStore::cases_of(ComplaintId id) {
    std::vector<FakeRecord::Case*> out;
    for (FakeRecord::Case& one : record_->cases)
        if (one.row.summary.complaint == id)
            out.push_back(&one);
    return out;
}

CaseId FakeStore::open_new_case(CaseRow row, const NewCase& opened, UnixMs at) {
    CaseSummary& s = row.summary;
    const Clear& clear = record_->complaints.at(s.complaint).clear;
    s.id = static_cast<CaseId>(record_->cases.size()) + 1;
    s.agency = opened.agency;
    s.review = clear.review;
    s.child = clear.child;
    s.province = clear.province;
    s.language = clear.language;
    s.categories_json = json_of(clear.categories);
    record_->cases.push_back({row, keep(opened.grant, s.complaint, at)});
    append({0, s.id, EventKind::filed, at, "reporter", s.agency, "", ""}, s.complaint);
    touched_.insert(opened.agency);
    return s.id;
}

void FakeStore::file(Filing f, Completion<Filed> done) {
    answer<Filed>(done, [&]() -> Result<Filed> {
        Filed filed{f.complaint, false, {}, {}};
        if (f.idempotency) {
            const auto used = record_->used_keys.find(f.idempotency->mark);
            if (used != record_->used_keys.end()) {
                if (used->second.fingerprint != f.idempotency->fingerprint)
                    return Fault{Errc::key_reused, "this key came with another complaint"};
                return Filed{used->second.complaint, true, used->second.answer, {}};
            }
        }
        const bool known = std::all_of(f.cases.begin(), f.cases.end(), [&](const NewCase& c) {
            return number_of(c.agency) != 0 && sealed_to_known_key(c.grant);
        });
        if (!known || record_->complaints.contains(f.complaint) ||
            (f.oversight && !sealed_to_known_key(*f.oversight)))
            return not_stored;
        FakeRecord::Told told{f.received_at, f.clear, f.sealed, {}, f.receipt, f.marks};
        if (f.oversight)
            told.oversight = keep(*f.oversight, f.complaint, f.received_at);
        record_->complaints[f.complaint] = told;
        if (f.idempotency)
            record_->used_keys[f.idempotency->mark] = {
                f.idempotency->fingerprint, f.idempotency->answer, f.complaint, f.received_at
            };
        CaseRow row;
        row.summary.complaint = f.complaint;
        row.summary.priority = f.clear.priority;
        row.summary.demoted = f.clear.demoted;
        row.summary.received_at = f.received_at;
        for (const NewCase& opened : f.cases) {
            row.summary.primary = filed.cases.empty();
            filed.cases.push_back(open_new_case(row, opened, f.received_at));
        }
        return filed;
    });
}

void FakeStore::step(Step step, Completion<CaseSummary> done) {
    answer<CaseSummary>(done, [&]() -> Result<CaseSummary> {
        FakeRecord::Case* found = find_case(step.case_id);
        if (!found)
            return no_case;
        const Result<CaseRow> moved = apply(found->row, step);
        if (!moved)
            return moved.error();
        found->row = *moved;
        const CaseSummary& s = moved->summary;
        const std::string fact =
            fact_of({step.kind, step.at, step.actor.token, step.outcome, false});
        append(
            {0, s.id, step.kind, step.at, signature_of(step.actor), s.agency, fact, step.sealed},
            s.complaint
        );
        touched_.insert(s.agency);
        return s;
    });
}

std::vector<CaseId> FakeStore::linked_to(const CaseRow& row) const {
    const std::string& marks = record_->complaints.at(row.summary.complaint).marks;
    std::vector<CaseId> out;
    for (const FakeRecord::Case& other : record_->cases) {
        const CaseSummary& s = other.row.summary;
        const FakeRecord::Told& told = record_->complaints.at(s.complaint);
        if (s.agency == row.summary.agency && s.complaint != row.summary.complaint &&
            told.findable && share_a_mark(told.marks, marks))
            out.push_back(s.id);
    }
    return out;
}

void FakeStore::open_case(CaseId id, Actor actor, UnixMs at, Completion<SealedCase> done) {
    answer<SealedCase>(done, [&]() -> Result<SealedCase> {
        const FakeRecord::Case* found = find_case(id);
        if (!found || (found->row.summary.agency != actor.agency && !actor.oversight))
            return no_case;
        const CaseSummary& s = found->row.summary;
        const std::string fact = actor.oversight ? "oversight" : "";
        append({0, id, EventKind::read, at, signature_of(actor), s.agency, fact, ""}, s.complaint);
        const FakeRecord::Told& told = record_->complaints.at(s.complaint);
        SealedCase out;
        out.summary = s;
        out.outcome = found->row.outcome;
        out.held = found->row.held;
        out.erased = told.erased;
        out.sealed = told.sealed;
        if (const auto& key = actor.oversight ? told.oversight : found->key)
            out.key = current(*key);
        if (!actor.oversight)
            out.linked = linked_to(found->row);
        for (const FakeRecord::Leaf& leaf : record_->leaves)
            if (leaf.event.case_id == id)
                out.events.push_back(leaf.event);
        return out;
    });
}

void FakeStore::case_key(CaseId id, Actor actor, Completion<SealedKey> done) {
    answer<SealedKey>(done, [&]() -> Result<SealedKey> {
        const FakeRecord::Case* found = find_case(id);
        if (!found || found->row.summary.agency != actor.agency)
            return no_case;
        if (!found->key)
            return Fault{Errc::conflict, "the content of this case has been erased"};
        return current(*found->key);
    });
}

void FakeStore::list_cases(QueueQuery query, Completion<std::vector<CaseSummary>> done) {
    answer<std::vector<CaseSummary>>(done, [&] {
        std::vector<CaseSummary> out;
        for (const FakeRecord::Case& one : record_->cases) {
            const CaseSummary& s = one.row.summary;
            const auto& last = query.after;
            if (s.agency == query.agency && s.state == query.state &&
                (!last || place_of(s) >
                              std::tuple{last->priority, last->demoted, last->received_at, last->id}
                ))
                out.push_back(s);
        }
        std::sort(out.begin(), out.end(), [](const CaseSummary& a, const CaseSummary& b) {
            return place_of(a) < place_of(b);
        });
        out.resize(std::min(out.size(), static_cast<std::size_t>(query.limit)));
        return out;
    });
}

void FakeStore::events_after(
    std::string agency, std::int64_t event_id, Completion<std::vector<Event>> done
) {
    answer<std::vector<Event>>(done, [&] {
        std::vector<Event> out;
        for (const FakeRecord::Leaf& leaf : record_->leaves) {
            const Event& event = leaf.event;
            if (event.agency != agency || agency.empty())
                continue;
            if (event_id == newest_event)
                out.assign(1, event);
            else if (event.id > event_id && event.case_id != 0 && event.kind != EventKind::read &&
                     out.size() < events_replayed_max)
                out.push_back(event);
        }
        return out;
    });
}

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
            row.summary.priority = found->second.clear.priority;
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

void FakeStore::case_times(UnixMs from, UnixMs to, Completion<std::vector<CaseTimes>> done) {
    answer<std::vector<CaseTimes>>(done, [&] {
        std::vector<CaseTimes> out;
        for (const FakeRecord::Case& one : record_->cases) {
            const CaseSummary& s = one.row.summary;
            if (s.received_at >= from && s.received_at < to)
                out.push_back(
                    {s.agency,
                     record_->complaints.at(s.complaint).clear.priority,
                     s.province,
                     s.received_at,
                     one.row.claimed_at,
                     one.row.contacted_at,
                     one.row.resolved_at}
                );
        }
        return out;
    });
}

void FakeStore::statistics(StatisticsQuery query, Completion<std::vector<Count>> done) {
    answer<std::vector<Count>>(done, [&] {
        const std::string first = month_in_bangkok(query.from);
        const std::string last = month_in_bangkok(query.to - 1);
        const bool by_category =
            std::find(query.by.begin(), query.by.end(), "category") != query.by.end();
        std::map<std::vector<std::string>, std::int64_t> cells;
        if (query.by.empty())
            cells[{}] = 0;
        for (const auto& [id, told] : record_->complaints) {
            const Clear& c = told.clear;
            const std::string month = month_in_bangkok(told.received_at);
            if (month < first || month > last)
                continue;
            std::map<std::string, std::string> values{
                {"month", month},
                {"province", c.province},
                {"channel", c.channel},
                {"language", c.language},
                {"role", c.role},
                {"sex", c.sex},
                {"age_band", c.age_band},
                {"nationality", c.nationality},
                {"queue", c.queue},
                {"priority", std::string{word_of(c.priority, priority_words)}},
                {"outcome", cases_of(id).front()->row.outcome}
            };
            std::vector<std::string> categories{""};
            if (by_category)
                categories.clear();
            for (const Category category : c.categories)
                if (by_category)
                    categories.emplace_back(word_of(category, category_words));
            for (const std::string& category : categories) {
                values["category"] = category;
                std::vector<std::string> key;
                for (const std::string& dimension : query.by)
                    key.push_back(values[dimension]);
                ++cells[key];
            }
        }
        std::vector<Count> out;
        for (const auto& [key, complaints] : cells)
            out.push_back({key, complaints});
        return out;
    });
}

} // namespace saiduan
