// The seam between conversations and the record, in the domain's verbs. One engine answers to it so
// far: SQLite (storage/sqlite).
//
// Threads: every verb may be called from any thread and returns at once. Its completion is called
// exactly once: on a thread of the store, or at once on the caller's for what is answered from
// memory (find_token) or refused. A write's completion tells success only after the commit is on
// the disk. A full queue answers Errc::overloaded, a poisoned writer Errc::unavailable.
#pragma once

#include "config/fault.hpp"
#include "config/time.hpp"
#include "geo/place.hpp"
#include "triage/assessment.hpp"
#include "triage/complaint.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace saiduan {

using ComplaintId = std::int64_t; // 1, 2, 3, … in the order of commit
using CaseId = std::int64_t;
using TokenId = std::int64_t;

enum class CaseState { waiting, claimed, resolved };
inline constexpr Word<CaseState> case_state_words[] = {
    {"waiting", CaseState::waiting},
    {"claimed", CaseState::claimed},
    {"resolved", CaseState::resolved}
};

enum class EventKind { filed, read, claimed, released, contacted, noted, resolved, reopened };
inline constexpr Word<EventKind> event_kind_words[] = {
    {"filed", EventKind::filed},
    {"read", EventKind::read},
    {"claimed", EventKind::claimed},
    {"released", EventKind::released},
    {"contacted", EventKind::contacted},
    {"noted", EventKind::noted},
    {"resolved", EventKind::resolved},
    {"reopened", EventKind::reopened}
};

// Where an idempotency key was used: same key + same fingerprint replays, another fingerprint is
// Errc::key_reused. Kept for 48 h.
struct IdempotencyKey {
    std::string key;         // 1 to 128 bytes, as sent
    std::string fingerprint; // 32 bytes, a hash of the payload
};

// Everything the store needs to file a complaint; the caller has decided all of it.
struct Filing {
    std::string content; // the complaint as JSON, opaque to the store
    Assessment assessment;
    Place place;
    std::optional<Point> point;
    std::string channel = "api"; // api, web, operator, import
    bool demoted = false;        // from a flooding network label: sorts last within its priority
    // For statistics, from the form; the first victim's, else the reporter's if he is the victim.
    std::string role, sex, age_band, nationality;
    UnixMs received_at = 0;
    std::optional<IdempotencyKey> idempotency;
    // One case each: the primary queue first, then the notified agencies.
    std::vector<std::string> agencies;
    std::string answer; // JSON of the 201, without the number; replayed to a retry
};

struct Filed {
    ComplaintId complaint = 0;
    bool replayed = false;     // a retry: nothing new was stored
    std::string answer;        // Filing::answer as first stored
    std::vector<CaseId> cases; // as Filing::agencies; empty when replayed
};

// One line of a queue; carries no identity and no content.
struct CaseSummary {
    CaseId id = 0;
    ComplaintId complaint = 0;
    std::string agency;
    bool primary = true;
    CaseState state = CaseState::waiting;
    Priority priority = Priority::normal;
    bool demoted = false;
    bool review = false;
    bool child = false;
    std::string province, language, categories_json;
    UnixMs received_at = 0; // when the complaint was acknowledged: the reporter's clock
    std::int64_t version = 1;
    std::string claimed_by; // token label, or empty
};

struct Event {
    std::int64_t id = 0;
    CaseId case_id = 0;
    EventKind kind = EventKind::filed;
    UnixMs at = 0;
    std::string actor;  // token label, or "reporter"
    std::string detail; // JSON object, may be "{}"
};

struct CaseView {
    CaseSummary summary;
    std::string content;
    std::string assessment_json;
    std::string place_json;
    std::string outcome;
    std::vector<Event> events; // oldest first, at most 1,000
};

// Who acts: a bearer token bound to one agency and role.
struct Actor {
    TokenId token = 0;
    std::string label;
    std::string agency; // key
    std::string role;   // dispatcher, supervisor, analyst, auditor
};

