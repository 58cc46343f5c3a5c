#include "storage/sql/migrations.hpp"

namespace saiduan {
namespace {

// Before the vault: what people wrote stood readable in these tables.
constexpr std::string_view before_the_vault = R"sql(
CREATE TABLE agencies (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE complaints (
    id INTEGER PRIMARY KEY,
    received_at INTEGER NOT NULL,
    channel TEXT NOT NULL,
    content BLOB NOT NULL,
    assessment TEXT NOT NULL,
    place TEXT NOT NULL,
    latitude REAL, longitude REAL, accuracy_m REAL,
    queue TEXT NOT NULL,
    priority INTEGER NOT NULL,
    demoted INTEGER NOT NULL,
    review INTEGER NOT NULL,
    child INTEGER NOT NULL,
    province TEXT NOT NULL,
    language TEXT NOT NULL,
    categories TEXT NOT NULL,
    role TEXT NOT NULL, sex TEXT NOT NULL, age_band TEXT NOT NULL, nationality TEXT NOT NULL
) STRICT;
CREATE TABLE tokens (
    id INTEGER PRIMARY KEY,
    hash BLOB NOT NULL,
    label TEXT NOT NULL,
    agency TEXT NOT NULL,
    role TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;
CREATE TABLE cases (
    id INTEGER PRIMARY KEY,
    complaint INTEGER NOT NULL REFERENCES complaints(id),
    agency INTEGER NOT NULL REFERENCES agencies(id),
    is_primary INTEGER NOT NULL,
    state INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    demoted INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    holder INTEGER REFERENCES tokens(id),
    claimed_at INTEGER, contacted_at INTEGER, resolved_at INTEGER,
    outcome TEXT NOT NULL
) STRICT;
CREATE INDEX cases_in_order ON cases (agency, state, priority, demoted, received_at, id);
CREATE INDEX cases_by_time ON cases (received_at);
CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    case_id INTEGER NOT NULL REFERENCES cases(id),
    agency INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;
CREATE INDEX events_of_case ON events (case_id);
CREATE INDEX events_of_agency ON events (agency, id);
CREATE TABLE idempotency (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    complaint INTEGER NOT NULL REFERENCES complaints(id),
    answer TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE counters (
    month TEXT NOT NULL, province TEXT NOT NULL, channel TEXT NOT NULL, language TEXT NOT NULL,
    role TEXT NOT NULL, sex TEXT NOT NULL, age_band TEXT NOT NULL, nationality TEXT NOT NULL,
    category TEXT NOT NULL, queue TEXT NOT NULL, priority TEXT NOT NULL, outcome TEXT NOT NULL,
    complaints INTEGER NOT NULL,
    PRIMARY KEY (month, queue, category, priority, province, language, outcome, channel, role, sex,
                 age_band, nationality)
) STRICT, WITHOUT ROWID;
)sql";

// The vault and the trail. The readable tables are set aside for `saiduan upgrade`, which seals
// what is in them and drops them; sqlite/rows.cpp drops them at once when they are empty.
constexpr std::string_view vault_and_trail = R"sql(
DROP INDEX cases_in_order;
DROP INDEX cases_by_time;
DROP INDEX events_of_case;
DROP INDEX events_of_agency;
ALTER TABLE complaints RENAME TO readable_complaints;
ALTER TABLE tokens RENAME TO readable_tokens;
ALTER TABLE cases RENAME TO readable_cases;
ALTER TABLE events RENAME TO readable_events;
DROP TABLE idempotency;
DROP TABLE counters;

CREATE TABLE vault (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    recovery_key BLOB NOT NULL
) STRICT;
CREATE TABLE agency_keys (
    agency INTEGER NOT NULL REFERENCES agencies(id),
    generation INTEGER NOT NULL,
    public_key BLOB NOT NULL,
    recovery BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (agency, generation)
) STRICT, WITHOUT ROWID;
CREATE TABLE tokens (
    id INTEGER PRIMARY KEY,
    hash BLOB NOT NULL,
    label TEXT NOT NULL,
    agency TEXT NOT NULL,
    role TEXT NOT NULL,
    public_key BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;
CREATE TABLE key_copies (
    token INTEGER NOT NULL REFERENCES tokens(id),
    agency INTEGER NOT NULL REFERENCES agencies(id),
    generation INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (token, agency, generation)
) STRICT, WITHOUT ROWID;
CREATE TABLE epochs (
    id INTEGER PRIMARY KEY,
    agency INTEGER NOT NULL REFERENCES agencies(id),
    generation INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    FOREIGN KEY (agency, generation) REFERENCES agency_keys (agency, generation)
) STRICT;
CREATE INDEX epochs_of_key ON epochs (agency, generation);
CREATE TABLE shred_keys (
    id INTEGER PRIMARY KEY,
    key BLOB NOT NULL
) STRICT;
CREATE TABLE complaints (
    id INTEGER PRIMARY KEY,
    received_at INTEGER NOT NULL,
    channel TEXT NOT NULL,
    queue TEXT NOT NULL,
    priority INTEGER NOT NULL,
    demoted INTEGER NOT NULL,
    review INTEGER NOT NULL,
    child INTEGER NOT NULL,
    province TEXT NOT NULL,
    language TEXT NOT NULL,
    categories TEXT NOT NULL,
    role TEXT NOT NULL, sex TEXT NOT NULL, age_band TEXT NOT NULL, nationality TEXT NOT NULL,
    shred INTEGER NOT NULL REFERENCES shred_keys(id),
    sealed BLOB,
    oversight_epoch INTEGER, oversight_key BLOB,
    marks BLOB,
    receipt_check BLOB, receipt_key BLOB, receipt_pending BLOB,
    erased_at INTEGER
) STRICT;
CREATE INDEX complaints_to_harden ON complaints (id) WHERE receipt_pending IS NOT NULL;
CREATE TABLE cases (
    id INTEGER PRIMARY KEY,
    complaint INTEGER NOT NULL REFERENCES complaints(id),
    agency INTEGER NOT NULL REFERENCES agencies(id),
    is_primary INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    key BLOB,
    state INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    demoted INTEGER NOT NULL,
    version INTEGER NOT NULL,
    alerts INTEGER NOT NULL,
    held INTEGER NOT NULL,
    holder INTEGER REFERENCES tokens(id),
    claimed_at INTEGER, contacted_at INTEGER, resolved_at INTEGER,
    outcome TEXT NOT NULL
) STRICT;
CREATE INDEX cases_in_order ON cases (agency, state, priority, demoted, received_at, id);
CREATE INDEX cases_by_time ON cases (received_at);
CREATE INDEX cases_of_complaint ON cases (complaint);
CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    case_id INTEGER NOT NULL,
    complaint INTEGER NOT NULL,
    agency INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    fact TEXT NOT NULL,
    sealed BLOB,
    salt BLOB NOT NULL
) STRICT;
CREATE INDEX events_of_case ON events (case_id) WHERE case_id <> 0;
CREATE INDEX events_of_agency ON events (agency, id) WHERE agency <> 0;
CREATE TABLE tiles (
    level INTEGER NOT NULL,
    n INTEGER NOT NULL,
    hashes BLOB NOT NULL,
    PRIMARY KEY (level, n)
) STRICT, WITHOUT ROWID;
CREATE TABLE checkpoints (
    size INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    note TEXT NOT NULL
) STRICT;
CREATE TABLE idempotency (
    id INTEGER PRIMARY KEY,
    mark BLOB NOT NULL,
    fingerprint BLOB NOT NULL,
    complaint INTEGER NOT NULL REFERENCES complaints(id),
    answer BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE counters (
    month TEXT NOT NULL, province TEXT NOT NULL, channel TEXT NOT NULL, language TEXT NOT NULL,
    role TEXT NOT NULL, sex TEXT NOT NULL, age_band TEXT NOT NULL, nationality TEXT NOT NULL,
    category TEXT NOT NULL, queue TEXT NOT NULL, priority TEXT NOT NULL, outcome TEXT NOT NULL,
    complaints INTEGER NOT NULL,
    PRIMARY KEY (month, queue, category, priority, province, language, outcome, channel, role, sex,
                 age_band, nationality)
) STRICT, WITHOUT ROWID;
CREATE TABLE marks (
    mark BLOB NOT NULL,
    complaint INTEGER NOT NULL,
    PRIMARY KEY (mark, complaint)
) STRICT, WITHOUT ROWID;
CREATE INDEX marks_of_complaint ON marks (complaint);
)sql";

// A released migration is never edited: a database may have run it.
constexpr Migration list[] = {{1, before_the_vault}, {2, vault_and_trail}};

} // namespace

std::span<const Migration> migrations() {
    return list;
}

} // namespace saiduan
