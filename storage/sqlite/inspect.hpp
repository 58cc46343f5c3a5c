// Looking at a database file without opening a store on it: is it whole, and does its trail still
// lead to what was signed? Any thread.
#pragma once

#include "config/fault.hpp"
#include "storage/trail/checkpoint.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>

namespace saiduan {

struct Inspection {
    int schema = 0;           // newest migration it has
    std::string recovery_key; // public half; empty before init or the vault
    std::string note;         // newest signed checkpoint, unverified; empty before the first
    std::uint64_t events = 0; // leaves of the tree
    std::map<std::uint64_t, Hash> roots; // of the sizes asked for that the tree reaches, by size
};

// A state of the live database at `from` as one file at `to`, which must be empty; also while a
// server writes. Never checkpoints. Errors: unavailable.
[[nodiscard]] Result<void> copy_database(
    const std::string& from,
    const std::string& to,
    const std::function<void(std::uint64_t done, std::uint64_t all)>& progress
);

// Checks every page and index of a file nobody writes, and hashes its whole trail anew from the
// events, comparing every stored tile. `sizes` are added to the note's own size. Errors:
// unavailable, saying what is broken.
[[nodiscard]] Result<Inspection>
inspect_database(const std::string& path, std::span<const std::uint64_t> sizes);

// Opens `note` with the log's key and compares it with the tree. Errors: invalid when another key
// signed it, stale when it signs a larger tree than there is, conflict when the tree does not begin
// with the one it signs. Its size must have been asked for.
[[nodiscard]] Result<Checkpoint>
compare(const Inspection& found, std::string_view note, const VerifierKey& key);

// What a note's text says, not verified; nothing when it is no checkpoint.
[[nodiscard]] std::optional<Checkpoint> claimed_by(std::string_view note);

// Forgets the signed checkpoints of a database that gets a new log key. Errors: unavailable.
[[nodiscard]] Result<void> forget_checkpoints(const std::string& path);

} // namespace saiduan
