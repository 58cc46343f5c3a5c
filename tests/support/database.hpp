// A look into a data folder's database, beside a running server or after its death.
#pragma once

#include <string>
#include <vector>

struct sqlite3;

namespace saiduan::test {

// Every function throws std::runtime_error when SQLite refuses.
class Database {
public:
    using Row = std::vector<std::string>; // the columns' bytes, empty for NULL

    explicit Database(const std::string& file);
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;
    ~Database();

    [[nodiscard]] std::vector<Row> rows(const std::string& sql) const;
    // The first column of the first row; empty when there is none.
    [[nodiscard]] std::string value(const std::string& sql) const;

private:
    sqlite3* db_ = nullptr;
};

} // namespace saiduan::test
