#include "storage/trail/proof.hpp"

#include "storage/trail/codec.hpp"
#include "storage/trail/merkle.hpp"

#include <cassert>

namespace saiduan {
namespace {

constexpr std::string_view first_line = "c2sp.org/tlog-proof@v1";

} // namespace

std::string TrailProof::text() const {
    assert(extra.size() <= proof_extra_bytes_max && path.size() <= proof_path_max);
    assert(index < tree_size_max && checkpoint.size() <= note_bytes_max);
    std::string out{first_line};
    if (!extra.empty())
        out += "\nextra " + to_base64(extra);
    out += "\nindex " + std::to_string(index) + '\n';
    for (const Hash& hash : path)
        out += to_base64(bytes_of(hash)) + '\n';
    out += '\n';
    out += checkpoint;
    return out;
}

Result<TrailProof> TrailProof::parse(std::string_view text) {
    if (text.size() > proof_bytes_max)
        return malformed("the proof is too long");
    if (take_line(text) != first_line)
        return malformed("this is not a tlog-proof of version 1");
    TrailProof proof;
    auto line = take_line(text);
    if (line && take_prefix(*line, "extra ")) {
        auto extra = from_base64(*line);
        if (!extra || extra->empty() || extra->size() > proof_extra_bytes_max)
            return malformed("the proof's extra data is malformed");
        proof.extra = std::move(*extra);
        line = take_line(text);
    }
    if (!line || !take_prefix(*line, "index "))
        return malformed("the proof lacks its index");
    const auto index = from_decimal(*line);
    if (!index || *index >= tree_size_max)
        return malformed("the proof's index is not a number");
    proof.index = *index;
    for (line = take_line(text); line && !line->empty(); line = take_line(text)) {
        const auto hash = hash_from_base64(*line);
        if (!hash || proof.path.size() == proof_path_max)
            return malformed("the proof's path is malformed");
        proof.path.push_back(*hash);
    }
    if (!line || text.empty() || text.size() > note_bytes_max)
        return malformed("the proof lacks its checkpoint");
    proof.checkpoint = text;
    return proof;
}

Result<SignedCheckpoint>
TrailProof::verify(std::string_view entry, std::span<const VerifierKey> keys) const {
    Result<SignedCheckpoint> opened = open_checkpoint(checkpoint, keys);
    if (!opened)
        return opened.error();
    const Checkpoint& tree = opened->checkpoint;
    if (!verify_inclusion(index, tree.size, leaf_hash(entry), path, tree.root))
        return Fault{Errc::invalid, "the entry is not where the proof says"};
    return opened;
}

} // namespace saiduan
