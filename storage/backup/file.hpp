// Files that must be whole or absent: private, written through, and published by one rename.
// Any thread.
#pragma once

#include "config/fault.hpp"

#include <string>
#include <string_view>

namespace saiduan {

// An open file; closed with the object.
class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    Descriptor(Descriptor&& other) noexcept;
    Descriptor& operator=(Descriptor&& other) noexcept;
    ~Descriptor();

    [[nodiscard]] int get() const { return descriptor_; }

private:
    int descriptor_ = -1;
};

// A new file of mode 0600. Errors: conflict when something is there, unavailable.
[[nodiscard]] Result<Descriptor> create_private(const std::string& path);
// Errors: not_found, unavailable; invalid when it is not a regular file.
[[nodiscard]] Result<Descriptor> open_regular(const std::string& path);

// All of `bytes`, or unavailable with the system's reason (a full disk).
[[nodiscard]] Result<void> write_all(const Descriptor& file, std::string_view bytes);
// Up to `size` bytes; fewer only at the end of the file.
[[nodiscard]] Result<std::size_t> read_some(const Descriptor& file, char* out, std::size_t size);
[[nodiscard]] Result<void> sync(const Descriptor& file);

// Creates `path` with mode 0600 and these bytes, on the disk. Errors: as create_private.
[[nodiscard]] Result<void> write_private(const std::string& path, std::string_view bytes);

// Renames a file or folder, never replacing anything, and syncs the folder. Errors: conflict when
// something is at `to`, unavailable.
[[nodiscard]] Result<void> publish(const std::string& from, const std::string& to);
[[nodiscard]] Result<void> sync_folder_of(const std::string& path);

// An empty file of mode 0600 for one process at a time; one left behind by a process that died is
// used again. Errors: conflict when another process has it, invalid when something else is there,
// unavailable.
[[nodiscard]] Result<Descriptor> claim_scratch(const std::string& path);

// The first `max` bytes of a file; empty when there is none.
[[nodiscard]] std::string small_file(const std::string& path, std::size_t max);

} // namespace saiduan
