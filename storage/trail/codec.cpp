#include "storage/trail/codec.hpp"

#include <sodium.h>

#include <cassert>
#include <charconv>
#include <limits>

namespace saiduan {

std::string to_base64(std::string_view bytes) {
    constexpr int variant = sodium_base64_VARIANT_ORIGINAL;
    std::string out(sodium_base64_encoded_len(bytes.size(), variant), '\0');
    sodium_bin2base64(
        out.data(),
        out.size(),
        reinterpret_cast<const unsigned char*>(bytes.data()),
        bytes.size(),
        variant
    );
    out.pop_back(); // libsodium counts the terminating zero
    return out;
}

std::optional<std::string> from_base64(std::string_view text) {
    std::string out(text.size() / 4 * 3, '\0');
    std::size_t length = 0;
    const int failed = sodium_base642bin(
        reinterpret_cast<unsigned char*>(out.data()),
        out.size(),
        text.data(),
        text.size(),
        nullptr, // ignore no characters
        &length,
        nullptr, // and accept no trailing ones
        sodium_base64_VARIANT_ORIGINAL
    );
    if (failed)
        return std::nullopt;
    out.resize(length);
    // libsodium 1.0.18 takes some bytes above 127 for letters; only the spelling we write counts.
    if (to_base64(out) != text)
        return std::nullopt;
    return out;
}

std::optional<Hash> hash_from_base64(std::string_view text) {
    const std::optional<std::string> bytes = from_base64(text);
    if (!bytes || bytes->size() != hash_bytes)
        return std::nullopt;
    return hash_at(*bytes, 0);
}

std::optional<std::uint64_t> from_decimal(std::string_view text) {
    if (text.empty() || (text.size() > 1 && text.front() == '0'))
        return std::nullopt;
    std::uint64_t value = 0;
    const char* const begin = text.data();
    const char* const end = begin + text.size();
    const auto [stop, error] = std::from_chars(begin, end, value);
    if (error != std::errc{} || stop != end || value > std::numeric_limits<std::int64_t>::max())
        return std::nullopt;
    return value;
}

std::optional<std::string_view> take_line(std::string_view& rest) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos)
        return std::nullopt;
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    return line;
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix))
        return false;
    text.remove_prefix(prefix.size());
    return true;
}

void put_big_endian(std::string& out, std::uint64_t value, unsigned width) {
    assert(width >= 1 && width <= 8 && (width == 8 || value >> (8 * width) == 0));
    for (unsigned byte = width; byte-- > 0;)
        out.push_back(static_cast<char>(value >> (8 * byte) & 0xff));
}

std::uint64_t from_big_endian(std::string_view bytes) {
    assert(bytes.size() <= 8);
    std::uint64_t value = 0;
    for (const char byte : bytes)
        value = value << 8 | static_cast<unsigned char>(byte);
    return value;
}

} // namespace saiduan
