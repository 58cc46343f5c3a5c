#include "tests/support/database.hpp"

#include <sqlite3.h>

#include <stdexcept>

namespace saiduan::test {
namespace {

constexpr int busy_ms = 10'000;

std::string text(sqlite3_stmt* statement, int column) {
    const void* bytes = sqlite3_column_blob(statement, column);
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
    return bytes ? std::string{static_cast<const char*>(bytes), size} : std::string{};
}

} // namespace

Database::Database(const std::string& file) {
    if (sqlite3_open_v2(file.c_str(), &db_, SQLITE_OPEN_READONLY, nullptr) != SQLITE_OK)
        throw std::runtime_error("cannot open " + file);
    sqlite3_busy_timeout(db_, busy_ms);
}

Database::~Database() {
    sqlite3_close(db_);
}

std::vector<Database::Row> Database::rows(const std::string& sql) const {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(db_, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK)
        throw std::runtime_error(sqlite3_errmsg(db_));
    std::vector<Row> out;
    int code = SQLITE_OK;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        Row& row = out.emplace_back();
        for (int i = 0; i < sqlite3_column_count(statement); ++i)
            row.push_back(text(statement, i));
    }
    sqlite3_finalize(statement);
    if (code != SQLITE_DONE)
        throw std::runtime_error(sqlite3_errmsg(db_));
    return out;
}

std::string Database::value(const std::string& sql) const {
    const std::vector<Row> found = rows(sql);
    return found.empty() ? std::string{} : found[0].at(0);
}

} // namespace saiduan::test
