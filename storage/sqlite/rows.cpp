#include "storage/sqlite/rows.hpp"

#include "storage/sql/migrations.hpp"
#include "storage/sqlite/read_rows.hpp"
#include "storage/trail/record.hpp"

namespace saiduan::rows {
namespace {

constexpr const char* insert_complaint_sql =
    "INSERT INTO complaints (id, received_at, channel, queue, priority, demoted, review, child,"
    " province, language, categories, role, sex, age_band, nationality, shred, sealed,"
    " oversight_epoch, oversight_key, marks, receipt_check, receipt_key, receipt_pending)"
    " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";
constexpr const char* insert_case_sql =
    "INSERT INTO cases (complaint, agency, is_primary, received_at, epoch, key, state, priority,"
    " demoted, version, alerts, held, outcome) VALUES (?,?,?,?,?,?,?,?,?,?,?,0,'')";
constexpr const char* update_case_sql =
    "UPDATE cases SET state = ?, priority = ?, demoted = ?, version = ?, alerts = ?, held = ?,"
    " holder = ?, claimed_at = ?, contacted_at = ?, resolved_at = ?, outcome = ? WHERE id = ?";
constexpr const char* insert_key_sql =
    "INSERT INTO idempotency (mark, fingerprint, complaint, answer, created_at)"
    " VALUES (?,?,?,?,?)";
constexpr const char* harden_sql =
    "UPDATE complaints SET receipt_check = ?, receipt_key = ?, receipt_pending = NULL"
    " WHERE id = ? AND receipt_pending IS NOT NULL";
constexpr const char* keys_of_sql =
    "SELECT held, key, state FROM cases WHERE complaint = ? ORDER BY id";
constexpr const char* erase_complaint_sql =
    "UPDATE complaints SET sealed = NULL, oversight_epoch = NULL, oversight_key = NULL,"
    " marks = NULL, receipt_check = NULL, receipt_key = NULL, receipt_pending = NULL,"
    " erased_at = ? WHERE id = ? AND erased_at IS NULL";
constexpr const char* erase_keys_sql = "UPDATE cases SET key = NULL WHERE complaint = ?";
constexpr const char* forget_marks_sql = "DELETE FROM marks WHERE mark = ? AND complaint = ?";
constexpr const char* forget_answers_sql = "DELETE FROM idempotency WHERE complaint = ?";
constexpr const char* marks_sql =
    "SELECT id, marks FROM complaints WHERE id > (SELECT coalesce(max(complaint), 0) FROM marks)"
    " AND marks IS NOT NULL ORDER BY id LIMIT ?";
constexpr const char* insert_mark_sql =
    "INSERT OR IGNORE INTO marks (mark, complaint) VALUES (?,?)";

std::string words_of(const std::vector<Category>& categories) {
    std::string out = "[";
    for (const Category c : categories) {
        out += out.size() > 1 ? ",\"" : "\"";
        out += word_of(c, category_words);
        out += '"';
    }
    return out + ']';
}

std::string sealed_digest(const Filing& f, std::string_view veiled_oversight_key) {
    Record sealed_record{"sealed"};
    sealed_record.add_blob(f.sealed);
    if (f.oversight)
        sealed_record.add(f.oversight->epoch->id).add_blob(veiled_oversight_key);
    else
        sealed_record.add_null().add_null();
    return sealed_record.add_blob(f.marks).digest();
}

std::string clear_digest(
    ComplaintId id,
    UnixMs received_at,
    const Clear& c,
    std::string_view categories,
    std::int64_t shred,
    std::string_view sealed_digest
) {
    Record record{"complaint"};
    record.add(id).add(received_at).add(c.channel).add(c.queue);
    record.add(static_cast<std::int64_t>(c.priority)).add(std::int64_t{c.demoted});
    record.add(std::int64_t{c.review}).add(std::int64_t{c.child});
    record.add(c.province).add(c.language).add(categories);
    record.add(c.role).add(c.sex).add(c.age_band).add(c.nationality).add(shred);
    return record.add_blob(sealed_digest).digest();
}

// Of the receipt as stored: its key is veiled.
std::string receipt_digest(ComplaintId id, const NewReceipt& r, const Key& shred) {
    Record record{"receipt"};
    record.add(id).add_blob(r.check).add_blob(r.key).add_blob(r.pending).add_blob(shred.view());
    return record.digest();
}

void bind_clear(Query& q, const Clear& c, std::string_view categories) {
    q.bind(std::string_view{c.channel}).bind(std::string_view{c.queue});
    q.bind(static_cast<std::int64_t>(c.priority)).bind(std::int64_t{c.demoted});
    q.bind(std::int64_t{c.review}).bind(std::int64_t{c.child});
    q.bind(std::string_view{c.province}).bind(std::string_view{c.language}).bind(categories);
    q.bind(std::string_view{c.role}).bind(std::string_view{c.sex});
    q.bind(std::string_view{c.age_band}).bind(std::string_view{c.nationality});
}

void bind_or_null(Query& q, std::string_view bytes) {
    if (bytes.empty())
        q.bind_null();
    else
        q.bind_blob(bytes);
}

} // namespace

bool migrate(Connection& db) {
    db.execute("CREATE TABLE IF NOT EXISTS schema_migrations (version INTEGER PRIMARY KEY, sql "
               "TEXT NOT NULL) STRICT;");
    constexpr const char* newest_sql = "SELECT coalesce(max(version), 0) FROM schema_migrations";
    constexpr const char* note_sql = "INSERT INTO schema_migrations (version, sql) VALUES (?, ?)";
    constexpr const char* table_sql =
        "SELECT count(*) FROM sqlite_master WHERE name = 'readable_complaints'";
    constexpr const char* readable_sql = "SELECT count(*) FROM readable_complaints";
    const auto number = [&](const char* sql) {
        Query q = db.query(sql);
        q.step();
        return q.integer(0);
    };
    const std::int64_t newest = number(newest_sql);
    if (newest > migrations().back().version)
        throw SqliteError(0, "the database is newer than this program; use the newer program");
    for (const Migration& m : migrations()) {
        if (m.version <= newest)
            continue;
        db.execute("BEGIN IMMEDIATE;");
        db.execute(std::string{m.sql});
        db.query(note_sql).bind(std::int64_t{m.version}).bind(m.sql).run();
        db.execute("COMMIT;");
    }
    if (number(table_sql) == 0)
        return false;
    if (number(readable_sql) != 0)
        return true;
    db.execute("BEGIN IMMEDIATE; DROP TABLE readable_events; DROP TABLE readable_cases;"
               "DROP TABLE readable_tokens; DROP TABLE readable_complaints; COMMIT;");
    return false;
}

InsertedComplaint insert_complaint(Connection& db, const Filing& f) {
    const std::string categories = words_of(f.clear.categories);
    ShredKey shred = add_shred_key(db);
    const std::string oversight = f.oversight ? veil(shred.key, f.oversight->wrapped) : "";
    const NewReceipt receipt{f.receipt.check, veil(shred.key, f.receipt.key), f.receipt.pending};
    {
        Query q = db.query(insert_complaint_sql);
        q.bind(f.complaint).bind(f.received_at);
        bind_clear(q, f.clear, categories);
        q.bind(shred.id).bind_blob(f.sealed);
        if (f.oversight)
            q.bind(f.oversight->epoch->id).bind_blob(oversight);
        else
            q.bind_null().bind_null();
        bind_or_null(q, f.marks);
        q.bind_blob(receipt.check).bind_blob(receipt.key);
        bind_or_null(q, receipt.pending);
        q.run();
    }
    const std::string sealed = sealed_digest(f, oversight);
    return {
        clear_digest(f.complaint, f.received_at, f.clear, categories, shred.id, sealed),
        receipt_digest(f.complaint, receipt, shred.key),
        std::move(shred)
    };
}

std::int64_t insert_idempotency(Connection& db, const Filing& f, std::string& digest) {
    const IdempotencyKey& key = *f.idempotency;
    Query q = db.query(insert_key_sql);
    q.bind_blob(key.mark).bind_blob(key.fingerprint).bind(f.complaint).bind_blob(key.answer);
    q.bind(f.received_at).run();
    const std::int64_t id = db.last_row();
    Record record{"idempotency"};
    record.add(id).add_blob(key.mark).add_blob(key.fingerprint).add(f.complaint);
    digest = record.add_blob(key.answer).add(f.received_at).digest();
    return id;
}

InsertedCase insert_case(
    Connection& db,
    const CaseRow& row,
    const Grant& grant,
    const Key& shred,
    std::int64_t agency,
    const std::string& complaint_digest
) {
    const CaseSummary& s = row.summary;
    const std::string key = veil(shred, grant.wrapped);
    {
        Query q = db.query(insert_case_sql);
        q.bind(s.complaint).bind(agency).bind(std::int64_t{s.primary}).bind(s.received_at);
        q.bind(grant.epoch->id).bind_blob(key);
        q.bind(static_cast<std::int64_t>(s.state)).bind(static_cast<std::int64_t>(s.priority));
        q.bind(std::int64_t{s.demoted}).bind(s.version).bind(std::int64_t{s.alerts}).run();
    }
    InsertedCase out{db.last_row(), {}};
    Record record{"case"};
    record.add(out.id).add(s.complaint).add(agency).add(std::int64_t{s.primary});
    record.add(s.received_at).add(grant.epoch->id);
    record.add_blob(Record{"key"}.add_blob(key).digest());
    record.add(static_cast<std::int64_t>(s.priority)).add(std::int64_t{s.demoted});
    out.digest = record.add_blob(complaint_digest).digest();
    return out;
}

std::string complaint_digest(Connection& db, ComplaintId id) {
    const auto stored = read_clear(db, id);
    if (!stored)
        throw SqliteError(0, "no such complaint");
    return clear_digest(
        id, stored->received_at, stored->clear, stored->categories, stored->shred, stored->sealed
    );
}

void update_case(Connection& db, const CaseRow& row) {
    const CaseSummary& s = row.summary;
    Query q = db.query(update_case_sql);
    q.bind(static_cast<std::int64_t>(s.state)).bind(static_cast<std::int64_t>(s.priority));
    q.bind(std::int64_t{s.demoted}).bind(s.version).bind(std::int64_t{s.alerts});
    q.bind(std::int64_t{row.held});
    if (row.holder != 0)
        q.bind(row.holder);
    else
        q.bind_null();
    q.bind(row.claimed_at).bind(row.contacted_at).bind(row.resolved_at);
    q.bind(std::string_view{row.outcome}).bind(s.id).run();
}

std::optional<std::string> harden(Connection& db, const HardenedReceipt& r) {
    const ShredKey shred = shred_key_of(db, r.complaint);
    const std::string key = veil(shred.key, r.key);
    db.query(harden_sql).bind_blob(r.check).bind_blob(key).bind(r.complaint).run();
    if (db.changes() == 0)
        return std::nullopt;
    return receipt_digest(r.complaint, {r.check, key, ""}, shred.key);
}

Result<std::string> erase(Connection& db, const Erasure& e) {
    std::string fact;
    {
        Query q = db.query(keys_of_sql);
        q.bind(e.complaint);
        while (q.step()) {
            if (q.integer(0) != 0)
                return Fault{Errc::conflict, "a case of this complaint is on legal hold"};
            if (e.reason == scheduled && q.integer(2) != static_cast<int>(CaseState::resolved))
                return Fault{Errc::conflict, "a case of this complaint is open again"};
            fact += " " + to_hex(Record{"key"}.add_blob(q.text(1)).digest());
        }
    }
    const auto stored = read_clear(db, e.complaint);
    if (!stored || stored->erased)
        return Fault{Errc::not_found, "no such complaint, or it is erased already"};
    for (std::size_t i = 0; i + mark_bytes <= stored->marks.size(); i += mark_bytes)
        db.query(forget_marks_sql)
            .bind_blob(std::string_view{stored->marks}.substr(i, mark_bytes))
            .bind(e.complaint)
            .run();
    db.query(forget_answers_sql).bind(e.complaint).run();
    db.query(erase_keys_sql).bind(e.complaint).run();
    shred(db, stored->shred);
    db.query(erase_complaint_sql).bind(e.at).bind(e.complaint).run();
    return e.reason + " " + to_hex(stored->sealed) + fact;
}

IndexedMarks index_marks(Connection& db, int limit) {
    std::vector<std::pair<ComplaintId, std::string>> found;
    {
        Query q = db.query(marks_sql);
        q.bind(std::int64_t{limit});
        while (q.step())
            found.emplace_back(q.integer(0), q.text(1));
    }
    for (const auto& [complaint, marks] : found)
        for (std::size_t i = 0; i + mark_bytes <= marks.size(); i += mark_bytes)
            db.query(insert_mark_sql)
                .bind_blob(std::string_view{marks}.substr(i, mark_bytes))
                .bind(complaint)
                .run();
    return {static_cast<int>(found.size()), found.empty() ? 0 : found.back().first};
}

} // namespace saiduan::rows
