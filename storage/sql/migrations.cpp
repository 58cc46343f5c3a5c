#include "storage/sql/migrations.hpp"

namespace saiduan {
namespace {

// A released migration is never edited: a database may have run it.
constexpr Migration list[] = {{1, R"sql(
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
)sql"}};

} // namespace

std::span<const Migration> migrations() {
    return list;
}

} // namespace saiduan
