#include "storage/trail/note.hpp"

#include "storage/trail/codec.hpp"

#include <fmt/format.h>
#include <sodium.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cassert>
#include <new>
#include <stdexcept>

namespace saiduan {
namespace {

constexpr std::string_view line_start = "\xE2\x80\x94 "; // em dash, space
constexpr std::size_t id_bytes = 4;
constexpr std::size_t time_bytes = 8;

void require_sodium() {
    if (sodium_init() < 0)
        throw std::runtime_error("libsodium does not start");
}

const unsigned char* raw(std::string_view bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

// Calls `allowed` with every character; false if one is not, or the text is not valid UTF-8.
template <class Allowed>
bool all_characters(std::string_view text, Allowed allowed) {
    assert(text.size() <= note_bytes_max);
    const auto length = static_cast<std::int32_t>(text.size());
    for (std::int32_t i = 0; i < length;) {
        UChar32 c = 0;
        U8_NEXT(text.data(), i, length, c);
        if (c < 0 || !allowed(c))
            return false;
    }
    return true;
}

bool valid_characters(std::string_view note) {
    return all_characters(note, [](UChar32 c) { return c >= 0x20 || c == '\n'; });
}

// A well-formed signature line; views into the note.
struct SignatureLine {
    std::string_view name;
    std::uint32_t id = 0;
    std::string signature;
};

std::optional<SignatureLine> parse_signature_line(std::string_view line) {
    if (!take_prefix(line, line_start))
        return std::nullopt;
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos || !valid_key_name(line.substr(0, space)))
        return std::nullopt;
    const auto blob = from_base64(line.substr(space + 1));
    if (!blob || blob->size() <= id_bytes)
        return std::nullopt;
    const std::string_view bytes = *blob;
    return SignatureLine{
        line.substr(0, space),
        static_cast<std::uint32_t>(from_big_endian(bytes.substr(0, id_bytes))),
        std::string{bytes.substr(id_bytes)}
    };
}

std::string signature_line(const VerifierKey& key, std::string_view signature) {
    std::string blob;
    put_big_endian(blob, key.id(), id_bytes);
    blob += signature;
    return fmt::format("{}{} {}\n", line_start, key.name(), to_base64(blob));
}

// A well-formed note, nothing of it verified.
struct UnverifiedNote {
    std::string_view text;
    std::vector<SignatureLine> signatures;
};

Result<UnverifiedNote> split_note(std::string_view note) {
    if (note.size() > note_bytes_max)
        return malformed("the note is too long");
    if (!valid_characters(note))
        return malformed("the note is not plain UTF-8 text");
    const std::size_t blank = note.rfind("\n\n"); // the text may have empty lines of its own
    if (blank == std::string_view::npos)
        return malformed("the note has no signatures");
    UnverifiedNote out{note.substr(0, blank + 1), {}};
    std::string_view rest = note.substr(blank + 2);
    while (!rest.empty()) {
        const auto line = take_line(rest);
        auto signature = line ? parse_signature_line(*line) : std::nullopt;
        if (!signature)
            return malformed("the note has a malformed signature line");
        if (out.signatures.size() == note_signatures_max)
            return malformed("the note has too many signatures");
        out.signatures.push_back(std::move(*signature));
    }
    if (out.signatures.empty())
        return malformed("the note has no signatures");
    return out;
}

std::optional<Fault> check_text(std::string_view text) {
    if (text.size() > note_bytes_max)
        return Fault{Errc::invalid, "the text is too long for a note"};
    if (!text.ends_with('\n') || !valid_characters(text))
        return Fault{Errc::invalid, "the text of a note is lines of plain UTF-8"};
    return std::nullopt;
}

// What a cosigner signs: the time, then the whole text of the checkpoint.
std::string cosigned_message(std::uint64_t unix_s, std::string_view text) {
    return fmt::format("cosignature/v1\ntime {}\n{}", unix_s, text);
}

// What the line says if it is the key's signature of the text.
std::optional<NoteSignature>
verify(const SignatureLine& line, std::string_view text, const VerifierKey& key) {
    NoteSignature out{key.name(), key.type(), {}};
    std::string_view signature = line.signature;
    std::string message;
    if (key.type() == SignatureType::cosignature) {
        if (signature.size() != time_bytes + crypto_sign_BYTES || (signature.front() & 0x80) != 0)
            return std::nullopt; // a time above 2^63 - 1 is none
        const std::uint64_t unix_s = from_big_endian(signature.substr(0, time_bytes));
        signature.remove_prefix(time_bytes);
        out.signed_at_s = static_cast<std::int64_t>(unix_s);
        message = cosigned_message(unix_s, text);
        text = message;
    }
    if (signature.size() != crypto_sign_BYTES)
        return std::nullopt;
    require_sodium();
    const bool valid = crypto_sign_verify_detached(
                           raw(signature), raw(text), text.size(), key.public_key().data()
                       ) == 0;
    return valid ? std::optional{std::move(out)} : std::nullopt;
}

} // namespace

bool valid_key_name(std::string_view name) {
    if (name.empty() || name.size() > note_bytes_max)
        return false;
    return all_characters(name, [](UChar32 c) {
        return c >= 0x20 && c != '+' && !u_isUWhiteSpace(c);
    });
}

VerifierKey::VerifierKey(std::string name, SignatureType type, const Bytes& public_key)
    : name_(std::move(name)), type_(type), public_key_(public_key) {
    const char type_byte = static_cast<char>(type);
    const Hash hash = sha256({name_, "\n", {&type_byte, 1}, bytes_of(public_key_)});
    id_ = static_cast<std::uint32_t>(from_big_endian(bytes_of(hash).substr(0, id_bytes)));
}

Result<VerifierKey>
VerifierKey::make(std::string name, SignatureType type, const Bytes& public_key) {
    if (!valid_key_name(name))
        return Fault{Errc::invalid, "a key's name has no white space and no plus sign"};
    return VerifierKey(std::move(name), type, public_key);
}

Result<VerifierKey> VerifierKey::parse(std::string_view vkey) {
    // Base64 may contain a plus sign, the name and the id may not.
    const std::size_t first = vkey.find('+');
    const std::size_t second = first == std::string_view::npos ? first : vkey.find('+', first + 1);
    if (vkey.size() > note_bytes_max || second == std::string_view::npos)
        return malformed("a verifier key is <name>+<id>+<key>");
    const auto blob = from_base64(vkey.substr(second + 1));
    if (!blob || blob->size() != 1 + Bytes{}.size())
        return malformed("the verifier key is not an Ed25519 key");
    const auto type = static_cast<SignatureType>(blob->front());
    if (type != SignatureType::ed25519 && type != SignatureType::cosignature)
        return malformed("the verifier key has a type we do not verify");
    Bytes public_key;
    std::copy(blob->begin() + 1, blob->end(), public_key.begin());
    Result<VerifierKey> key = make(std::string{vkey.substr(0, first)}, type, public_key);
    // The id is a checksum here; comparing the whole also pins its spelling.
    if (!key || key->to_vkey() != vkey)
        return malformed("the verifier key's id does not fit its name and key");
    return key;
}

std::string VerifierKey::to_vkey() const {
    std::string blob(1, static_cast<char>(type_));
    blob += bytes_of(public_key_);
    return fmt::format("{}+{:08x}+{}", name_, id_, to_base64(blob));
}

void NoteSigner::Wipe::operator()(unsigned char* secret) const {
    sodium_free(secret); // wipes it first
}

Result<NoteSigner>
NoteSigner::make(std::string name, SignatureType type, std::span<const unsigned char, 32> seed) {
    static_assert(crypto_sign_SEEDBYTES == 32 && crypto_sign_PUBLICKEYBYTES == 32);
    require_sodium();
    Secret secret(static_cast<unsigned char*>(sodium_malloc(crypto_sign_SECRETKEYBYTES)));
    if (!secret)
        throw std::bad_alloc();
    VerifierKey::Bytes public_key;
    crypto_sign_seed_keypair(public_key.data(), secret.get(), seed.data());
    Result<VerifierKey> key = VerifierKey::make(std::move(name), type, public_key);
    if (!key)
        return key.error();
    return NoteSigner(std::move(*key), std::move(secret));
}

std::string NoteSigner::sign(std::string_view message) const {
    std::array<unsigned char, crypto_sign_BYTES> out;
    crypto_sign_detached(out.data(), nullptr, raw(message), message.size(), secret_.get());
    return {out.begin(), out.end()};
}

Result<std::string> sign_note(std::string_view text, const NoteSigner& signer) {
    assert(signer.key().type() == SignatureType::ed25519);
    if (const auto fault = check_text(text))
        return *fault;
    std::string note{text};
    note += '\n';
    note += signature_line(signer.key(), signer.sign(text));
    if (note.size() > note_bytes_max)
        return Fault{Errc::invalid, "the text is too long for a note"};
    return note;
}

Result<std::string>
cosign(std::string_view checkpoint_text, const NoteSigner& signer, std::int64_t unix_s) {
    assert(signer.key().type() == SignatureType::cosignature && unix_s >= 0);
    if (const auto fault = check_text(checkpoint_text))
        return *fault;
    const auto time = static_cast<std::uint64_t>(unix_s);
    std::string signature;
    put_big_endian(signature, time, time_bytes);
    signature += signer.sign(cosigned_message(time, checkpoint_text));
    return signature_line(signer.key(), signature);
}

Result<std::string> add_signature(std::string_view note, std::string_view line) {
    const Result<UnverifiedNote> old = split_note(note);
    if (!old)
        return old.error();
    if (line.ends_with('\n'))
        line.remove_suffix(1);
    if (line.size() > note_bytes_max || !valid_characters(line))
        return malformed("the signature line is not plain UTF-8 text");
    const auto added = parse_signature_line(line);
    if (!added)
        return malformed("the signature line is malformed");
    for (const SignatureLine& present : old->signatures)
        if (present.name == added->name && present.id == added->id)
            return Fault{Errc::conflict, "that key has already signed the note"};
    const std::size_t size = note.size() + line.size() + 1;
    if (size > note_bytes_max || old->signatures.size() == note_signatures_max)
        return malformed("the note has no room for another signature");
    std::string out{note};
    out += line;
    out += '\n';
    return out;
}

Result<Note> open_note(std::string_view note, std::span<const VerifierKey> keys) {
    const Result<UnverifiedNote> unverified = split_note(note);
    if (!unverified)
        return unverified.error();
    Note out;
    std::vector<const VerifierKey*> seen;
    for (const SignatureLine& line : unverified->signatures) {
        const auto key = std::find_if(keys.begin(), keys.end(), [&](const VerifierKey& k) {
            return k.name() == line.name && k.id() == line.id;
        });
        if (key == keys.end())
            continue;
        auto signature = verify(line, unverified->text, *key);
        if (!signature)
            return Fault{Errc::invalid, "a signature of the note does not verify"};
        if (std::find(seen.begin(), seen.end(), &*key) != seen.end())
            continue; // one key counts once, however often it signed
        seen.push_back(&*key);
        out.signatures.push_back(std::move(*signature));
    }
    if (out.signatures.empty())
        return Fault{Errc::invalid, "no known key signed the note"};
    out.text = unverified->text;
    return out;
}

} // namespace saiduan
