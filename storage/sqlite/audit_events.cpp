// What the events say the tables must hold.
#include "storage/sqlite/audit_parts.hpp"
#include "storage/trail/codec.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace saiduan::auditing {
namespace {

constexpr std::size_t fact_words_max = 1'000; // an erasure names a digest for each case

std::optional<std::int64_t> number(std::string_view word) {
    const auto value = from_decimal(word);
    return value ? std::optional{static_cast<std::int64_t>(*value)} : std::nullopt;
}

using Words = std::vector<std::string_view>;

// One function for each kind that says something about a table outside its case; each returns
// whether the fact is well-formed and possible.

bool filed(const TrailEvent& event, Said& said) {
    const CaseId expected = said.cases + 1;
    said.cases = static_cast<CaseId>(event.case_id);
    return said.cases == expected;
}

bool erased(const TrailEvent& event, const Words& w, Said& said) {
    if (w.size() < 2 || !std::all_of(w.begin() + 1, w.end(), is_digest))
        return false;
    Said::Erased out{std::string{w[1]}, {}, event.at_ms, static_cast<std::int64_t>(event.seq)};
    out.keys.assign(w.begin() + 2, w.end());
    return said.erased.emplace(static_cast<ComplaintId>(event.complaint), std::move(out)).second;
}

bool token_made(const Words& w, std::int64_t event, Said& said) {
    const auto id = w.size() == 2 ? number(w[0]) : std::nullopt;
    return id && is_digest(w[1]) &&
           said.tokens.emplace(*id, Said::Token{{std::string{w[1]}, event}, {}, 0}).second;
}

bool token_revoked(const TrailEvent& event, const Words& w, Said& said) {
    const auto id = w.size() == 1 ? number(w[0]) : std::nullopt;
    const auto it = id ? said.tokens.find(*id) : said.tokens.end();
    if (it == said.tokens.end() || it->second.revoked_at)
        return false;
    it->second.revoked_at = event.at_ms;
    it->second.revoked_by = static_cast<std::int64_t>(event.seq);
    std::erase_if(said.key_copies, [&](const auto& copy) { return copy.first[0] == *id; });
    return true;
}

bool agency_added(const Words& w, std::int64_t event, Said& said) {
    const auto id = w.size() == 2 ? number(w[0]) : std::nullopt;
    return id && said.agencies.emplace(*id, Fact{std::string{w[1]}, event}).second;
}

bool agency_key_made(const TrailEvent& event, const Words& w, Said& said) {
    const auto generation = w.size() == 2 ? number(w[0]) : std::nullopt;
    if (!generation || !is_digest(w[1]))
        return false;
    const Fact fact{std::string{w[1]}, static_cast<std::int64_t>(event.seq)};
    const std::array key{static_cast<std::int64_t>(event.agency), *generation};
    return said.agency_keys.emplace(key, fact).second;
}

bool agency_key_retired(const TrailEvent& event, const Words& w, Said& said) {
    const auto generation = w.size() == 1 ? number(w[0]) : std::nullopt;
    if (!generation)
        return false;
    const auto agency = static_cast<std::int64_t>(event.agency);
    std::erase_if(said.key_copies, [&](const auto& copy) {
        return copy.first[1] == agency && copy.first[2] == *generation;
    });
    return said.agency_keys.erase({agency, *generation}) == 1;
}

bool key_granted(const Words& w, std::int64_t event, Said& said) {
    const bool shaped = w.size() == 4 && is_digest(w[3]);
    const auto token = shaped ? number(w[0]) : std::nullopt;
    const auto agency = shaped ? number(w[1]) : std::nullopt;
    const auto generation = shaped ? number(w[2]) : std::nullopt;
    if (!token || !agency || !generation)
        return false;
    const Fact fact{std::string{w[3]}, event};
    return said.key_copies.emplace(std::array{*token, *agency, *generation}, fact).second;
}

bool epoch(EventKind kind, const Words& w, std::int64_t event, Said& said) {
    const auto id = w.size() == 2 ? number(w[0]) : std::nullopt;
    if (!id || !is_digest(w[1]) || said.epochs.contains(*id) != (kind == EventKind::epoch_resealed))
        return false;
    said.epochs.insert_or_assign(*id, Fact{std::string{w[1]}, event});
    return true;
}

bool marks_indexed(const Words& w, std::int64_t event, Said& said) {
    const auto up_to = w.size() == 1 ? number(w[0]) : std::nullopt;
    if (!up_to || *up_to <= said.marks_up_to)
        return false;
    said.marks_up_to = *up_to;
    said.marks_event = event;
    return true;
}

bool retries_purged(const Words& w, Said& said) {
    const auto before = w.size() == 1 ? number(w[0]) : std::nullopt;
    if (before)
        said.retries_before = std::max(*before, said.retries_before.value_or(*before));
    return before.has_value();
}

bool take(const TrailEvent& event, const Words& w, Said& said) {
    const auto kind = static_cast<EventKind>(event.kind);
    const auto seq = static_cast<std::int64_t>(event.seq);
    switch (kind) {
    case EventKind::filed:
        return filed(event, said);
    case EventKind::erased:
        return erased(event, w, said);
    case EventKind::receipt_made:
        return w.size() == 1 && is_digest(w[0]) &&
               said.hardened
                   .emplace(static_cast<ComplaintId>(event.complaint), Fact{event.fact, seq})
                   .second;
    case EventKind::token_made:
        return token_made(w, seq, said);
    case EventKind::token_revoked:
        return token_revoked(event, w, said);
    case EventKind::agency_added:
        return agency_added(w, seq, said);
    case EventKind::agency_key_made:
        return agency_key_made(event, w, said);
    case EventKind::agency_key_retired:
        return agency_key_retired(event, w, said);
    case EventKind::key_granted:
        return key_granted(w, seq, said);
    case EventKind::epoch_made:
    case EventKind::epoch_resealed:
        return epoch(kind, w, seq, said);
    case EventKind::vault_made:
        return w.size() == 1 && is_digest(w[0]) &&
               !std::exchange(said.vault, Fact{event.fact, seq});
    case EventKind::marks_indexed:
        return marks_indexed(w, seq, said);
    case EventKind::retries_purged:
        return retries_purged(w, said);
    default:
        return kind <= EventKind::retries_purged; // a newer program's kind may change anything
    }
}

} // namespace

