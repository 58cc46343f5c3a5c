#include "storage/vault/seal.hpp"

#include <sodium.h>

#include <array>
#include <cassert>
#include <cstring>

namespace saiduan {

namespace {

constexpr std::size_t nonce_size = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_size = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::string_view seal_magic{"SDSL\x01", 5};
constexpr std::string_view wrap_magic{"SDWK\x01", 5};
constexpr std::size_t header_size = seal_magic.size() + sizeof(std::uint64_t);
constexpr std::size_t name_max = 64;
static_assert(seal_overhead == header_size + nonce_size + tag_size);
static_assert(wrapped_size == nonce_size + Key::size + tag_size);

const unsigned char* raw(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* raw(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}

Fault cannot_open() {
    return {
        Errc::invalid, "this record cannot be opened: altered, or sealed for another key or place"
    };
}

// The additional data, built without allocating.
class Binding {
public:
    Binding(std::string_view magic, std::uint64_t key_id, const Context& context) {
        put(magic);
        put(key_id);
        for (const std::string_view name : {context.table, context.field}) {
            assert(name.size() <= name_max);
            bytes_[size_++] = static_cast<unsigned char>(name.size());
            put(name);
        }
        put(context.complaint);
        put(context.version);
    }
    [[nodiscard]] const unsigned char* data() const { return bytes_.data(); }
    [[nodiscard]] std::size_t size() const { return size_; }

private:
    void put(std::string_view text) {
        for (const char c : text)
            bytes_[size_++] = static_cast<unsigned char>(c);
    }
    void put(std::uint64_t number) {
        for (int shift = 56; shift >= 0; shift -= 8)
            bytes_[size_++] = static_cast<unsigned char>(number >> shift);
    }

    std::array<unsigned char, header_size + 2 * (1 + name_max) + 16> bytes_; // size_ of it written
    std::size_t size_ = 0;
};

// Writes nonce, ciphertext and tag of `plain` to `out`.
void encrypt(const Key& key, const Binding& bound, std::string_view plain, unsigned char* out) {
    random_bytes(out, nonce_size);
    crypto_aead_xchacha20poly1305_ietf_encrypt(
        out + nonce_size,
        nullptr,
        raw(plain),
        plain.size(),
        bound.data(),
        bound.size(),
        nullptr,
        out,
        key.data()
    );
}

// `body` is nonce, ciphertext and tag; false when they do not belong to the key and the binding.
bool decrypt(const Key& key, const Binding& bound, std::string_view body, unsigned char* out) {
    const std::string_view text = body.substr(nonce_size);
    return crypto_aead_xchacha20poly1305_ietf_decrypt(
               out,
               nullptr,
               nullptr,
               raw(text),
               text.size(),
               bound.data(),
               bound.size(),
               raw(body),
               key.data()
           ) == 0;
}

} // namespace

std::string
seal(const Key& key, std::uint64_t key_id, const Context& context, std::string_view plain) {
    const Binding bound(seal_magic, key_id, context);
    std::string sealed(seal_overhead + plain.size(), '\0');
    std::memcpy(sealed.data(), bound.data(), header_size);
    encrypt(key, bound, plain, raw(sealed) + header_size);
    return sealed;
}

Result<std::uint64_t> sealed_key_id(std::string_view sealed) {
    if (sealed.size() < seal_overhead || !sealed.starts_with(seal_magic))
        return cannot_open();
    std::uint64_t id = 0;
    for (const char c : sealed.substr(seal_magic.size(), sizeof id))
        id = id << 8 | static_cast<unsigned char>(c);
    return id;
}

Result<SecretText> open(const Key& key, const Context& context, std::string_view sealed) {
    const auto key_id = sealed_key_id(sealed);
    if (!key_id)
        return key_id.error();
    SecretText plain(sealed.size() - seal_overhead);
    const Binding bound(seal_magic, *key_id, context);
    if (!decrypt(key, bound, sealed.substr(header_size), plain.bytes()))
        return cannot_open();
    return plain;
}

std::string wrap(const Key& kek, const Key& key, const Context& context) {
    std::string wrapped(wrapped_size, '\0');
    encrypt(kek, Binding(wrap_magic, 0, context), key.view(), raw(wrapped));
    return wrapped;
}

Result<Key> unwrap(const Key& kek, const Context& context, std::string_view wrapped) {
    if (wrapped.size() != wrapped_size)
        return cannot_open();
    bool opened = false;
    Key key = Key::made_by([&](unsigned char* out) {
        opened = decrypt(kek, Binding(wrap_magic, 0, context), wrapped, out);
    });
    if (!opened)
        return cannot_open();
    return key;
}

KeyPair KeyPair::random() {
    return from_seed(Key::random());
}

KeyPair KeyPair::from_seed(const Key& seed) {
    std::string public_key(public_size, '\0');
    Key secret = Key::made_by([&](unsigned char* out) {
        crypto_box_seed_keypair(raw(public_key), out, seed.data());
    });
    return {std::move(public_key), std::move(secret)};
}

KeyPair KeyPair::from_secret(Key secret) {
    std::string public_key(public_size, '\0');
    crypto_scalarmult_base(raw(public_key), secret.data());
    return {std::move(public_key), std::move(secret)};
}

Result<std::string> seal_to(std::string_view public_key, std::string_view bytes) {
    std::string sealed(crypto_box_SEALBYTES + bytes.size(), '\0');
    if (public_key.size() != KeyPair::public_size ||
        crypto_box_seal(raw(sealed), raw(bytes), bytes.size(), raw(public_key)) != 0)
        return Fault{Errc::invalid, "this is not a public key"};
    return sealed;
}

Result<SecretText> open_sealed(const KeyPair& pair, std::string_view bytes) {
    if (bytes.size() < crypto_box_SEALBYTES)
        return cannot_open();
    SecretText plain(bytes.size() - crypto_box_SEALBYTES);
    if (crypto_box_seal_open(
            plain.bytes(), raw(bytes), bytes.size(), raw(pair.public_key), pair.secret.data()
        ) != 0)
        return cannot_open();
    return plain;
}

Result<Key> open_sealed_key(const KeyPair& pair, std::string_view bytes) {
    const auto plain = open_sealed(pair, bytes);
    if (!plain)
        return plain.error();
    if (plain->size() != Key::size)
        return cannot_open();
    return Key::from(plain->view());
}

} // namespace saiduan
