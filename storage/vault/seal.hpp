// Sealing: records under a data key, keys under keys, small secrets to a public key. The first two
// are symmetric (about a microsecond); the public-key box costs 65 and stays off the intake path.
// Pure and thread-safe.
#pragma once

#include "config/fault.hpp"
#include "storage/vault/secret.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace saiduan {

// Where a sealed thing belongs; it opens nowhere else. Names are our own, at most 64 bytes.
struct Context {
    std::string_view table;
    std::string_view field;
    std::uint64_t complaint = 0;
    std::uint64_t version = 0;
};

// A sealed record: "SDSL", version 1, key id (8, big-endian), nonce (24), ciphertext, tag (16).
// XChaCha20-Poly1305-IETF; the additional data is the first 13 bytes and the context, its names
// prefixed with their lengths. Random nonces of 24 bytes need no counter.
inline constexpr std::size_t seal_overhead = 4 + 1 + 8 + 24 + 16;
[[nodiscard]] std::string
seal(const Key& key, std::uint64_t key_id, const Context& context, std::string_view plain);

// Errors: invalid, when it is no sealed record, was altered, or belongs to another key or context.
[[nodiscard]] Result<SecretText>
open(const Key& key, const Context& context, std::string_view sealed);

// Which key sealed it, as the unauthenticated header says; open() decides whether that is true.
[[nodiscard]] Result<std::uint64_t> sealed_key_id(std::string_view sealed);

// One key under another: nonce (24), ciphertext (32), tag (16), bound to the context as above.
inline constexpr std::size_t wrapped_size = 24 + Key::size + 16;
[[nodiscard]] std::string wrap(const Key& kek, const Key& key, const Context& context);
[[nodiscard]] Result<Key> unwrap(const Key& kek, const Context& context, std::string_view wrapped);

// X25519. A credential's pair comes from its token's secret, an agency's from chance.
struct KeyPair {
    static constexpr std::size_t public_size = 32;

    std::string public_key;
    Key secret;

    [[nodiscard]] static KeyPair random();
    [[nodiscard]] static KeyPair from_seed(const Key& seed);
    [[nodiscard]] static KeyPair from_secret(Key secret); // as a recovery key gives it back
};

// libsodium's sealed box (48 bytes more than `bytes`): anyone can seal, only the pair opens.
// Errors: invalid, when `public_key` is not 32 bytes or is a point of low order.
[[nodiscard]] Result<std::string> seal_to(std::string_view public_key, std::string_view bytes);
[[nodiscard]] Result<SecretText> open_sealed(const KeyPair& pair, std::string_view bytes);
// The same for a box that must hold one key.
[[nodiscard]] Result<Key> open_sealed_key(const KeyPair& pair, std::string_view bytes);

} // namespace saiduan
