#include "storage/sqlite/shred.hpp"

#include <sodium.h>

namespace saiduan::rows {
namespace {

constexpr const char* insert_sql = "INSERT INTO shred_keys (key) VALUES (?)";
constexpr const char* select_sql = "SELECT s.id, s.key FROM complaints p"
                                   " JOIN shred_keys s ON s.id = p.shred WHERE p.id = ?";
constexpr const char* shred_sql = "UPDATE shred_keys SET key = ? WHERE id = ?";
constexpr std::size_t nonce_size = crypto_stream_xchacha20_NONCEBYTES;
static_assert(Key::size == crypto_stream_xchacha20_KEYBYTES);

const unsigned char* raw(std::string_view bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

} // namespace

ShredKey add_shred_key(Connection& db) {
    Key key = Key::random();
    db.query(insert_sql).bind_blob(key.view()).run();
    return {db.last_row(), std::move(key)};
}

ShredKey shred_key_of(Connection& db, ComplaintId complaint) {
    Query q = db.query(select_sql);
    if (!q.bind(complaint).step() || q.text(1).size() != Key::size)
        throw SqliteError(0, "a complaint without its shred key");
    return {q.integer(0), Key::from(q.text(1))};
}

void shred(Connection& db, std::int64_t id) {
    constexpr char zeros[Key::size] = {};
    db.query(shred_sql).bind_blob({zeros, sizeof zeros}).bind(id).run();
}

std::string veil(const Key& shred, std::string_view wrapped) {
    return unveil(shred.view(), wrapped);
}

std::string unveil(std::string_view shred, std::string_view stored) {
    std::string out{stored};
    if (stored.size() <= nonce_size || shred.size() != Key::size)
        return out;
    crypto_stream_xchacha20_xor(
        reinterpret_cast<unsigned char*>(out.data()) + nonce_size,
        raw(stored) + nonce_size,
        stored.size() - nonce_size,
        raw(stored),
        raw(shred)
    );
    return out;
}

} // namespace saiduan::rows
