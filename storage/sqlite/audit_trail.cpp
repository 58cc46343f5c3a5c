// Events against the tiles of the tree and against what was signed.
#include "storage/sqlite/audit_parts.hpp"
#include "storage/sqlite/audit_tree.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace saiduan::auditing {
namespace {

constexpr const char* events_sql =
    "SELECT id, case_id, complaint, agency, kind, at, actor, fact, sealed, salt FROM events"
    " ORDER BY id";
constexpr const char* count_sql = "SELECT count(*) FROM events";
constexpr std::int64_t gap_max = 10'000; // missing events named one by one, in all
constexpr std::uint64_t progress_every = 1024;

struct ReadEvent {
    TrailEvent event;
    std::string salt;
    bool well_formed = false;
};

ReadEvent read_event(const Query& q) {
    ReadEvent out;
    TrailEvent& e = out.event;
    e.seq = static_cast<std::uint64_t>(q.integer(0));
    e.case_id = static_cast<std::uint64_t>(q.integer(1));
    e.complaint = static_cast<std::uint64_t>(q.integer(2));
    e.agency = static_cast<std::uint64_t>(q.integer(3));
    e.kind = static_cast<std::uint16_t>(q.integer(4));
    e.at_ms = q.integer(5);
    e.actor = q.text(6);
    e.fact = q.text(7);
    e.sealed = q.text(8);
    out.salt = q.text(9);
    const bool sealed = q.type(8) == Query::Type::null || !e.sealed.empty();
    out.well_formed = sealed && q.integer(4) == e.kind && out.salt.size() == salt_bytes;
    return out;
}

class TrailReader {
public:
    TrailReader(Connection& db, std::vector<Claim>& claims, Said& said, AuditReport& report)
        : db_(db), claims_(claims), said_(said), report_(report), findings_(report),
          trees_(db, claims) {}

    void read(const AuditSubject& subject);
    // Whether the events are the signed ones.
    [[nodiscard]] bool judge();

private:
    bool fill_gap(std::int64_t id);
    void take(const ReadEvent& read);
    void judge_tiles(const Claim& first, bool events_good);
    void judge_tail(const Claim& first);

    Connection& db_;
    std::vector<Claim>& claims_;
    Said& said_;
    AuditReport& report_;
    Findings findings_;
    Trees trees_;
    EventKind signed_last_ = EventKind::filed;  // kind of the last event of the first claim
    std::optional<std::uint64_t> out_of_order_; // an unsigned start or stop
};

void TrailReader::read(const AuditSubject& subject) {
    std::uint64_t total = 0;
    {
        Query q = db_.query(count_sql);
        q.step();
        total = static_cast<std::uint64_t>(q.integer(0));
    }
    Query q = db_.query(events_sql);
    while (q.step()) {
        if (report_.events % progress_every == 0)
            subject.progress("events", report_.events, total);
        if (q.integer(0) < 1) {
            findings_.add(fmt::format("event {} was added: the first is 1", q.integer(0)));
            continue;
        }
        ++report_.events;
        if (!fill_gap(q.integer(0)))
            return;
        take(read_event(q));
    }
}

// False when so much is missing that what follows cannot be placed.
bool TrailReader::fill_gap(std::int64_t id) {
    const auto next = static_cast<std::int64_t>(trees_.size()) + 1;
    if (id == next)
        return true;
    const std::uint64_t signed_size = claims_.empty() ? 0 : claims_.front().checkpoint.size;
    if (trees_.size() >= signed_size || id - next > gap_max) {
        findings_.add(fmt::format("event {} was added: the next one is {}", id, next));
        return false;
    }
    for (std::int64_t missing = next; missing < id; ++missing) {
        findings_.add(fmt::format("event {} is missing", missing));
        trees_.take(std::nullopt, {}, "");
    }
    return true;
}

void TrailReader::take(const ReadEvent& read) {
    const TrailEvent& event = read.event;
    if (!read.well_formed) {
        findings_.add(fmt::format("event {} was edited: it is not as events are", event.seq));
        return trees_.take(std::nullopt, {}, "");
    }
    trees_.take(leaf_hash(leaf_entry(event, read.salt).bytes()), event, read.salt);
    fold(event, said_);
    const std::uint64_t signed_size = claims_.empty() ? 0 : claims_.front().checkpoint.size;
    const auto kind = static_cast<EventKind>(event.kind);
    if (event.seq <= signed_size)
        signed_last_ = kind;
    else if (!out_of_order_ && (kind == EventKind::started || kind == EventKind::stopped))
        out_of_order_ = event.seq;
}

bool TrailReader::judge() {
    const std::uint64_t size = trees_.size();
    for (const Claim& c : claims_)
        if (c.checkpoint.size > size)
            findings_.add(fmt::format(
                "event {} is missing: {} covers {} events, the database has {}; its end was cut "
                "off, or it was put back to an older state",
                size + 1,
                c.name,
                c.checkpoint.size,
                size
            ));
    if (claims_.empty())
        return false;
    const Claim& first = claims_.front();
    const bool events_good = first.by_events == first.checkpoint.root;
    judge_tiles(first, events_good);
    if (events_good) {
        judge_tail(first);
        for (std::string& sentence : said_.impossible)
            findings_.add(std::move(sentence));
    }
    for (const Claim& c : claims_)
        if (events_good && c.by_events && *c.by_events != c.checkpoint.root)
            findings_.add(fmt::format(
                "{} is not of this trail: its first {} events are not those of the database",
                c.name,
                c.checkpoint.size
            ));
    check_tile_rows(db_, size, std::min(first.checkpoint.size, size), findings_);
    return events_good;
}

void TrailReader::judge_tiles(const Claim& first, bool events_good) {
    if (events_good) {
        for (const std::string& tile : trees_.wrong_by_events())
            findings_.add(tile + " is not what the events make");
        return;
    }
    const bool tiles_good = first.by_tiles == first.checkpoint.root;
    for (const Altered& a : trees_.altered())
        findings_.add(
            tiles_good ? fmt::format("event {} {}", a.event.seq, trees_.what_happened(a))
                       : fmt::format("event {} does not agree with its tile", a.event.seq)
        );
    if (tiles_good)
        for (const std::string& tile : trees_.wrong_by_tiles())
            findings_.add(tile + " is not what the tiles below it make");
    else if (first.by_tiles)
        findings_.add(fmt::format(
            "neither the events nor the tiles make the root of {}: the trail was written anew",
            first.name
        ));
}

// Behind the last signature stands what a running or killed program has appended, nothing else.
void TrailReader::judge_tail(const Claim& first) {
    report_.unsigned_events = trees_.size() - first.checkpoint.size;
    if (report_.unsigned_events == 0)
        return;
    if (signed_last_ == EventKind::stopped)
        findings_.add(fmt::format(
            "event {} was added: the program had stopped and signed", first.checkpoint.size + 1
        ));
    else if (out_of_order_)
        findings_.add(fmt::format(
            "event {} was added: the program signs when it starts and stops", *out_of_order_
        ));
}

} // namespace

bool audit_trail(
    Connection& db,
    std::vector<Claim> claims,
    const AuditSubject& subject,
    Said& said,
    AuditReport& report
) {
    TrailReader reader{db, claims, said, report};
    reader.read(subject);
    return reader.judge();
}

} // namespace saiduan::auditing
