// Complaints, cases and events as the store takes and gives them. Values only.
#pragma once

#include "config/fault.hpp"
#include "config/time.hpp"
#include "storage/vault/epochs.hpp"
#include "triage/vocabulary.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace saiduan {

using ComplaintId = std::int64_t; // given before filing, by the receipt; may have gaps
using CaseId = std::int64_t;      // 1, 2, 3, … in the order of commit
using TokenId = std::int64_t;

enum class CaseState { waiting, claimed, resolved };
inline constexpr Word<CaseState> case_state_words[] = {
    {"waiting", CaseState::waiting},
    {"claimed", CaseState::claimed},
    {"resolved", CaseState::resolved}
};

// The numbers are in the trail's leaves: never renumber, only append.
enum class EventKind : std::uint16_t {
    filed = 0,
    read = 1,
    claimed = 2,
    released = 3,
    contacted = 4,
    noted = 5,
    resolved = 6,
    reopened = 7,
    replied = 8,       // the agency wrote to the reporter
    messaged = 9,      // the reporter wrote
    located = 10,      // the reporter sent a position
    withdrawn = 11,    // by the reporter
    endangered = 12,   // "I am in danger now"
    duress = 13,       // the duress form of the receipt was used
    visited = 14,      // the reporter looked
    held = 15,         // legal hold: not to be erased
    unheld = 16,       // legal hold lifted
    erased = 17,       // keys of the content destroyed
    receipt_made = 18, // the receipt's slow keys replaced the quick ones
    started = 19,      // a program begins to write
    stopped = 20,      // and ends in good order; nothing unsigned may follow
    configured = 21,   // rules, targets or agencies differ from before
    login_failed = 22,
    exported = 23,
    token_made = 24,
    token_revoked = 25,
    agency_key_made = 26,
    agency_key_retired = 27,
    key_granted = 28, // a copy of an agency's private key for one credential
    epoch_made = 29,
    epoch_resealed = 30,
    agency_added = 31,
    vault_made = 32,
    migrated = 33,
    backed_up = 34,
    restored = 35,
    key_used = 36,       // the recovery key, to make a credential
    marks_indexed = 37,  // those of complaints up to a number
    retries_purged = 38, // idempotency rows older than a time
};
inline constexpr Word<EventKind> event_kind_words[] = {
    {"filed", EventKind::filed},
    {"read", EventKind::read},
    {"claimed", EventKind::claimed},
    {"released", EventKind::released},
    {"contacted", EventKind::contacted},
    {"noted", EventKind::noted},
    {"resolved", EventKind::resolved},
    {"reopened", EventKind::reopened},
    {"replied", EventKind::replied},
    {"messaged", EventKind::messaged},
    {"located", EventKind::located},
    {"withdrawn", EventKind::withdrawn},
    {"endangered", EventKind::endangered},
    {"duress", EventKind::duress},
    {"visited", EventKind::visited},
    {"held", EventKind::held},
    {"unheld", EventKind::unheld},
    {"erased", EventKind::erased},
    {"receipt_made", EventKind::receipt_made},
    {"started", EventKind::started},
    {"stopped", EventKind::stopped},
    {"configured", EventKind::configured},
    {"login_failed", EventKind::login_failed},
    {"exported", EventKind::exported},
    {"token_made", EventKind::token_made},
    {"token_revoked", EventKind::token_revoked},
    {"agency_key_made", EventKind::agency_key_made},
    {"agency_key_retired", EventKind::agency_key_retired},
    {"key_granted", EventKind::key_granted},
    {"epoch_made", EventKind::epoch_made},
    {"epoch_resealed", EventKind::epoch_resealed},
    {"agency_added", EventKind::agency_added},
    {"vault_made", EventKind::vault_made},
    {"migrated", EventKind::migrated},
    {"backed_up", EventKind::backed_up},
    {"restored", EventKind::restored},
    {"key_used", EventKind::key_used},
    {"marks_indexed", EventKind::marks_indexed},
    {"retries_purged", EventKind::retries_purged}
};

// Who acts: a bearer token bound to one agency and role.
struct Actor {
    TokenId token = 0;
    std::string label;
    std::string agency;     // key
    std::string role;       // dispatcher, supervisor, analyst, auditor
    bool oversight = false; // of the oversight agency: may read every case, steps none
};

// As events name him: role/label, never a name of his own.
[[nodiscard]] inline std::string signature_of(const Actor& actor) {
    return actor.role + "/" + actor.label;
}

// Where an idempotency key was used: same mark + same fingerprint replays, another fingerprint is
// Errc::key_reused. Kept for 48 h.
struct IdempotencyKey {
    std::string mark;        // 16 bytes, keyed hash of the key as sent
    std::string fingerprint; // 32 bytes, keyed hash of the payload
    std::string answer;      // the 201, sealed under a key made from the idempotency key
};

// The receipt's half of a complaint, see vault/receipt.hpp.
struct NewReceipt {
    std::string check;   // 32 bytes
    std::string key;     // the data key, wrapped for who has the receipt
    std::string pending; // not empty: check and key are quick ones; the secret, sealed, to harden
};

// One agency's case to be opened with a complaint.
struct NewCase {
    std::string agency;
    Grant grant; // the data key for that agency
};

