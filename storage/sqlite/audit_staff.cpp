// The tables of agencies, keys and credentials against what the events say.
#include "storage/sqlite/audit_parts.hpp"

#include <fmt/format.h>

namespace saiduan::auditing {
namespace {

constexpr const char* vault_sql = "SELECT id, recovery_key FROM vault";
constexpr const char* agencies_sql = "SELECT id, key FROM agencies ORDER BY id";
constexpr const char* agency_keys_sql =
    "SELECT agency, generation, public_key, recovery, created_at FROM agency_keys";
constexpr const char* tokens_sql = "SELECT id, hash, label, agency, role, public_key, created_at,"
                                   " revoked_at FROM tokens ORDER BY id";
constexpr const char* copies_sql = "SELECT token, agency, generation, sealed FROM key_copies";
constexpr const char* epochs_sql = "SELECT id, agency, generation, sealed FROM epochs ORDER BY id";

std::string name_of(std::int64_t key) {
    return std::to_string(key);
}

template <std::size_t N>
std::string name_of(const std::array<std::int64_t, N>& key) {
    std::string out;
    for (const std::int64_t part : key)
        out += (out.empty() ? "" : "/") + std::to_string(part);
    return out;
}

// The digest of a row whose first `columns` columns stand in it in their order.
std::string digest(const char* name, const Query& row, int columns) {
    Record record{name};
    for (int i = 0; i < columns; ++i)
        add_column(record, row, i);
    return to_hex(record.digest());
}

template <std::size_t N>
std::array<std::int64_t, N> key_of(const Query& row) {
    std::array<std::int64_t, N> key{};
    for (std::size_t i = 0; i < N; ++i)
        key.at(i) = row.integer(static_cast<int>(i));
    return key;
}

class Staff {
public:
    explicit Staff(AuditReport& report) : report_(report), findings_(report) {}

    // Takes the fact of a row out of `facts`; what is left there afterwards has no row.
    template <class Facts, class Key>
    void row(const char* table, Facts& facts, const Key& key, const std::string& value) {
        ++report_.rows;
        const auto it = facts.find(key);
        if (it == facts.end())
            return findings_.add(
                fmt::format("{}: row {} was added: no event makes it", table, name_of(key))
            );
        if (it->second.value != value)
            findings_.add(fmt::format(
                "{}: row {} contradicts event {}", table, name_of(key), it->second.event
            ));
        facts.erase(it);
    }

    template <class Facts>
    void rest(const char* table, const Facts& facts) {
        for (const auto& [key, fact] : facts)
            findings_.add(fmt::format(
                "{}: row {} is missing: event {} made it", table, name_of(key), fact.event
            ));
    }

    void vault(Connection& db, std::optional<Fact> fact);
    void tokens(Connection& db, std::map<std::int64_t, Said::Token>& said);

private:
    AuditReport& report_;
    Findings findings_;
};

void Staff::vault(Connection& db, std::optional<Fact> fact) {
    std::map<std::int64_t, Fact> facts;
    if (fact)
        facts.emplace(1, std::move(*fact));
    Query q = db.query(vault_sql);
    while (q.step()) {
        Record record{"vault"};
        row("vault", facts, q.integer(0), to_hex(add_column(record, q, 1).digest()));
    }
    rest("vault", facts);
}

void Staff::tokens(Connection& db, std::map<std::int64_t, Said::Token>& said) {
    std::map<std::int64_t, Fact> made;
    for (const auto& [id, token] : said)
        made.emplace(id, token.made);
    Query q = db.query(tokens_sql);
    while (q.step()) {
        const std::int64_t id = q.integer(0);
        row("tokens", made, id, digest("token", q, 7));
        const auto it = said.find(id);
        const auto revoked_at = q.optional_integer(7);
        if (it == said.end() || it->second.revoked_at == revoked_at)
            continue;
        findings_.add(
            it->second.revoked_at
                ? fmt::format("tokens: row {} contradicts event {}", id, it->second.revoked_by)
                : fmt::format("tokens: row {} is revoked, but no event says so", id)
        );
    }
    rest("tokens", made);
}

} // namespace

void audit_staff(Connection& db, Said& said, AuditReport& report) {
    Staff staff{report};
    staff.vault(db, std::move(said.vault));
    {
        Query q = db.query(agencies_sql);
        while (q.step())
            staff.row("agencies", said.agencies, q.integer(0), q.text(1));
        staff.rest("agencies", said.agencies);
    }
    {
        Query q = db.query(agency_keys_sql);
        while (q.step())
            staff.row("agency_keys", said.agency_keys, key_of<2>(q), digest("agency_key", q, 5));
        staff.rest("agency_keys", said.agency_keys);
    }
    staff.tokens(db, said.tokens);
    {
        Query q = db.query(copies_sql);
        while (q.step())
            staff.row("key_copies", said.key_copies, key_of<3>(q), digest("key_copy", q, 4));
        staff.rest("key_copies", said.key_copies);
    }
    Query q = db.query(epochs_sql);
    while (q.step())
        staff.row("epochs", said.epochs, q.integer(0), digest("epoch", q, 4));
    staff.rest("epochs", said.epochs);
}

} // namespace saiduan::auditing
