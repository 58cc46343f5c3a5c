// What is inside a backup's sealed stream: a manifest, then its files back to back.
//
// The manifest's length (4 bytes, big-endian, at most 64 KiB) and its JSON: format, created_at,
// origin, events, the last signed tree's size and root, and for every file its name, size and
// SHA-256. One thread at a time.
#pragma once

#include "config/time.hpp"
#include "storage/backup/stream.hpp"
#include "storage/trail/hash.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace saiduan {

// The only names an archive may hold; anything else is refused, so no name can lead elsewhere.
inline constexpr std::string_view archive_names[] = {
    "saiduan.db", "keys/vault.key", "keys/trail.key", "keys/origin", "checkpoint"
};

struct ArchivedFile {
    std::string name;
    std::uint64_t bytes = 0;
    Hash sha256{};
    bool operator==(const ArchivedFile&) const = default;
};

struct Manifest {
    UnixMs created_at = 0;
    std::string origin;       // of the log
    std::uint64_t events = 0; // in the database
    std::uint64_t tree_size = 0;
    Hash tree_root{}; // of the last signed checkpoint; of the empty tree before the first
    std::vector<ArchivedFile> files;
    bool operator==(const Manifest&) const = default;
};

// A file to be archived: `path` to read it from, or else the bytes themselves.
struct ArchiveSource {
    std::string name;
    std::string path;
    SecretText bytes;
};

// Bytes done so far and in all.
using Progress = std::function<void(std::uint64_t done, std::uint64_t all)>;

// Fills in `manifest.files` and writes everything. A source that changes meanwhile is unavailable.
[[nodiscard]] Result<void> write_archive(
    const Descriptor& file,
    std::string_view recovery_key,
    const Key& stream_key,
    Manifest& manifest,
    const std::vector<ArchiveSource>& sources,
    const Progress& progress
);

// Gives every file to `take` piece by piece (an empty piece ends each) and compares its hash with
// the manifest. What was taken is good only when the whole call succeeds. Errors: malformed; as
// SealedReader::begin; what `take` says.
using TakePiece = std::function<Result<void>(const ArchivedFile& file, std::string_view piece)>;
[[nodiscard]] Result<Manifest> read_archive(
    const Descriptor& file,
    const SealedReader::Opener& open,
    const TakePiece& take,
    const Progress& progress
);

} // namespace saiduan