// A step of a case. `version` is the If-Match value: another current version is Errc::stale, a
// state that forbids the step Errc::conflict, another agency's case Errc::not_found.
struct Step {
    CaseId case_id = 0;
    EventKind kind = EventKind::claimed; // claimed … reopened
    std::int64_t version = 0;
    Actor actor;
    std::string detail = "{}"; // contact method and note, note text, resolution outcome and text
    std::string outcome;       // of a resolution
    UnixMs at = 0;
};

struct QueueQuery {
    std::string agency;
    CaseState state = CaseState::waiting;
    // Last row of the page before, in (priority, demoted, received_at, id) order.
    struct Position {
        Priority priority;
        bool demoted;
        UnixMs received_at;
        CaseId id;
    };
    std::optional<Position> after;
    int limit = 20; // 1 to 200
};

struct NewToken {
    std::string hash; // 32 bytes, BLAKE2b-256 of the secret
    std::string label, agency, role;
    UnixMs created_at = 0;
};

// One case's clock points, for response times. Times are absent until they happened.
struct CaseTimes {
    std::string agency;
    Priority priority = Priority::normal;
    std::string province;
    UnixMs received_at = 0;
    std::optional<UnixMs> claimed_at, contacted_at, resolved_at; // first of each
};

// One cell of the counters kept in the filing's own transaction.
struct Count {
    std::vector<std::string> key; // values of the dimensions asked for, in their order
    std::int64_t complaints = 0;
};

// Dimensions of the counters (domain.md §4).
inline constexpr std::string_view statistic_dimensions[] = {
    "month",
    "province",
    "channel",
    "language",
    "role",
    "sex",
    "age_band",
    "nationality",
    "category",
    "queue",
    "priority",
    "outcome"
};

struct StatisticsQuery {
    std::vector<std::string> by; // at most 3 of statistic_dimensions
    UnixMs from = 0, to = 0;     // whole months in Asia/Bangkok that overlap [from, to)
};

// For Store::events_after: only the queue's newest event, to begin a stream at "now".
inline constexpr std::int64_t newest_event = -1;

template <class T>
using Completion = std::function<void(Result<T>)>;

class Store {
public:
    Store() = default;
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;
    virtual ~Store() = default;

    virtual void file(Filing filing, Completion<Filed> done) = 0;
    virtual void step(Step step, Completion<CaseSummary> done) = 0;
    // Reads a case of the actor's agency and records the reading as an event.
    virtual void open_case(CaseId id, Actor actor, UnixMs at, Completion<CaseView> done) = 0;
    // Highest priority first, undemoted first, oldest first.
    virtual void list_cases(QueueQuery query, Completion<std::vector<CaseSummary>> done) = 0;
    // Events of an agency's queue after `event_id`, at most 200, for stream replay. `detail` is
    // empty.
    virtual void events_after(
        std::string agency, std::int64_t event_id, Completion<std::vector<Event>> done
    ) = 0;
    virtual void case_times(UnixMs from, UnixMs to, Completion<std::vector<CaseTimes>> done) = 0;
    virtual void statistics(StatisticsQuery query, Completion<std::vector<Count>> done) = 0;
    virtual void add_token(NewToken token, Completion<TokenId> done) = 0;
    virtual void revoke_token(TokenId id, UnixMs at, Completion<TokenId> done) = 0;
    // Errors: unauthorized for an unknown or revoked hash.
    virtual void find_token(std::string hash, Completion<Actor> done) = 0;
    virtual void purge_idempotency(UnixMs older_than, Completion<int> done) = 0;

    // Whether writes can succeed; false for ever once the writer is poisoned. Cheap.
    [[nodiscard]] virtual bool healthy() const = 0;
    // Counts up with every committed change of that agency's queue; 0 for an unknown agency. Cheap.
    [[nodiscard]] virtual std::uint64_t queue_version(const std::string& agency) const = 0;
    // `changed` is called after each commit, on a store thread, with the agencies whose queues
    // changed. Set once, before the first call.
    virtual void on_change(std::function<void(const std::vector<std::string>& agencies)> changed
    ) = 0;
    // Refuses new work, commits what is queued, checkpoints, joins. Idempotent.
    virtual void stop() = 0;
};

} // namespace saiduan
