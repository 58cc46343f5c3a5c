#include "storage/sqlite/connection.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

namespace saiduan {
namespace {

constexpr std::size_t cached_texts_max = 64;

// What the program does after start; anything else is an attack or a bug.
int authorize(void*, int action, const char*, const char*, const char*, const char*) {
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_INSERT:
    case SQLITE_UPDATE:
    case SQLITE_DELETE:
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT:
    case SQLITE_FUNCTION:
        return SQLITE_OK;
    default:
        return SQLITE_DENY;
    }
}

// As SQLite's URIs want it.
std::string frozen_uri(const std::string& path) {
    std::string uri = "file:";
    for (const char c : path) {
        if (c == '%')
            uri += "%25";
        else if (c == '?')
            uri += "%3f";
        else if (c == '#')
            uri += "%23";
        else
            uri += c;
    }
    return uri + "?immutable=1";
}

[[noreturn]] void raise_on(sqlite3* db, int code) {
    throw SqliteError(code & 0xFF, db ? sqlite3_errmsg(db) : sqlite3_errstr(code));
}

} // namespace

Query::~Query() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
}

Query& Query::bind(std::int64_t value) {
    sqlite3_bind_int64(statement_, next_++, value);
    return *this;
}

Query& Query::bind(double value) {
    sqlite3_bind_double(statement_, next_++, value);
    return *this;
}

Query& Query::bind(std::string_view text) {
    // A null pointer would bind NULL where an empty text is meant.
    const char* data = text.data() ? text.data() : "";
    sqlite3_bind_text(statement_, next_++, data, static_cast<int>(text.size()), SQLITE_STATIC);
    return *this;
}

Query& Query::bind_blob(std::string_view bytes) {
    const char* data = bytes.data() ? bytes.data() : "";
    sqlite3_bind_blob(statement_, next_++, data, static_cast<int>(bytes.size()), SQLITE_STATIC);
    return *this;
}

Query& Query::bind_null() {
    sqlite3_bind_null(statement_, next_++);
    return *this;
}

Query& Query::bind(const std::optional<std::int64_t>& value) {
    return value ? bind(*value) : bind_null();
}

bool Query::step() {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW)
        return true;
    if (code == SQLITE_DONE)
        return false;
    raise_on(sqlite3_db_handle(statement_), code);
}

std::int64_t Query::integer(int column) const {
    return sqlite3_column_int64(statement_, column);
}

std::string Query::text(int column) const {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    const int size = sqlite3_column_bytes(statement_, column);
    return bytes ? std::string{bytes, static_cast<std::size_t>(size)} : std::string{};
}

std::optional<std::int64_t> Query::optional_integer(int column) const {
    if (sqlite3_column_type(statement_, column) == SQLITE_NULL)
        return std::nullopt;
    return integer(column);
}

Query::Type Query::type(int column) const {
    switch (sqlite3_column_type(statement_, column)) {
    case SQLITE_INTEGER:
        return Type::integer;
    case SQLITE_TEXT:
        return Type::text;
    case SQLITE_BLOB:
        return Type::blob;
    case SQLITE_FLOAT:
        return Type::real;
    default:
        return Type::null;
    }
}

