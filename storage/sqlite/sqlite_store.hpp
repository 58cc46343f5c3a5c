// The embedded engine: one SQLite file, one writing thread, a few readers.
#pragma once

#include "storage/store.hpp"
#include "storage/trail/note.hpp"

#include <memory>
#include <string>

namespace saiduan {

struct SqliteConfig {
    std::string path;
    std::size_t queue_max = 10'000; // waiting writes, and waiting reads; more are overloaded
    std::size_t batch_max = 1024;   // writes in one commit
    int readers = 2;
    const NoteSigner* signer = nullptr; // of the trail; outlives the store
    // Where the last signed checkpoint is kept beside the database, so that a database put back to
    // an older state is noticed. Empty: nowhere.
    std::string checkpoint_file;
    bool synchronous = true; // false only to measure what the fsync costs
};

// Opens or creates, migrates, recovers. Holds a lock on the file: one process at a time.
// Errors: unavailable, saying what is wrong with the file; conflict when another process has it, or
// when what it holds is from before the vault and waits for `saiduan upgrade`.
[[nodiscard]] Result<std::unique_ptr<Store>> open_sqlite(const SqliteConfig& config);

// Whether a process holds the lock on this database now.
[[nodiscard]] bool in_use(const std::string& path);

} // namespace saiduan
