// A receipt's proof that its entry is in the trail (c2sp.org/tlog-proof@v1): all that is needed to
// check it, offline and without trusting us, but the keys. Pure; any thread.
#pragma once

#include "storage/trail/checkpoint.hpp"

namespace saiduan {

inline constexpr std::size_t proof_extra_bytes_max = 16'384;
inline constexpr std::size_t proof_path_max = 63; // no path in a tree of tree_size_max is longer
inline constexpr std::size_t proof_bytes_max = 98'304;

struct TrailProof {
    std::string extra; // bytes for the reader, not authenticated; empty: no such line
    std::uint64_t index = 0;
    std::vector<Hash> path; // inclusion_proof(index, size of the checkpoint)
    std::string checkpoint; // the signed note, verbatim and unverified

    bool operator==(const TrailProof&) const = default;

    // Asserts the limits above and note_bytes_max.
    [[nodiscard]] std::string text() const;

    // Accepts what text() writes and nothing else, but does not look into the checkpoint;
    // Errc::malformed otherwise.
    [[nodiscard]] static Result<TrailProof> parse(std::string_view text);

    // The checkpoint, if it is signed by the log (see open_checkpoint, whose faults it passes on)
    // and `entry` is entry `index` below its root; Errc::invalid if it is not. Which witnesses it
    // takes is the caller's policy.
    [[nodiscard]] Result<SignedCheckpoint>
    verify(std::string_view entry, std::span<const VerifierKey> keys) const;
};

} // namespace saiduan