Connection::Connection(const std::string& path, Access access, bool synchronous) {
    if (access == Access::write && path != ":memory:") {
        // SQLite gives log and index the file's own mode, so it is enough to make this one private.
        const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (file >= 0)
            ::close(file);
    }
    const bool frozen = access == Access::frozen;
    const int mode = frozen                    ? SQLITE_OPEN_READONLY | SQLITE_OPEN_URI
                     : access == Access::audit ? SQLITE_OPEN_READONLY
                                               : SQLITE_OPEN_READWRITE;
    const int flags = SQLITE_OPEN_NOMUTEX | mode;
    const std::string name = frozen ? frozen_uri(path) : path;
    if (const int code = sqlite3_open_v2(name.c_str(), &db_, flags, nullptr); code != SQLITE_OK) {
        const std::string what = sqlite3_errstr(code);
        sqlite3_close(db_);
        throw SqliteError(code & 0xFF, path + ": " + what);
    }
    sqlite3_busy_timeout(db_, busy_ms);
    sqlite3_db_config(db_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(db_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_db_config(db_, SQLITE_DBCONFIG_ENABLE_FKEY, 1, nullptr);
    sqlite3_db_config(db_, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
    try {
        execute("PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY;");
        if (frozen)
            return;
        if (access != Access::audit)
            execute("PRAGMA journal_mode=WAL; PRAGMA secure_delete=ON;");
        execute(synchronous ? "PRAGMA synchronous=FULL;" : "PRAGMA synchronous=OFF;");
        // Only the writing connection checkpoints: SQLite 3.40's WAL-reset bug needs two.
        execute(
            access == Access::write ? "PRAGMA wal_autocheckpoint=1000;"
                                    : "PRAGMA wal_autocheckpoint=0; PRAGMA query_only=ON;"
        );
    } catch (...) {
        sqlite3_close(db_);
        throw;
    }
    if (access != Access::write)
        sqlite3_db_config(db_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

Connection::~Connection() {
    for (const auto& [sql, statement] : cached_)
        sqlite3_finalize(statement);
    for (const auto& [sql, statement] : cached_texts_)
        sqlite3_finalize(statement);
    sqlite3_close(db_);
}

void Connection::execute(const std::string& sql) {
    if (const int code = sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr);
        code != SQLITE_OK)
        raise(code);
}

void Connection::lock_down() {
    sqlite3_set_authorizer(db_, authorize, nullptr);
}

sqlite3_stmt* Connection::prepare(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(
        db_,
        sql.c_str(),
        static_cast<int>(sql.size()) + 1,
        SQLITE_PREPARE_PERSISTENT,
        &statement,
        nullptr
    );
    if (code != SQLITE_OK)
        raise(code);
    return statement;
}

Query Connection::query(const char* sql) {
    sqlite3_stmt*& statement = cached_[sql];
    if (!statement)
        statement = prepare(sql);
    return Query{statement};
}

Query Connection::query_text(const std::string& sql) {
    if (cached_texts_.size() >= cached_texts_max) {
        for (const auto& [text, statement] : cached_texts_)
            sqlite3_finalize(statement);
        cached_texts_.clear();
    }
    sqlite3_stmt*& statement = cached_texts_[sql];
    if (!statement)
        statement = prepare(sql);
    return Query{statement};
}

std::int64_t Connection::last_row() const {
    return sqlite3_last_insert_rowid(db_);
}

int Connection::changes() const {
    return sqlite3_changes(db_);
}

bool Connection::in_transaction() const {
    return sqlite3_get_autocommit(db_) == 0;
}

bool Connection::checkpoint(int patience_ms) {
    const int mode = SQLITE_CHECKPOINT_TRUNCATE;
    sqlite3_busy_timeout(db_, patience_ms);
    const int code = sqlite3_wal_checkpoint_v2(db_, nullptr, mode, nullptr, nullptr);
    sqlite3_busy_timeout(db_, busy_ms);
    return code == SQLITE_OK;
}

void Connection::copy_to(
    const std::string& path, const std::function<void(int done, int all)>& progress
) {
    constexpr int pages_at_once = 1000;
    struct Close {
        void operator()(sqlite3* db) const { sqlite3_close(db); }
        void operator()(sqlite3_backup* backup) const { sqlite3_backup_finish(backup); }
    };
    sqlite3* opened = nullptr;
    const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    int code = sqlite3_open_v2(path.c_str(), &opened, flags, nullptr);
    const std::unique_ptr<sqlite3, Close> to{opened};
    if (code != SQLITE_OK)
        raise_on(opened, code);
    // No journal beside it: a copy that fails is thrown away.
    sqlite3_exec(
        opened, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;", nullptr, nullptr, nullptr
    );
    // An open transaction pins the state; otherwise the copy would begin again with every commit.
    execute("BEGIN; SELECT count(*) FROM sqlite_master;");
    {
        const std::unique_ptr<sqlite3_backup, Close> backup{
            sqlite3_backup_init(opened, "main", db_, "main")
        };
        code = backup ? SQLITE_OK : sqlite3_errcode(opened);
        while (code == SQLITE_OK) {
            code = sqlite3_backup_step(backup.get(), pages_at_once);
            const int all = sqlite3_backup_pagecount(backup.get());
            progress(all - sqlite3_backup_remaining(backup.get()), all);
        }
    }
    execute("COMMIT;");
    if (code != SQLITE_DONE)
        throw SqliteError(code & 0xFF, path + ": " + sqlite3_errstr(code));
}

void Connection::raise(int code) const {
    raise_on(db_, code);
}

} // namespace saiduan
