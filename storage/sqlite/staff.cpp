// The verbs of credentials and agency keys.
#include "storage/sqlite/engine.hpp"
#include "storage/trail/record.hpp"

#include <algorithm>
#include <set>

namespace saiduan {
namespace {

constexpr const char* vault_sql = "SELECT recovery_key FROM vault";
constexpr const char* insert_vault_sql = "INSERT INTO vault (id, recovery_key) VALUES (1, ?)";
constexpr const char* agencies_sql = "SELECT key, id FROM agencies ORDER BY id";
constexpr const char* insert_agency_sql = "INSERT INTO agencies (key) VALUES (?)";
constexpr const char* keys_sql =
    "SELECT a.key, k.generation, k.public_key, k.recovery, k.created_at FROM agency_keys k"
    " JOIN agencies a ON a.id = k.agency ORDER BY k.agency, k.generation";
constexpr const char* newest_generation_sql =
    "SELECT coalesce(max(generation), 0) FROM agency_keys WHERE agency = ?";
constexpr const char* insert_key_sql =
    "INSERT INTO agency_keys (agency, generation, public_key, recovery, created_at)"
    " VALUES (?,?,?,?,?)";
constexpr const char* delete_key_sql =
    "DELETE FROM agency_keys WHERE agency = ? AND generation = ?";
constexpr const char* tokens_sql =
    "SELECT id, hash, label, agency, role, public_key, created_at FROM tokens"
    " WHERE revoked_at IS NULL ORDER BY id";
constexpr const char* insert_token_sql =
    "INSERT INTO tokens (hash, label, agency, role, public_key, created_at) VALUES (?,?,?,?,?,?)";
constexpr const char* revoke_token_sql =
    "UPDATE tokens SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL";
constexpr const char* copies_sql = "SELECT k.token, a.key, k.generation, k.sealed FROM key_copies k"
                                   " JOIN agencies a ON a.id = k.agency ORDER BY k.token";
constexpr const char* insert_copy_sql =
    "INSERT INTO key_copies (token, agency, generation, sealed) VALUES (?,?,?,?)";
constexpr const char* delete_copies_of_token_sql = "DELETE FROM key_copies WHERE token = ?";
constexpr const char* delete_copies_sql =
    "DELETE FROM key_copies WHERE agency = ? AND generation = ?";
constexpr const char* generations_sql =
    "SELECT k.generation FROM agency_keys k JOIN agencies a ON a.id = k.agency WHERE a.key = ?";
constexpr const char* holders_sql = "SELECT DISTINCT token FROM key_copies WHERE agency = ?";
constexpr const char* live_token_sql = "SELECT 1 FROM tokens WHERE id = ? AND revoked_at IS NULL";
constexpr const char* epochs_sql =
    "SELECT id, sealed FROM epochs WHERE agency = ? AND generation = ? AND id > ?"
    " ORDER BY id LIMIT ?";
constexpr const char* reseal_sql =
    "UPDATE epochs SET generation = ?1, sealed = ?2 WHERE id = ?3 AND agency = ?4"
    " AND generation < ?1";
constexpr const char* key_there_sql =
    "SELECT 1 FROM agency_keys WHERE agency = ? AND generation = ?";

std::string token_digest(TokenId id, const NewToken& t) {
    Record record{"token"};
    record.add(id).add_blob(t.hash).add(t.label).add(t.agency).add(t.role);
    return to_hex(record.add_blob(t.public_key).add(t.created_at).digest());
}

// Copies are made before their turn in the queue comes; by then there may be another key, another
// token, or one less. Who was left out could never be let in again.
const Fault overtaken{Errc::conflict, "the agency's keys or tokens changed meanwhile; try again"};

// Exactly the keys there are: a copy of a retired one would outlive it.
bool fits_keys(Connection& db, const NewToken& token) {
    std::set<std::int64_t> copied, there;
    for (const KeyCopy& copy : token.copies)
        copied.insert(copy.generation);
    Query q = db.query(generations_sql);
    q.bind(std::string_view{token.agency});
    while (q.step())
        there.insert(q.integer(0));
    return copied == there;
}

bool covers_holders(Connection& db, std::int64_t agency, const std::vector<KeyCopy>& copies) {
    for (const KeyCopy& copy : copies) {
        Query q = db.query(live_token_sql);
        if (!q.bind(copy.token).step())
            return false;
    }
    Query q = db.query(holders_sql);
    q.bind(agency);
    while (q.step()) {
        const TokenId holder = q.integer(0);
        if (std::none_of(copies.begin(), copies.end(), [&](const KeyCopy& copy) {
                return copy.token == holder;
            }))
            return false;
    }
    return true;
}

} // namespace

void SqliteStore::load_staff(Connection& db) {
    {
        Query q = db.query(vault_sql);
        if (q.step())
            recovery_key_ = q.text(0);
    }
    {
        Query q = db.query(agencies_sql);
        while (q.step())
            agencies_.add(q.text(0), q.integer(1));
    }
    {
        Query q = db.query(keys_sql);
        while (q.step())
            agency_keys_.push_back({q.text(0), q.integer(1), q.text(2), q.text(3), q.integer(4)});
    }
    std::map<TokenId, std::vector<KeyCopy>> copies;
    {
        Query q = db.query(copies_sql);
        while (q.step())
            copies[q.integer(0)].push_back({q.integer(0), q.text(1), q.integer(2), q.text(3)});
    }
    Query q = db.query(tokens_sql);
    while (q.step()) {
        const TokenRow row{q.integer(0), q.text(2), q.text(3), q.text(4), q.text(5), q.integer(6)};
        tokens_[row.id] = row;
        credentials_[q.text(1)] = std::make_shared<const Credential>(
            Credential{{row.id, row.label, row.agency, row.role, false}, copies[row.id]}
        );
    }
}

void SqliteStore::make_vault(std::string recovery_key, UnixMs at, Completion<int> done) {
    const auto work = [this, recovery_key, at](Connection& db) -> Result<int> {
        {
            Query q = db.query(vault_sql);
            if (q.step())
                return Fault{Errc::conflict, "the vault is made already"};
        }
        db.query(insert_vault_sql).bind_blob(recovery_key).run();
        const std::string fact = to_hex(Record{"vault"}.add_blob(recovery_key).digest());
        ledger_.append(db, {0, 0, 0, EventKind::vault_made, at, "system", fact});
        return 0;
    };
    write<int>(std::move(done), work, [this, recovery_key](int) {
        const std::lock_guard lock{memory_mutex_};
        recovery_key_ = recovery_key;
    });
}

std::string SqliteStore::recovery_key() const {
    const std::lock_guard lock{memory_mutex_};
    return recovery_key_;
}

void SqliteStore::grant_copy(
    Connection& db, const KeyCopy& copy, UnixMs at, std::string_view actor
) {
    const std::int64_t agency = rows::agency_number(db, copy.agency); // may be of this batch
    db.query(insert_copy_sql)
        .bind(copy.token)
        .bind(agency)
        .bind(copy.generation)
        .bind_blob(copy.sealed)
        .run();
    Record record{"key_copy"};
    record.add(copy.token).add(agency).add(copy.generation).add_blob(copy.sealed);
    const std::string fact = std::to_string(copy.token) + " " + std::to_string(agency) + " " +
                             std::to_string(copy.generation) + " " + to_hex(record.digest());
    ledger_.append(db, {0, 0, 0, EventKind::key_granted, at, actor, fact});
}

void SqliteStore::add_token(NewToken token, Completion<TokenId> done) {
    const auto shared = std::make_shared<NewToken>(std::move(token));
    const auto work = [this, shared](Connection& db) -> Result<TokenId> {
        if (!shared->copies.empty() && !fits_keys(db, *shared))
            return overtaken;
        {
            Query q = db.query(insert_token_sql);
            q.bind_blob(shared->hash).bind(std::string_view{shared->label});
            q.bind(std::string_view{shared->agency}).bind(std::string_view{shared->role});
            q.bind_blob(shared->public_key).bind(shared->created_at).run();
        }
        const TokenId id = db.last_row();
        const std::string fact = std::to_string(id) + " " + token_digest(id, *shared);
        ledger_.append(
            db, {0, 0, 0, EventKind::token_made, shared->created_at, shared->made_by, fact}
        );
        for (KeyCopy& copy : shared->copies) {
            copy.token = id;
            grant_copy(db, copy, shared->created_at, shared->made_by);
        }
        return id;
    };
    write<TokenId>(std::move(done), work, [this, shared](TokenId id) {
        const NewToken& t = *shared;
        const std::lock_guard lock{memory_mutex_};
        tokens_[id] = {id, t.label, t.agency, t.role, t.public_key, t.created_at};
        credentials_[t.hash] = std::make_shared<const Credential>(
            Credential{{id, t.label, t.agency, t.role, false}, t.copies}
        );
    });
}

void SqliteStore::revoke_token(Revocation r, Completion<TokenId> done) {
    {
        const std::lock_guard lock{memory_mutex_};
        const auto it = tokens_.find(r.token);
        const bool theirs =
            it != tokens_.end() && (r.agency.empty() || it->second.agency == r.agency);
        if (!theirs)
            return done(Fault{Errc::not_found, "no such token, or it is revoked already"});
    }
    const auto work = [this, r](Connection& db) -> Result<TokenId> {
        db.query(revoke_token_sql).bind(r.at).bind(r.token).run();
        if (db.changes() == 0)
            return Fault{Errc::not_found, "no such token, or it is revoked already"};
        db.query(delete_copies_of_token_sql).bind(r.token).run();
        const std::string fact = std::to_string(r.token);
        ledger_.append(db, {0, 0, 0, EventKind::token_revoked, r.at, r.actor, fact});
        return r.token;
    };
    write<TokenId>(std::move(done), work, [this](TokenId gone) {
        const std::lock_guard lock{memory_mutex_};
        tokens_.erase(gone);
        std::erase_if(credentials_, [&](const auto& entry) {
            return entry.second->actor.token == gone;
        });
    });
}

Result<std::shared_ptr<const Credential>> SqliteStore::find_token(const std::string& hash) const {
    const std::lock_guard lock{memory_mutex_};
    const auto it = credentials_.find(hash);
    if (it == credentials_.end())
        return Fault{Errc::unauthorized, "unknown token"};
    return it->second;
}

std::vector<TokenRow> SqliteStore::tokens() const {
    const std::lock_guard lock{memory_mutex_};
    std::vector<TokenRow> out;
    for (const auto& [id, row] : tokens_)
        out.push_back(row);
    return out;
}

std::vector<AgencyKey> SqliteStore::agency_keys() const {
    const std::lock_guard lock{memory_mutex_};
    return agency_keys_;
}

std::int64_t SqliteStore::agency_of(Connection& db, const std::string& key, UnixMs at) {
    if (const std::int64_t known = rows::agency_number(db, key))
        return known;
    db.query(insert_agency_sql).bind(std::string_view{key}).run();
    const std::int64_t number = db.last_row();
    const std::string fact = std::to_string(number) + " " + key;
    ledger_.append(db, {0, 0, number, EventKind::agency_added, at, "system", fact});
    return number;
}

Result<std::int64_t> SqliteStore::add_key_now(Connection& db, NewAgencyKey& wanted) {
    AgencyKey& key = wanted.key;
    const std::int64_t agency = agency_of(db, key.agency, key.created_at);
    if (agency > static_cast<std::int64_t>(agencies_max))
        return Fault{Errc::conflict, "too many agencies"};
    if (!covers_holders(db, agency, wanted.copies))
        return overtaken;
    {
        Query q = db.query(newest_generation_sql);
        q.bind(agency).step();
        key.generation = q.integer(0) + 1;
    }
    db.query(insert_key_sql)
        .bind(agency)
        .bind(key.generation)
        .bind_blob(key.public_key)
        .bind_blob(key.recovery)
        .bind(key.created_at)
        .run();
    Record record{"agency_key"};
    record.add(agency).add(key.generation).add_blob(key.public_key).add_blob(key.recovery);
    const std::string digest = to_hex(record.add(key.created_at).digest());
    const std::string fact = std::to_string(key.generation) + " " + digest;
    ledger_.append(
        db, {0, 0, agency, EventKind::agency_key_made, key.created_at, wanted.actor, fact}
    );
    for (KeyCopy& copy : wanted.copies) {
        copy.generation = key.generation;
        grant_copy(db, copy, key.created_at, wanted.actor);
    }
    return agency;
}

void SqliteStore::add_agency_key(NewAgencyKey wanted, Completion<AgencyKey> done) {
    struct Added {
        NewAgencyKey wanted;
        std::int64_t agency = 0;
    };
    const auto shared = std::make_shared<Added>(Added{std::move(wanted)});
    const auto work = [this, shared](Connection& db) -> Result<AgencyKey> {
        const Result<std::int64_t> agency = add_key_now(db, shared->wanted);
        if (!agency)
            return agency.error();
        shared->agency = *agency;
        return shared->wanted.key;
    };
    write<AgencyKey>(std::move(done), work, [this, shared](const AgencyKey& key) {
        if (agencies_.number_of(key.agency) == 0)
            agencies_.add(key.agency, shared->agency);
        const std::lock_guard lock{memory_mutex_};
        agency_keys_.push_back(key);
        for (auto& [hash, credential] : credentials_)
            for (const KeyCopy& copy : shared->wanted.copies)
                if (copy.token == credential->actor.token) {
                    auto more = std::make_shared<Credential>(*credential);
                    more->copies.push_back(copy);
                    credential = more;
                }
    });
}

void SqliteStore::epochs_of(
    std::string agency,
    std::int64_t generation,
    std::int64_t after,
    int limit,
    Completion<std::vector<Epoch>> done
) {
    const std::int64_t number = agencies_.number_of(agency);
    const auto work = [agency = std::move(agency), number, generation, after, limit](Connection& db
                      ) {
        Query q = db.query(epochs_sql);
        q.bind(number).bind(generation).bind(after).bind(std::int64_t{limit});
        std::vector<Epoch> out;
        while (q.step())
            out.push_back({q.integer(0), agency, generation, q.text(1)});
        return out;
    };
    read<std::vector<Epoch>>(done, work);
}

void SqliteStore::reseal_epochs(Resealed resealed, Completion<int> done) {
    const auto shared = std::make_shared<const Resealed>(std::move(resealed));
    write<int>(std::move(done), [this, shared](Connection& db) -> Result<int> {
        const std::int64_t agency = agencies_.number_of(shared->agency);
        {
            // Sealed to a key that is gone, an epoch and its complaints would be lost.
            Query q = db.query(key_there_sql);
            if (!q.bind(agency).bind(shared->generation).step())
                return overtaken;
        }
        int resealed = 0;
        for (const Epoch& epoch : shared->epochs) {
            db.query(reseal_sql)
                .bind(shared->generation)
                .bind_blob(epoch.sealed)
                .bind(epoch.id)
                .bind(agency)
                .run();
            if (db.changes() == 0)
                continue; // a newer rotation has it already
            ++resealed;
            Record record{"epoch"};
            record.add(epoch.id).add(agency).add(shared->generation).add_blob(epoch.sealed);
            const std::string fact = std::to_string(epoch.id) + " " + to_hex(record.digest());
            ledger_.append(db, {0, 0, 0, EventKind::epoch_resealed, shared->at, "system", fact});
        }
        return resealed;
    });
}

void SqliteStore::retire_agency_key(RetiredKey key, Completion<std::int64_t> done) {
    const auto work = [this, key](Connection& db) -> Result<std::int64_t> {
        const std::int64_t agency = agencies_.number_of(key.agency);
        {
            Query q = db.query(epochs_sql);
            q.bind(agency).bind(key.generation).bind(std::int64_t{0}).bind(std::int64_t{1});
            if (q.step())
                return Fault{Errc::conflict, "this key still seals epochs"};
        }
        db.query(delete_key_sql).bind(agency).bind(key.generation).run();
        if (db.changes() == 0)
            return key.generation; // another rotation retired it
        db.query(delete_copies_sql).bind(agency).bind(key.generation).run();
        const std::string fact = std::to_string(key.generation);
        ledger_.append(db, {0, 0, agency, EventKind::agency_key_retired, key.at, "system", fact});
        return key.generation;
    };
    write<std::int64_t>(std::move(done), work, [this, key](std::int64_t) {
        const std::lock_guard lock{memory_mutex_};
        std::erase_if(agency_keys_, [&](const AgencyKey& known) {
            return known.agency == key.agency && known.generation == key.generation;
        });
        for (auto& [hash, credential] : credentials_) {
            auto fewer = std::make_shared<Credential>(*credential);
            std::erase_if(fewer->copies, [&](const KeyCopy& copy) {
                return copy.agency == key.agency && copy.generation == key.generation;
            });
            credential = fewer;
        }
    });
}

} // namespace saiduan
