// The sealed stream of a backup: whoever has the public recovery key can write one, only the
// recovery key opens it, and no byte can be changed, cut off or added unnoticed.
//
// "SDBK", version 1, a sealed box (crypto_box_seal) of a random stream key, the header of
// crypto_secretstream_xchacha20poly1305, then chunks of 64 KiB of plaintext and 17 bytes each; the
// last one, of 0 to 64 KiB, alone has the tag FINAL. The first chunk is bound to all before it.
// One thread at a time.
#pragma once

#include "storage/backup/file.hpp"
#include "storage/vault/secret.hpp"

#include <functional>
#include <memory>

namespace saiduan {

inline constexpr std::size_t backup_chunk = std::size_t{64} * 1024;
inline constexpr std::size_t backup_box_size = 48 + Key::size;

class SealedWriter {
public:
    // `file` outlives the writer. Errors: invalid for a public key that is none; as write_all.
    [[nodiscard]] static Result<SealedWriter>
    begin(const Descriptor& file, std::string_view recovery_key, const Key& stream_key);
    SealedWriter(SealedWriter&&) noexcept;
    SealedWriter& operator=(SealedWriter&&) = delete;
    ~SealedWriter();

    [[nodiscard]] Result<void> write(std::string_view bytes);
    // Writes the last chunk. Nothing may follow.
    [[nodiscard]] Result<void> finish();

private:
    struct State;
    explicit SealedWriter(std::unique_ptr<State> state);
    [[nodiscard]] Result<void> flush(bool last);
    std::unique_ptr<State> state_;
};

class SealedReader {
public:
    // The stream key from its sealed box.
    using Opener = std::function<Result<Key>(std::string_view box)>;

    // `file` outlives the reader. Errors: malformed when it is no backup; what `open` says.
    [[nodiscard]] static Result<SealedReader> begin(const Descriptor& file, const Opener& open);
    SealedReader(SealedReader&&) noexcept;
    SealedReader& operator=(SealedReader&&) = delete;
    ~SealedReader();

    // Exactly `size` bytes. Errors: malformed when the stream was altered or ends before.
    [[nodiscard]] Result<void> read(char* out, std::size_t size);
    // Errors: malformed when anything is left.
    [[nodiscard]] Result<void> finish();

private:
    struct State;
    explicit SealedReader(std::unique_ptr<State> state);
    [[nodiscard]] Result<void> next_chunk();
    std::unique_ptr<State> state_;
};

} // namespace saiduan
