// Digests of rows, as events name them: what stands in a table can then be held against the trail.
// Pure. The encoding is in AUDIT_FORMAT.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace saiduan {

// SHA-256 over 0x03, the record's name and its values in order, each with its type and length, so
// that no two rows share an encoding.
class Record {
public:
    explicit Record(std::string_view name);
    Record& add(std::int64_t value);
    Record& add(std::string_view text);
    Record& add_blob(std::string_view bytes);
    Record& add_null();
    // 32 bytes.
    [[nodiscard]] std::string digest() const;

private:
    void put(char type, std::string_view bytes);
    std::string bytes_;
};

[[nodiscard]] std::string to_hex(std::string_view bytes);

} // namespace saiduan
