// Every way to alter one row of a database behind the program's back.
#pragma once

#include <functional>
#include <random>
#include <string>
#include <vector>

struct sqlite3;

namespace saiduan::test {

// A database opened without any of the program's care: no foreign keys, no checks.
class Intruder {
public:
    explicit Intruder(const std::string& database);
    Intruder(const Intruder&) = delete;
    Intruder& operator=(const Intruder&) = delete;
    ~Intruder();

    // Throws std::runtime_error for bad SQL.
    void run(const std::string& sql);
    // Rows of columns as SQL literals.
    [[nodiscard]] std::vector<std::vector<std::string>> rows(const std::string& sql);
    [[nodiscard]] std::string value(const std::string& sql) { return rows(sql).at(0).at(0); }

private:
    sqlite3* db_ = nullptr;
};

struct Tampering {
    std::string name; // for people
    // A word that one of the findings must have: the table, or the event.
    std::string word;
    std::string sql;
};

// Edits, deletions, insertions and exchanges in every table of the database, on rows picked by
// `random`; `each` rows for every column.
[[nodiscard]] std::vector<Tampering>
tamperings(const std::string& database, std::mt19937& random, std::size_t each);

} // namespace saiduan::test
