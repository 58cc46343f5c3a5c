#include "tests/audit/tampering.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <stdexcept>

namespace saiduan::test {
namespace {

struct Column {
    std::string name, type;
    bool nullable = false;
    bool key = false;
};

using Row = std::vector<std::string>; // SQL literals

// A table as the intruder finds it.
struct Table {
    std::string name;
    std::vector<Column> columns;
    std::vector<Row> rows;

    [[nodiscard]] std::string where(const Row& row) const {
        std::string out;
        for (std::size_t i = 0; i < columns.size(); ++i)
            if (columns[i].key)
                out += (out.empty() ? " WHERE " : " AND ") + columns[i].name + " = " + row[i];
        return out;
    }
    [[nodiscard]] std::string id(const Row& row) const {
        std::string out;
        for (std::size_t i = 0; i < columns.size(); ++i)
            if (columns[i].key)
                out += (out.empty() ? "" : "/") + row[i].substr(0, 40);
        return out;
    }
    // Findings about an event name the event, all others the table.
    [[nodiscard]] std::string word(const Row& row) const {
        return name == "events" ? "event " + row[0] + " " : name;
    }
};

std::vector<Table> tables_of(Intruder& intruder) {
    std::vector<Table> out;
    const auto unquote = [](const std::string& literal) {
        return literal.substr(1, literal.size() - 2);
    };
    for (const Row& row : intruder.rows("SELECT name FROM sqlite_master WHERE type = 'table'")) {
        Table& table = out.emplace_back();
        table.name = unquote(row[0]);
        std::string names;
        for (const Row& c : intruder.rows(
                 "SELECT name, type, \"notnull\", pk FROM pragma_table_info(" + row[0] + ")"
             )) {
            table.columns.push_back({unquote(c[0]), unquote(c[1]), c[2] == "0", c[3] != "0"});
            names += (names.empty() ? "" : ", ") + table.columns.back().name;
        }
        table.rows = intruder.rows("SELECT " + names + " FROM " + table.name);
    }
    return out;
}

// Another value of the same type.
std::string other(const Column& column, const std::string& value, std::mt19937& random) {
    const bool null = value == "NULL";
    if (column.type == "INTEGER")
        return null ? "1" : value + " + " + std::to_string(1 + random() % 3);
    if (column.type == "TEXT")
        return null ? "'x'" : value + " || 'x'";
    if (null)
        return random() % 2 == 0 ? "x''" : "x'00'"; // an empty blob is not the same as none
    std::string flipped = value;                    // X'…'
    if (flipped.size() <= 3)
        return "x'00'";
    char& digit = flipped[2 + random() % (flipped.size() - 3)];
    digit = digit == '0' ? '1' : '0';
    return flipped;
}

void edits(const Table& t, std::mt19937& random, std::size_t each, std::vector<Tampering>& out) {
    for (std::size_t c = 0; c < t.columns.size(); ++c) {
        const Column& column = t.columns[c];
        const auto edit = [&](const Row& row, const std::string& value) {
            out.push_back(
                {"edit " + t.name + "." + column.name + " of " + t.id(row) + " to " +
                     value.substr(0, 40),
                 t.word(row),
                 "UPDATE " + t.name + " SET " + column.name + " = " + value + t.where(row)}
            );
        };
        for (std::size_t i = 0; i < each; ++i) {
            const Row& row = t.rows[random() % t.rows.size()];
            // A key that is taken would only make the edit fail.
            const bool far = column.key && column.type == "INTEGER";
            edit(row, far ? row[c] + " + 1000" : other(column, row[c], random));
        }
        if (!column.nullable || column.key)
            continue;
        const auto is_null = [&](const Row& row) { return row[c] == "NULL"; };
        const auto some = std::find_if_not(t.rows.begin(), t.rows.end(), is_null);
        const auto none = std::find_if(t.rows.begin(), t.rows.end(), is_null);
        if (some != t.rows.end())
            edit(*some, "NULL");
        if (none != t.rows.end())
            edit(*none, column.type == "INTEGER" ? "0" : "x''");
    }
}

std::string insertion(const Table& t, const Row& row) {
    std::string values;
    bool fresh = false; // one part of the key is enough
    for (std::size_t c = 0; c < t.columns.size(); ++c) {
        const Column& column = t.columns[c];
        const bool change = !fresh && (column.key || t.name == "agencies");
        fresh = fresh || (change && t.name != "agencies");
        std::string value = row[c];
        if (change && column.type == "INTEGER")
            value = "(SELECT max(" + column.name + ") + 1 FROM " + t.name + ")";
        else if (change)
            value = column.type == "TEXT" ? value + " || 'x'" : "x'" + std::string(32, 'a') + "'";
        values += (values.empty() ? "" : ", ") + value;
    }
    return "INSERT INTO " + t.name + " VALUES (" + values + ")";
}

// The contents of two rows, each under the other's key. Where all columns are the key, the first
// of them changes hands.
std::string exchange(const Table& t, const Row& a, const Row& b) {
    std::string to_a, to_b;
    const bool all_key =
        std::all_of(t.columns.begin(), t.columns.end(), [](const Column& c) { return c.key; });
    for (std::size_t c = 0; c < t.columns.size(); ++c) {
        const bool moves = all_key ? c == 0 : !t.columns[c].key;
        if (!moves || a[c] == b[c])
            continue;
        to_a += (to_a.empty() ? "" : ", ") + t.columns[c].name + " = " + b[c];
        to_b += (to_b.empty() ? "" : ", ") + t.columns[c].name + " = " + a[c];
    }
    if (to_a.empty())
        return "";
    // Two rows of one complaint have nothing to exchange but themselves.
    if (all_key && a.back() == b.back())
        return "";
    // A unique column must not hold the same value twice, not even for a moment.
    const std::string aside =
        t.name == "agencies" ? "UPDATE agencies SET key = 'aside'" + t.where(b) + ";" : "";
    return aside + "UPDATE " + t.name + " SET " + to_a + t.where(a) + "; UPDATE " + t.name +
           " SET " + to_b + t.where(b);
}

void moves(const Table& t, std::mt19937& random, std::vector<Tampering>& out) {
    const auto any = [&]() -> const Row& { return t.rows[random() % t.rows.size()]; };
    for (int i = 0; i < 2; ++i) {
        const Row& row = any();
        out.push_back(
            {"delete from " + t.name + " " + t.id(row),
             t.word(row),
             "DELETE FROM " + t.name + t.where(row)}
        );
    }
    const std::string word = t.name == "events" ? "event" : t.name;
    out.push_back({"insert into " + t.name, word, insertion(t, any())});
    constexpr int tries = 50;
    for (int i = 0; i < tries; ++i) {
        const Row &a = any(), &b = any();
        if (&a == &b)
            continue;
        if (const std::string sql = exchange(t, a, b); !sql.empty()) {
            out.push_back(
                {"exchange in " + t.name + " " + t.id(a) + " and " + t.id(b), t.word(a), sql}
            );
            break;
        }
    }
}

} // namespace

Intruder::Intruder(const std::string& database) {
    if (sqlite3_open_v2(database.c_str(), &db_, SQLITE_OPEN_READWRITE, nullptr) != SQLITE_OK)
        throw std::runtime_error(database + " cannot be opened");
    run("PRAGMA foreign_keys=OFF; PRAGMA ignore_check_constraints=ON; PRAGMA synchronous=OFF");
}

Intruder::~Intruder() {
    sqlite3_close(db_);
}

void Intruder::run(const std::string& sql) {
    if (sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
        throw std::runtime_error(std::string{sqlite3_errmsg(db_)} + ": " + sql);
}

std::vector<Row> Intruder::rows(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(db_, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK)
        throw std::runtime_error(std::string{sqlite3_errmsg(db_)} + ": " + sql);
    std::vector<Row> out;
    sqlite3_stmt* quote = nullptr;
    sqlite3_prepare_v2(db_, "SELECT quote(?)", -1, &quote, nullptr);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        Row& row = out.emplace_back();
        for (int c = 0; c < sqlite3_column_count(statement); ++c) {
            sqlite3_bind_value(quote, 1, sqlite3_column_value(statement, c));
            sqlite3_step(quote);
            row.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(quote, 0)));
            sqlite3_reset(quote);
        }
    }
    sqlite3_finalize(quote);
    sqlite3_finalize(statement);
    return out;
}

std::vector<Tampering>
tamperings(const std::string& database, std::mt19937& random, std::size_t each) {
    Intruder intruder{database};
    std::vector<Tampering> out;
    for (const Table& table : tables_of(intruder)) {
        if (table.rows.empty())
            throw std::runtime_error(table.name + " is empty: nothing would be tested");
        edits(table, random, each, out);
        moves(table, random, out);
    }
    return out;
}

} // namespace saiduan::test
