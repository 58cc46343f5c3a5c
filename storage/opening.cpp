#include "storage/opening.hpp"

#include <algorithm>

namespace saiduan {
namespace {

const Fault not_for_you{
    Errc::forbidden, "this credential holds no key of that agency; ask its supervisor for a new one"
};
const Fault broken{Errc::unavailable, "a sealed record cannot be opened; it has been altered"};

} // namespace

KeyPair credential_pair(std::string_view secret) {
    // The secret is 256 random bits: a fast keyed hash makes a seed of it, no slow one is needed.
    const Key none = Key::from(std::string(Key::size, '\0'));
    const std::string seed = keyed_hash(none, "credential", secret);
    return KeyPair::from_seed(Key::from(seed));
}

Result<KeyPair> open_agency_key(
    const KeyPair& credential,
    std::span<const KeyCopy> copies,
    const std::string& agency,
    std::int64_t generation
) {
    const auto copy = std::find_if(copies.begin(), copies.end(), [&](const KeyCopy& c) {
        return c.agency == agency && c.generation == generation;
    });
    if (copy == copies.end())
        return not_for_you;
    Result<Key> secret = open_sealed_key(credential, copy->sealed);
    if (!secret)
        return broken;
    return KeyPair::from_secret(std::move(*secret));
}

Result<Key>
open_data_key(std::string_view secret, std::span<const KeyCopy> copies, const SealedKey& sealed) {
    const Result<KeyPair> agency = open_agency_key(
        credential_pair(secret), copies, sealed.epoch.agency, sealed.epoch.agency_key
    );
    if (!agency)
        return agency.error();
    const Result<Key> epoch = open_epoch(*agency, sealed.epoch.sealed);
    if (!epoch)
        return broken;
    Result<Key> data = open_grant(
        *epoch, sealed.epoch.id, static_cast<std::uint64_t>(sealed.complaint), sealed.wrapped
    );
    if (!data)
        return broken;
    return data;
}

namespace {

Context context(std::string_view table, std::string_view field, ComplaintId complaint) {
    return {table, field, static_cast<std::uint64_t>(complaint), 1};
}

} // namespace

Context complaint_context(ComplaintId complaint) {
    return context("complaints", "sealed", complaint);
}

Context event_context(ComplaintId complaint, EventKind kind) {
    return context("events", word_of(kind, event_kind_words), complaint);
}

Context receipt_context(ComplaintId complaint) {
    return context("complaints", "receipt_key", complaint);
}

Context pending_context(ComplaintId complaint) {
    return context("complaints", "receipt_pending", complaint);
}

} // namespace saiduan
