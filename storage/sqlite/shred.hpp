// What makes an erasure final. SQLite zeroes what is deleted, but a row that moves to another page
// leaves its old bytes in the gap of the first. So every copy of a complaint's data key is stored
// veiled, under a key whose own row never moves: rows of shred_keys are appended, all of one size,
// and overwritten where they stand. Without it no copy, stale or not, opens anything.
#pragma once

#include "config/time.hpp"
#include "storage/cases.hpp"
#include "storage/sqlite/connection.hpp"
#include "storage/vault/secret.hpp"

#include <string>
#include <string_view>

namespace saiduan::rows {

struct ShredKey {
    std::int64_t id = 0; // row of shred_keys
    Key key;
};

// A new one at the table's end. Writer only.
[[nodiscard]] ShredKey add_shred_key(Connection& db);
// Throws SqliteError when the complaint, its row or its size is wrong.
[[nodiscard]] ShredKey shred_key_of(Connection& db, ComplaintId complaint);
// Overwrites it with zeros. Writer only.
void shred(Connection& db, std::int64_t id);

// A wrapped key (seal.hpp) with all but its nonce enciphered: XChaCha20 under the shred key and
// that nonce. Its own inverse. What is too short to be a wrapped key stays as it is, and opens
// nothing.
[[nodiscard]] std::string veil(const Key& shred, std::string_view wrapped);
// The same with the key as a row has it; a key of another size unveils nothing.
[[nodiscard]] std::string unveil(std::string_view shred, std::string_view stored);

} // namespace saiduan::rows
