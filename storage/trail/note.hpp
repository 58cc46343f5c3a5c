// Signed notes (c2sp.org/signed-note): a text and the signatures under it, and the witnesses'
// cosignatures (c2sp.org/tlog-cosignature, Ed25519). Pure but for libsodium; any thread.
#pragma once

#include "config/fault.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace saiduan {

inline constexpr std::size_t note_bytes_max = 65'536;
inline constexpr std::size_t note_signatures_max = 64; // the standard wants at least 16

// The byte before the public key: what is signed, and so what a signature means.
enum class SignatureType : unsigned char {
    ed25519 = 0x01,     // the note's text: "I say so"
    cosignature = 0x04, // a time and a checkpoint: "the largest tree I had seen by then"
};

// Not empty, valid UTF-8, none of Unicode's white space, no control character, no '+'.
[[nodiscard]] bool valid_key_name(std::string_view name);

// A public key with its name. A value.
class VerifierKey {
public:
    using Bytes = std::array<unsigned char, 32>;

    // Errc::invalid if the name is not a key name.
    [[nodiscard]] static Result<VerifierKey>
    make(std::string name, SignatureType type, const Bytes& public_key);

    // "<name>+<8 hex digits of the id>+<base64 of type and key>". Errc::malformed if it is not
    // that, if the id is not the key's, or if the type is not a SignatureType.
    [[nodiscard]] static Result<VerifierKey> parse(std::string_view vkey);
    [[nodiscard]] std::string to_vkey() const;

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] SignatureType type() const { return type_; }
    [[nodiscard]] const Bytes& public_key() const { return public_key_; }
    // The first four bytes of SHA-256(name, \n, type, public key), big-endian.
    [[nodiscard]] std::uint32_t id() const { return id_; }

    bool operator==(const VerifierKey&) const = default;

private:
    VerifierKey(std::string name, SignatureType type, const Bytes& public_key);

    std::string name_;
    SignatureType type_;
    Bytes public_key_;
    std::uint32_t id_;
};

// A private key, in memory that is kept out of swap and core dumps where the system allows it and
// wiped at the end. The caller wipes its own copy of the seed.
class NoteSigner {
public:
    // Errc::invalid if the name is not a key name.
    [[nodiscard]] static Result<NoteSigner>
    make(std::string name, SignatureType type, std::span<const unsigned char, 32> seed);

    [[nodiscard]] const VerifierKey& key() const { return key_; }
    // The 64 bytes of an Ed25519 signature (RFC 8032) over `message`.
    [[nodiscard]] std::string sign(std::string_view message) const;

private:
    struct Wipe {
        void operator()(unsigned char* secret) const;
    };
    using Secret = std::unique_ptr<unsigned char[], Wipe>;

    NoteSigner(VerifierKey key, Secret secret) : key_(std::move(key)), secret_(std::move(secret)) {}

    VerifierKey key_;
    Secret secret_;
};

// The note of `text` with one signature. Errc::invalid if the text may not be in a note (it must
// end in \n, be valid UTF-8 and have no control characters but \n) or is too long.
// Asserts a signer of type ed25519.
[[nodiscard]] Result<std::string> sign_note(std::string_view text, const NoteSigner& signer);

// A signature line, with its \n, for add_signature. Only for a checkpoint that the caller has found
// consistent with all it cosigned before; that is what the line says. `unix_s` >= 0. Errc::invalid
// as for sign_note. Asserts a signer of type cosignature.
[[nodiscard]] Result<std::string>
cosign(std::string_view checkpoint_text, const NoteSigner& signer, std::int64_t unix_s);

// The note with `line` (with or without its \n) added as the last signature, unverified.
// Errc::malformed if either is not well-formed or the note would pass its limits, Errc::conflict
// if that key has already signed.
[[nodiscard]] Result<std::string> add_signature(std::string_view note, std::string_view line);

struct NoteSignature {
    std::string name;
    SignatureType type = SignatureType::ed25519;
    std::optional<std::int64_t> signed_at_s; // Unix time, of a cosignature
    bool operator==(const NoteSignature&) const = default;
};

struct Note {
    std::string text;                      // everything here was verified
    std::vector<NoteSignature> signatures; // by known keys, in the note's order, at least one
};

// The text and who signed it. Signatures by keys not in `keys` are ignored. Errc::malformed if the
// note is not well-formed, Errc::invalid if a known key's signature fails or no known key signed:
// then nothing of the note may be used.
[[nodiscard]] Result<Note> open_note(std::string_view note, std::span<const VerifierKey> keys);

} // namespace saiduan
