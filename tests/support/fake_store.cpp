#include "tests/support/fake_store.hpp"

#include "storage/vault/marks.hpp"

#include <algorithm>

namespace saiduan {
namespace {

constexpr std::size_t events_replayed_max = 200;

const Fault no_case{Errc::not_found, "no such case"};
const Fault not_stored{Errc::unavailable, "names an agency or a key that is not known"};

// A page's place in its queue.
auto place_of(const CaseSummary& s) {
    return std::tuple{s.priority, s.demoted, s.received_at, s.id};
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
