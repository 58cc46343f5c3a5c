#include "gateway/keys.hpp"

#include "gateway/secret_text.hpp"

#include <algorithm>

namespace saiduan {

Result<std::vector<OpenAgencyKey>>
open_with_recovery(const Store& store, const std::string& agency, const KeyPair& recovery) {
    std::vector<OpenAgencyKey> out;
    for (const AgencyKey& key : store.agency_keys()) {
        if (key.agency != agency)
            continue;
        Result<Key> secret = open_sealed_key(recovery, key.recovery);
        if (!secret)
            return Fault{Errc::invalid, "this is not the recovery key of this data folder"};
        out.push_back({key.generation, KeyPair::from_secret(std::move(*secret))});
    }
    return out;
}

Result<std::vector<OpenAgencyKey>> open_with_credential(
    const Store& store, const std::string& agency, std::string_view secret, const Credential& from
) {
    const KeyPair own = credential_pair(secret);
    std::vector<OpenAgencyKey> out;
    std::optional<Fault> missing;
    for (const AgencyKey& key : store.agency_keys()) {
        if (key.agency != agency)
            continue;
        Result<KeyPair> pair = open_agency_key(own, from.copies, agency, key.generation);
        if (pair)
            out.push_back({key.generation, std::move(*pair)});
        else if (pair.error().code == Errc::forbidden)
            missing = pair.error();
        else
            return pair.error();
    }
    // A credential has copies of all its agency's keys or of none. Of some: a rotation was
    // committed between the two looks.
    if (missing && !out.empty())
        return Fault{Errc::conflict, "the agency's keys are changing just now; ask again"};
    if (missing)
        return *missing;
    return out;
}

Result<MadeAgencyKey> make_agency_key(
    const Store& store, const std::string& agency, const std::string& actor, UnixMs now
) {
    KeyPair pair = KeyPair::random();
    NewAgencyKey row;
    row.actor = actor;
    row.key.agency = agency;
    row.key.public_key = pair.public_key;
    row.key.created_at = now;
    const auto recovery = seal_to(store.recovery_key(), pair.secret.view());
    if (!recovery)
        return Fault{Errc::unavailable, "the data folder has no recovery key; run saiduan init"};
    row.key.recovery = *recovery;
    for (const TokenRow& token : store.tokens()) {
        if (token.agency != agency || !opens_content(token.role))
            continue;
        const auto sealed = seal_to(token.public_key, pair.secret.view());
        if (!sealed)
            return sealed.error();
        row.copies.push_back({token.id, agency, 0, *sealed});
    }
    return MadeAgencyKey{std::move(row), std::move(pair)};
}

std::optional<FieldError> wrong_wish(const TokenWish& wish) {
    constexpr std::size_t label_max = 100;
    if (std::find(std::begin(staff_roles), std::end(staff_roles), wish.role) ==
        std::end(staff_roles))
        return FieldError{
            "/role",
            "choice",
            "must be one of dispatcher, supervisor, analyst, auditor, got \"" + wish.role + "\""
        };
    const bool label_good = !wish.label.empty() && utf8_length(wish.label) <= label_max &&
                            wish.label.find('/') == std::string::npos;
    if (!label_good)
        return FieldError{
            "/label", "format", "must be 1 to 100 characters without a slash: who holds the token"
        };
    return std::nullopt;
}

Result<NewToken> make_token(
    const TokenWish& wish,
    std::string_view secret,
    const std::vector<OpenAgencyKey>& keys,
    UnixMs now
) {
    if (const auto wrong = wrong_wish(wish))
        return Fault{Errc::invalid, "the token cannot be made", {*wrong}};
    NewToken out;
    out.hash = digest(secret);
    out.label = wish.label;
    out.agency = wish.agency;
    out.role = wish.role;
    out.public_key = credential_pair(secret).public_key;
    out.created_at = now;
    out.made_by = wish.made_by;
    if (!opens_content(wish.role))
        return out;
    for (const OpenAgencyKey& key : keys) {
        const auto sealed = seal_to(out.public_key, key.pair.secret.view());
        if (!sealed)
            return sealed.error();
        out.copies.push_back({0, wish.agency, key.generation, *sealed});
    }
    return out;
}

} // namespace saiduan
