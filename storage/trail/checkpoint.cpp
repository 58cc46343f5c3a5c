#include "storage/trail/checkpoint.hpp"

#include "storage/trail/codec.hpp"
#include "storage/trail/merkle.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

namespace saiduan {

std::string Checkpoint::text() const {
    assert(valid_key_name(origin) && size <= tree_size_max);
    return fmt::format("{}\n{}\n{}\n", origin, size, to_base64(bytes_of(root)));
}

Result<Checkpoint> Checkpoint::parse(std::string_view text) {
    const auto origin = take_line(text);
    const auto size_line = take_line(text);
    const auto root_line = take_line(text);
    if (!origin || !size_line || !root_line || !text.empty())
        return malformed("a checkpoint has three lines");
    if (!valid_key_name(*origin))
        return malformed("the checkpoint's origin is not the name of a log");
    const auto size = from_decimal(*size_line);
    if (!size)
        return malformed("the checkpoint's size is not a number");
    const auto root = hash_from_base64(*root_line);
    if (!root || (*size == 0 && *root != empty_root()))
        return malformed("the checkpoint's root is not a hash of a tree that size");
    return Checkpoint{std::string{*origin}, *size, *root};
}

Result<SignedCheckpoint> open_checkpoint(std::string_view note, std::span<const VerifierKey> keys) {
    Result<Note> opened = open_note(note, keys);
    if (!opened)
        return opened.error();
    Result<Checkpoint> checkpoint = Checkpoint::parse(opened->text);
    if (!checkpoint)
        return checkpoint.error();
    const auto by_the_log = [&](const NoteSignature& signature) {
        return signature.type == SignatureType::ed25519 && signature.name == checkpoint->origin;
    };
    if (std::none_of(opened->signatures.begin(), opened->signatures.end(), by_the_log))
        return Fault{Errc::invalid, "the log itself did not sign the checkpoint"};
    return SignedCheckpoint{std::move(*checkpoint), std::move(opened->signatures)};
}

} // namespace saiduan
