// Reading and writing the rows of complaints, cases and events on a given connection. Used inside
// the writer's jobs and by the readers; no thread of its own.
#pragma once

#include "storage/sqlite/connection.hpp"
#include "storage/steps.hpp"

namespace saiduan::rows {

// Brings the schema up to date. Throws SqliteError for a newer schema than this program knows.
void migrate(Connection& db);

// The agency's number; adds it when it is new.
[[nodiscard]] std::int64_t agency_number(Connection& db, const std::string& key);

[[nodiscard]] ComplaintId insert_complaint(Connection& db, const Filing& filing);
[[nodiscard]] CaseId insert_case(
    Connection& db, const Filing& filing, ComplaintId complaint, std::int64_t agency, bool primary
);
[[nodiscard]] std::int64_t insert_event(
    Connection& db,
    CaseId id,
    std::int64_t agency,
    EventKind kind,
    UnixMs at,
    std::string_view actor,
    std::string_view detail
);

[[nodiscard]] std::optional<CaseRow> find_case(Connection& db, CaseId id);
void update_case(Connection& db, const CaseRow& row);
[[nodiscard]] std::vector<CaseSummary>
list_cases(Connection& db, const QueueQuery& query, std::int64_t agency);
// Content, assessment, place and events around a row found before.
[[nodiscard]] CaseView view_case(Connection& db, const CaseRow& row);
[[nodiscard]] std::vector<Event>
events_after(Connection& db, std::int64_t agency, std::int64_t event_id);
[[nodiscard]] std::vector<CaseTimes> case_times(Connection& db, UnixMs from, UnixMs to);

// Adds `by` complaints to the cells of a complaint (one for all, one for each category) under an
// outcome; "" while it is open.
void count(Connection& db, ComplaintId complaint, std::string_view outcome, int by);
[[nodiscard]] std::vector<Count> statistics(Connection& db, const StatisticsQuery& query);

// yyyy-mm in Asia/Bangkok (UTC+7, no daylight saving).
[[nodiscard]] std::string month_of(UnixMs time);

} // namespace saiduan::rows