// What routing, clocks and statistics need of a complaint; the only part in the clear.
struct Clear {
    std::string channel = "api"; // api, web, operator, import
    std::string queue;
    Priority priority = Priority::normal;
    bool demoted = false; // from a flooding network label: sorts last within its priority
    bool review = false;
    bool child = false;
    std::string province, language;
    std::vector<Category> categories;
    // From the form; the first victim's, else the reporter's if he is the victim.
    std::string role, sex, age_band, nationality;
};

// Everything the store needs to file a complaint; the caller has decided and sealed all of it.
struct Filing {
    ComplaintId complaint = 0;
    UnixMs received_at = 0;
    Clear clear;
    std::string sealed;         // content, assessment, place and position: one sealed record
    std::vector<NewCase> cases; // the primary queue's first, then the notified agencies'
    std::optional<Grant> oversight;
    NewReceipt receipt;
    std::string marks; // 16 bytes each: keyed hashes of phones and accused
    std::optional<IdempotencyKey> idempotency;
};

struct Filed {
    ComplaintId complaint = 0;
    bool replayed = false;     // a retry: nothing new was stored
    std::string answer;        // of a replay: IdempotencyKey::answer as first stored
    std::vector<CaseId> cases; // as Filing::cases; empty when replayed
};

// Bits of CaseSummary::alerts.
inline constexpr int alert_duress = 1;    // opened under duress: do not call back openly
inline constexpr int alert_withdrawn = 2; // the reporter has withdrawn
inline constexpr int alert_message = 4;   // the reporter wrote or moved and has no answer yet

// One line of a queue; carries no identity and no content.
struct CaseSummary {
    CaseId id = 0;
    ComplaintId complaint = 0;
    std::string agency;
    bool primary = true;
    CaseState state = CaseState::waiting;
    Priority priority = Priority::normal; // raised when the reporter is in danger
    bool demoted = false;
    bool review = false;
    bool child = false;
    int alerts = 0;
    std::string province, language, categories_json;
    UnixMs received_at = 0; // when the complaint was acknowledged: the reporter's clock
    std::int64_t version = 1;
    std::string claimed_by; // token label, or empty
};

struct Event {
    std::int64_t id = 0; // position in the trail: leaf index + 1
    CaseId case_id = 0;
    EventKind kind = EventKind::filed;
    UnixMs at = 0;
    std::string actor;  // role/label, "reporter", "system"
    std::string agency; // key, or empty
    std::string fact;   // in the clear, never personal: an outcome, a digest
    std::string sealed; // under the complaint's data key, or empty
};

// A data key as one reader's keys open it.
struct SealedKey {
    ComplaintId complaint = 0;
    Epoch epoch;
    std::string wrapped; // under the epoch's key
};

struct SealedCase {
    CaseSummary summary;
    std::string outcome;
    std::string sealed;         // empty: erased
    SealedKey key;              // empty: erased, or never sealed to the actor
    std::vector<Event> events;  // of the case, oldest first, at most 1,000
    std::vector<CaseId> linked; // own cases of other complaints with the same phone or accused
    bool erased = false, held = false;
};

// A step of a case. `version` is the If-Match value: another current version is Errc::stale, a
// state that forbids the step Errc::conflict, another agency's case Errc::not_found.
struct Step {
    CaseId case_id = 0;
    EventKind kind = EventKind::claimed;
    std::int64_t version = 0;
    Actor actor;
    std::string sealed;  // contact, note, reason, text; under the complaint's data key, or empty
    std::string outcome; // of a resolution
    UnixMs at = 0;
};

// What the reporter adds later: messaged, located, withdrawn, endangered, duress.
struct Report {
    ComplaintId complaint = 0;
    EventKind kind = EventKind::messaged;
    std::string sealed;
    UnixMs at = 0;
    bool critical = false;      // raises every case to critical and wakes resolved ones
    std::vector<NewCase> opens; // agencies that must know now and may have no case yet
};

struct ReceiptRow {
    ComplaintId complaint = 0;
    NewReceipt receipt;
    bool erased = false;
};

struct PendingReceipt {
    ComplaintId complaint = 0;
    NewReceipt receipt;
};

struct HardenedReceipt {
    ComplaintId complaint = 0;
    std::string check, key;
    UnixMs at = 0;
};

// What the reporter may see of the agencies' work.
struct ReporterCase {
    std::string agency;
    CaseState state = CaseState::waiting;
    Priority priority = Priority::normal;
    bool primary = true;
    std::optional<UnixMs> claimed_at, contacted_at, resolved_at;
    std::string outcome;
};

struct SealedComplaint {
    ComplaintId complaint = 0;
    UnixMs received_at = 0;
    std::string language;
    bool child = false;
    bool withdrawn = false;
    std::string sealed;
    std::vector<ReporterCase> cases; // the primary one first
    std::vector<Event> events;       // read, claimed, contacted, replied, messaged, located, …
};

// Of an Erasure: refused when a case has been woken since the complaint was found to be due.
inline constexpr std::string_view scheduled = "schedule";

struct Erasure {
    ComplaintId complaint = 0;
    std::string actor;  // "system" for the schedule
    std::string reason; // schedule, withdrawal, order
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

} // namespace saiduan
