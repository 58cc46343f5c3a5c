// A checkpoint (c2sp.org/tlog-checkpoint): one hash that stands for the whole trail up to a size.
// Pure; any thread.
#pragma once

#include "storage/trail/hash.hpp"
#include "storage/trail/note.hpp"

namespace saiduan {

struct Checkpoint {
    std::string origin; // which log; also the name of the key that signs it
    std::uint64_t size = 0;
    Hash root{};

    bool operator==(const Checkpoint&) const = default;

    // The text to sign: origin, size and base64 of the root, a line each.
    // Asserts valid_key_name(origin).
    [[nodiscard]] std::string text() const;

    // Accepts what text() writes and nothing else; Errc::malformed otherwise. Extension lines are
    // refused: we write none, and nobody can audit them. So is an empty tree whose root is not
    // empty_root().
    [[nodiscard]] static Result<Checkpoint> parse(std::string_view text);
};

struct SignedCheckpoint {
    Checkpoint checkpoint;
    std::vector<NoteSignature> signatures; // verified, in the order of the note
};

// Opens the note (see open_note, whose faults it passes on), reads the checkpoint from its verified
// text and insists that the log itself signed: a known key of type ed25519 with the origin as its
// name. Errc::invalid if it did not; witnesses alone do not make a checkpoint.
[[nodiscard]] Result<SignedCheckpoint>
open_checkpoint(std::string_view note, std::span<const VerifierKey> keys);

} // namespace saiduan
