// From a staff credential to what it may read: secret → its key pair → the agency's private key →
// the epoch's key → the complaint's data key. Pure; a few hundred microseconds for the two
// elliptic-curve steps.
#pragma once

#include "storage/staff.hpp"
#include "storage/vault/seal.hpp"

#include <span>
#include <string_view>

namespace saiduan {

// The key pair that a token's secret makes; its public half stands in the token's row.
[[nodiscard]] KeyPair credential_pair(std::string_view secret);

// One generation of an agency's private key. Errors: forbidden without a copy for this credential.
[[nodiscard]] Result<KeyPair> open_agency_key(
    const KeyPair& credential,
    std::span<const KeyCopy> copies,
    const std::string& agency,
    std::int64_t generation
);

// Errors: forbidden without a copy of the agency's key, unavailable for a broken row.
[[nodiscard]] Result<Key>
open_data_key(std::string_view secret, std::span<const KeyCopy> copies, const SealedKey& sealed);

// What each sealed field is bound to.
[[nodiscard]] Context complaint_context(ComplaintId complaint);
[[nodiscard]] Context event_context(ComplaintId complaint, EventKind kind);
[[nodiscard]] Context receipt_context(ComplaintId complaint);
[[nodiscard]] Context pending_context(ComplaintId complaint);

} // namespace saiduan
