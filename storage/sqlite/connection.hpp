// A thin layer over SQLite's C interface: connections and cached statements. Failures of the
// library are exceptions; they are caught once, by the writer and the reader threads.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>

struct sqlite3;
struct sqlite3_stmt;

namespace saiduan {

class SqliteError : public std::runtime_error {
public:
    SqliteError(int result, const std::string& what) : std::runtime_error(what), code(result) {}
    int code; // primary result code
};

// A prepared statement in use; resets itself at the end of its scope. Texts bound must live until
// then.
class Query {
public:
    explicit Query(sqlite3_stmt* statement) : statement_(statement) {}
    ~Query();
    Query(const Query&) = delete;
    Query& operator=(const Query&) = delete;

    // Binds the next parameter.
    Query& bind(std::int64_t value);
    Query& bind(double value);
    Query& bind(std::string_view text);
    Query& bind_blob(std::string_view bytes);
    Query& bind_null();
    Query& bind(const std::optional<std::int64_t>& value);

    // True when there is a row.
    bool step();
    void run() { step(); }

    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] std::string text(int column) const; // of texts and blobs
    [[nodiscard]] std::optional<std::int64_t> optional_integer(int column) const;
    enum class Type { null, integer, text, blob, real };
    [[nodiscard]] Type type(int column) const;

private:
    sqlite3_stmt* statement_;
    int next_ = 1;
};

// audit: read-only also for SQLite, beside a running server or after a crash.
// frozen: a file nobody writes, without a log beside it and never given one.
enum class Access { write, read, audit, frozen };

class Connection {
public:
    // Opens and hardens: WAL, foreign keys, no trusted schema, defensive, an authorizer that allows
    // only reading and changing rows, which lock_down() sets once the schema is up to date.
    Connection(const std::string& path, Access access, bool synchronous);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    // For schema changes at start, before lock_down().
    void execute(const std::string& sql);
    // From here on only rows may be read and changed.
    void lock_down();

    // `sql` must be a constant: statements are cached by its address.
    [[nodiscard]] Query query(const char* sql);
    // For texts that are put together from constants; not cached for long.
    [[nodiscard]] Query query_text(const std::string& sql);

    [[nodiscard]] std::int64_t last_row() const;
    [[nodiscard]] int changes() const;
    [[nodiscard]] bool in_transaction() const;
    static constexpr int busy_ms = 5000; // how long another connection is waited for
    // Moves the log into the database and empties it. False when a reader that does not end within
    // `patience_ms` kept it from being emptied.
    bool checkpoint(int patience_ms = busy_ms);

    // One state of the whole database as a single file at `path`, which must be empty; also while
    // others write. Writes nothing to the database itself. `progress` hears of pages.
    void copy_to(const std::string& path, const std::function<void(int done, int all)>& progress);

private:
    sqlite3_stmt* prepare(const std::string& sql);
    [[noreturn]] void raise(int code) const;

    sqlite3* db_ = nullptr;
    std::unordered_map<const char*, sqlite3_stmt*> cached_;
    std::unordered_map<std::string, sqlite3_stmt*> cached_texts_;
};

} // namespace saiduan
