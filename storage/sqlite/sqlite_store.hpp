// The embedded engine: one SQLite file, one writing thread, a few readers.
#pragma once

#include "storage/store.hpp"

#include <memory>
#include <string>
#include <vector>

namespace saiduan {

struct SqliteConfig {
    std::string path;
    std::size_t queue_max = 10'000; // waiting writes, and waiting reads; more are overloaded
    std::size_t batch_max = 1024;   // writes in one commit
    int readers = 2;
    std::vector<std::string> agencies; // keys; new ones are added, none is ever removed
    bool synchronous = true;           // false only to measure what the fsync costs
};

// Opens or creates, migrates, recovers. Holds a lock on the file: one process at a time.
// Errors: unavailable, saying what is wrong with the file; conflict when another process has it.
[[nodiscard]] Result<std::unique_ptr<Store>> open_sqlite(const SqliteConfig& config);

} // namespace saiduan
