// Making and handing on keys: agencies' pairs, and the copies that credentials open them with.
// Elliptic-curve work of a fraction of a millisecond each; no thread of its own.
#pragma once

#include "storage/opening.hpp"
#include "storage/store.hpp"

#include <string>
#include <utility>
#include <vector>

namespace saiduan {

// One generation of an agency's key, opened.
struct OpenAgencyKey {
    std::int64_t generation = 0;
    KeyPair pair;
};

// Every generation of an agency's key, through the recovery key or through a credential.
// Errors: invalid, when the key given is not the one they are sealed to; with a credential
// forbidden, when it has no copies, and conflict, when a rotation was committed meanwhile.
[[nodiscard]] Result<std::vector<OpenAgencyKey>>
open_with_recovery(const Store& store, const std::string& agency, const KeyPair& recovery);
[[nodiscard]] Result<std::vector<OpenAgencyKey>> open_with_credential(
    const Store& store, const std::string& agency, std::string_view secret, const Credential& from
);

// A new pair for an agency: its first, or the next generation. The private half is sealed to the
// recovery key and to every live credential of the agency; `opened` keeps it for the caller.
struct MadeAgencyKey {
    NewAgencyKey row;
    KeyPair pair;
};
[[nodiscard]] Result<MadeAgencyKey> make_agency_key(
    const Store& store, const std::string& agency, const std::string& actor, UnixMs now
);

// A token and its copies of the agency's keys. `secret` is returned to the holder, once.
struct TokenWish {
    std::string agency, role, label, made_by;
};
[[nodiscard]] Result<NewToken> make_token(
    const TokenWish& wish,
    std::string_view secret,
    const std::vector<OpenAgencyKey>& keys,
    UnixMs now
);

inline constexpr std::string_view staff_roles[] = {
    "dispatcher", "supervisor", "analyst", "auditor"
};
// Nothing when role and label will do.
[[nodiscard]] std::optional<FieldError> wrong_wish(const TokenWish& wish);

} // namespace saiduan
