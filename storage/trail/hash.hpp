// SHA-256, the trail's only hash, and what one looks like as bytes. Pure; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <string_view>

namespace saiduan {

inline constexpr std::size_t hash_bytes = 32;
using Hash = std::array<unsigned char, hash_bytes>;

// SHA-256 of the parts one after the other (FIPS 180-4).
[[nodiscard]] Hash sha256(std::initializer_list<std::string_view> parts);

// The 32 bytes; valid as long as `hash` is.
[[nodiscard]] inline std::string_view bytes_of(const Hash& hash) {
    return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}
std::string_view bytes_of(Hash&&) = delete;

// The hash at `index` of concatenated hashes; asserts that it is there.
[[nodiscard]] Hash hash_at(std::string_view hashes, std::size_t index);

} // namespace saiduan