void fold(const TrailEvent& event, Said& said) {
    if (!take(event, words(event.fact), said) && said.impossible.size() < AuditReport::findings_max)
        said.impossible.push_back(fmt::format(
            "event {} of kind {} says what cannot be: {}",
            event.seq,
            event.kind,
            event.fact.substr(0, 100)
        ));
}

std::vector<std::string_view> words(std::string_view fact) {
    std::vector<std::string_view> out;
    while (!fact.empty() && out.size() < fact_words_max) {
        const std::size_t end = std::min(fact.find(' '), fact.size());
        out.push_back(fact.substr(0, end));
        fact.remove_prefix(std::min(end + 1, fact.size()));
    }
    return out;
}

std::optional<std::string> from_hex(std::string_view hex) {
    constexpr std::string_view digits = "0123456789abcdef";
    if (hex.size() % 2 != 0 || hex.find_first_not_of(digits) != std::string_view::npos)
        return std::nullopt;
    std::string out;
    for (std::size_t i = 0; i < hex.size(); i += 2)
        out += static_cast<char>(digits.find(hex[i]) << 4 | digits.find(hex[i + 1]));
    return out;
}

bool is_digest(std::string_view text) {
    return text.size() == 2 * hash_bytes && from_hex(text);
}

Record& add_column(Record& record, const Query& row, int column) {
    switch (row.type(column)) {
    case Query::Type::integer:
        return record.add(row.integer(column));
    case Query::Type::text:
        return record.add(row.text(column));
    case Query::Type::blob:
        return record.add_blob(row.text(column));
    default:
        return record.add_null();
    }
}

Record& add_blob_or_null(Record& record, const Query& row, int column) {
    if (row.type(column) == Query::Type::null)
        return record.add_blob("");
    const std::string bytes = row.text(column);
    return bytes.empty() ? record.add_null() : record.add_blob(bytes);
}

} // namespace saiduan::auditing
