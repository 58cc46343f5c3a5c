// Counters for statistics, kept in the filing's own transaction, and what is read from them.
#pragma once

#include "storage/cases.hpp"
#include "storage/figures.hpp"
#include "storage/sqlite/connection.hpp"

#include <map>
#include <string>
#include <vector>

namespace saiduan {

// Collects a batch's changes, so that a batch of like complaints writes each cell once.
class Counters {
public:
    // Adds `by` complaints to the cells of a complaint (one for all, one for each category) under
    // an outcome; "" while it is open.
    void add(const Clear& clear, UnixMs received_at, std::string_view outcome, int by);
    // The same for a stored complaint.
    void add(Connection& db, ComplaintId complaint, std::string_view outcome, int by);

    void job_begins() { job_ = changes_.size(); }
    void job_undone() { changes_.resize(job_); }
    void before_commit(Connection& db);
    void forget() { changes_.clear(); }

private:
    struct Change {
        std::string cell; // the twelve dimensions, joined
        int by;
    };
    std::vector<Change> changes_;
    std::size_t job_ = 0;
};

[[nodiscard]] std::vector<Count> read_statistics(Connection& db, const StatisticsQuery& query);
[[nodiscard]] std::vector<CaseTimes> read_case_times(Connection& db, UnixMs from, UnixMs to);

// yyyy-mm in Asia/Bangkok (UTC+7, no daylight saving).
[[nodiscard]] std::string month_of(UnixMs time);

} // namespace saiduan
