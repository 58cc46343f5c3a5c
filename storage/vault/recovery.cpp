// The recovery key's printable form (key_file.hpp).
#include "storage/vault/key_file.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace saiduan {

namespace {

constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::string_view prefix = "SRK1";
constexpr std::size_t check_size = 3;
constexpr std::size_t symbols = (Key::size + check_size) * 8 / 5;
static_assert(symbols * 5 == (Key::size + check_size) * 8 && symbols % 4 == 0);
constexpr std::size_t input_max = 400; // bytes; printed, a key takes 74

std::string check_of(const Key& secret) {
    return keyed_hash(secret, "recovery check", {}).substr(0, check_size);
}

// The symbol's value, forgiving what people confuse; -1 when it is none.
int value_of(char c) {
    if (c >= 'a' && c <= 'z')
        c = static_cast<char>(c - 'a' + 'A');
    if (c == 'O')
        return 0;
    if (c == 'I' || c == 'L')
        return 1;
    const auto at = alphabet.find(c);
    return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

bool is_separator(char c) {
    return c == ' ' || c == '-' || c == '\t' || c == '\n' || c == '\r' || c == '.' || c == '_';
}

Fault refused(const char* why) {
    return {Errc::invalid, why};
}

// Regroups `count` symbols of five bits into bytes; `count` times five must be whole bytes.
void to_bytes(const char* values, std::size_t count, char* out) {
    std::uint32_t bits = 0;
    int have = 0;
    for (std::size_t i = 0; i < count; ++i) {
        bits = bits << 5 | static_cast<std::uint32_t>(values[i]);
        have += 5;
        if (have >= 8) {
            have -= 8;
            *out++ = static_cast<char>(bits >> have & 0xff);
        }
    }
}

} // namespace

SecretText recovery_text(const Key& secret) {
    SecretText text(prefix.size() + symbols + symbols / 4);
    char* out = std::copy(prefix.begin(), prefix.end(), text.data());
    std::uint32_t bits = 0;
    int have = 0;
    std::size_t written = 0;
    const std::string check = check_of(secret);
    for (const std::string_view part : {secret.view(), std::string_view(check)}) {
        for (const char c : part) {
            bits = bits << 8 | static_cast<unsigned char>(c);
            for (have += 8; have >= 5; ++written) {
                have -= 5;
                if (written % 4 == 0)
                    *out++ = '-';
                *out++ = alphabet[bits >> have & 31];
            }
        }
    }
    return text;
}

Result<Key> parse_recovery(std::string_view text) {
    if (text.size() > input_max)
        return refused("this is too long to be a recovery key");
    SecretText values(prefix.size() + symbols);
    std::size_t count = 0;
    for (const char c : text) {
        if (is_separator(c))
            continue;
        const int value = value_of(c);
        if (value < 0)
            return refused("a recovery key has only the digits and the letters A to Z without U");
        if (count < values.size())
            values.data()[count] = static_cast<char>(value);
        ++count;
    }
    for (std::size_t i = 0; i < prefix.size(); ++i)
        if (i >= count || values.data()[i] != value_of(prefix[i]))
            return refused("this is not a recovery key: it must begin with SRK1");
    if (count != values.size())
        return refused(
            count < values.size() ? "the recovery key is too short: it has 15 groups of four"
                                  : "the recovery key is too long: it has 15 groups of four"
        );
    SecretText bytes(Key::size + check_size);
    to_bytes(values.data() + prefix.size(), symbols, bytes.data());
    Key secret = Key::from(bytes.view().substr(0, Key::size));
    if (!same_bytes(check_of(secret), bytes.view().substr(Key::size)))
        return refused("a character of the recovery key is mistyped");
    return secret;
}

} // namespace saiduan
