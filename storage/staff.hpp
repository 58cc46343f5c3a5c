// Credentials, agency keys and the trail's own questions, as the store takes and gives them.
#pragma once

#include "storage/cases.hpp"
#include "storage/trail/merkle.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace saiduan {

// A copy of one agency's private key, sealed to the public key that a credential's secret makes.
struct KeyCopy {
    TokenId token = 0;
    std::string agency;
    std::int64_t generation = 0; // of the agency's key
    std::string sealed;
    bool operator==(const KeyCopy&) const = default;
};

// Whether tokens of this role get copies of their agency's keys. Figures need no content: an
// analyst's token opens nothing.
[[nodiscard]] inline bool opens_content(std::string_view role) {
    return role != "analyst";
}

struct NewToken {
    std::string hash; // 32 bytes, BLAKE2b-256 of the secret
    std::string label, agency, role;
    std::string public_key; // 32 bytes, X25519, made from the secret
    UnixMs created_at = 0;
    std::string made_by;         // actor of the event
    std::vector<KeyCopy> copies; // `token` is filled in by the store
};

struct TokenRow {
    TokenId id = 0;
    std::string label, agency, role, public_key;
    UnixMs created_at = 0;
};

struct Credential {
    Actor actor;
    std::vector<KeyCopy> copies;
};

struct Revocation {
    TokenId token = 0;
    std::string agency; // not empty: only a token of this agency
    std::string actor;
    UnixMs at = 0;
};

struct AgencyKey {
    std::string agency;
    std::int64_t generation = 0; // 1, 2, 3, … of that agency; the highest seals new epochs
    std::string public_key;      // 32 bytes, X25519
    std::string recovery;        // the private key, sealed to the recovery key
    UnixMs created_at = 0;
};

struct NewAgencyKey {
    AgencyKey key; // `generation` is filled in by the store
    std::vector<KeyCopy> copies;
    std::string actor;
};

struct Resealed {
    std::string agency;
    std::int64_t generation = 0; // they are sealed to now
    std::vector<Epoch> epochs;
    UnixMs at = 0;
};

struct RetiredKey {
    std::string agency;
    std::int64_t generation = 0;
    UnixMs at = 0;
};

struct Notice {
    EventKind kind = EventKind::configured;
    std::string actor;
    std::string agency; // key, or empty
    std::string fact;   // never personal
    UnixMs at = 0;
};

// Of a complaint's filed event.
struct ProofParts {
    std::uint64_t index = 0;
    std::string entry;      // the leaf
    std::string salt;       // opens its commitment, with
    std::string event;      // the event's canonical bytes
    std::vector<Hash> path; // in the tree of
    std::string checkpoint; // the signed note
};

} // namespace saiduan
