#include "storage/backup/stream.hpp"

#include "storage/vault/seal.hpp"

#include <sodium.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace saiduan {
namespace {

constexpr std::string_view magic{"SDBK\x01", 5};
constexpr std::size_t overhead = crypto_secretstream_xchacha20poly1305_ABYTES;
constexpr std::size_t header_size = crypto_secretstream_xchacha20poly1305_HEADERBYTES;
constexpr std::size_t preamble_size = magic.size() + backup_box_size + header_size;
static_assert(Key::size == crypto_secretstream_xchacha20poly1305_KEYBYTES);
static_assert(backup_box_size == crypto_box_SEALBYTES + Key::size);

const unsigned char* raw(const char* text) {
    return reinterpret_cast<const unsigned char*>(text);
}
unsigned char* raw(char* text) {
    return reinterpret_cast<unsigned char*>(text);
}

Fault altered() {
    return {Errc::malformed, "the backup is damaged: altered, cut off or not all there"};
}

} // namespace

struct SealedWriter::State {
    explicit State(const Descriptor& to) : file(to), plain(backup_chunk) {}
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() { sodium_memzero(&stream, sizeof stream); }

    const Descriptor& file;
    crypto_secretstream_xchacha20poly1305_state stream{};
    SecretText plain; // of the chunk under way
    std::size_t used = 0;
    std::string bound; // the preamble, until the first chunk is bound to it
    std::string sealed = std::string(backup_chunk + overhead, '\0');
};

SealedWriter::SealedWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
SealedWriter::SealedWriter(SealedWriter&&) noexcept = default;
SealedWriter::~SealedWriter() = default;

Result<SealedWriter>
SealedWriter::begin(const Descriptor& file, std::string_view recovery_key, const Key& stream_key) {
    const auto box = seal_to(recovery_key, stream_key.view());
    if (!box)
        return box.error();
    auto state = std::make_unique<State>(file);
    std::string header(header_size, '\0');
    crypto_secretstream_xchacha20poly1305_init_push(
        &state->stream, raw(header.data()), stream_key.data()
    );
    state->bound = std::string{magic} + *box + header;
    if (auto written = write_all(file, state->bound); !written)
        return written.error();
    return SealedWriter{std::move(state)};
}

Result<void> SealedWriter::write(std::string_view bytes) {
    State& s = *state_;
    while (!bytes.empty()) {
        // A full chunk waits until more comes: it may have to be the last.
        if (s.used == backup_chunk)
            if (auto flushed = flush(false); !flushed)
                return flushed;
        const std::size_t take = std::min(bytes.size(), backup_chunk - s.used);
        std::memcpy(s.plain.data() + s.used, bytes.data(), take);
        s.used += take;
        bytes.remove_prefix(take);
    }
    return {};
}

Result<void> SealedWriter::flush(bool last) {
    State& s = *state_;
    crypto_secretstream_xchacha20poly1305_push(
        &s.stream,
        raw(s.sealed.data()),
        nullptr,
        s.plain.bytes(),
        s.used,
        raw(s.bound.data()),
        s.bound.size(),
        last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL
             : crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
    );
    s.bound.clear();
    const std::size_t size = std::exchange(s.used, 0) + overhead;
    return write_all(s.file, std::string_view{s.sealed}.substr(0, size));
}

Result<void> SealedWriter::finish() {
    return flush(true);
}

struct SealedReader::State {
    explicit State(const Descriptor& from) : file(from), plain(backup_chunk) {}
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() { sodium_memzero(&stream, sizeof stream); }

    const Descriptor& file;
    crypto_secretstream_xchacha20poly1305_state stream{};
    SecretText plain;
    std::size_t used = 0, have = 0;
    bool last = false;
    std::string bound;
    std::string sealed = std::string(backup_chunk + overhead, '\0');
};

SealedReader::SealedReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
SealedReader::SealedReader(SealedReader&&) noexcept = default;
SealedReader::~SealedReader() = default;

Result<SealedReader> SealedReader::begin(const Descriptor& file, const Opener& open) {
    auto state = std::make_unique<State>(file);
    state->bound.resize(preamble_size);
    const auto got = read_some(file, state->bound.data(), preamble_size);
    if (!got)
        return got.error();
    const std::string_view preamble = state->bound;
    if (*got != preamble_size || !preamble.starts_with(magic))
        return Fault{Errc::malformed, "this is not a backup of saiduan"};
    const auto key = open(preamble.substr(magic.size(), backup_box_size));
    if (!key)
        return key.error();
    if (crypto_secretstream_xchacha20poly1305_init_pull(
            &state->stream, raw(preamble.data()) + magic.size() + backup_box_size, key->data()
        ) != 0)
        return altered();
    return SealedReader{std::move(state)};
}

Result<void> SealedReader::next_chunk() {
    State& s = *state_;
    if (s.last)
        return altered();
    const auto got = read_some(s.file, s.sealed.data(), s.sealed.size());
    if (!got)
        return got.error();
    unsigned char tag = 0;
    if (*got < overhead || crypto_secretstream_xchacha20poly1305_pull(
                               &s.stream,
                               s.plain.bytes(),
                               nullptr,
                               &tag,
                               raw(s.sealed.data()),
                               *got,
                               raw(s.bound.data()),
                               s.bound.size()
                           ) != 0)
        return altered();
    s.bound.clear();
    s.last = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
    s.used = 0;
    s.have = *got - overhead;
    return {};
}

Result<void> SealedReader::read(char* out, std::size_t size) {
    State& s = *state_;
    while (size > 0) {
        if (s.used == s.have) {
            if (auto next = next_chunk(); !next)
                return next;
            continue;
        }
        const std::size_t take = std::min(size, s.have - s.used);
        std::memcpy(out, s.plain.data() + s.used, take);
        s.used += take;
        out += take;
        size -= take;
    }
    return {};
}

Result<void> SealedReader::finish() {
    State& s = *state_;
    // The last chunk may be an empty one that nothing has asked for yet.
    if (s.used == s.have && !s.last)
        if (auto next = next_chunk(); !next)
            return next;
    char more = 0;
    const auto beyond = read_some(s.file, &more, 1);
    if (!beyond || *beyond != 0 || !s.last || s.used != s.have)
        return altered();
    return {};
}

} // namespace saiduan
