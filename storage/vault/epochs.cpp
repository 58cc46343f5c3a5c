#include "storage/vault/epochs.hpp"

#include <cassert>
#include <utility>

namespace saiduan {

namespace {

Context grant_context(std::int64_t epoch_id, std::uint64_t complaint) {
    return {"cases", "key", complaint, static_cast<std::uint64_t>(epoch_id)};
}

// A clock set back ends an epoch too: nobody can say how old it is.
bool is_stale(const LiveEpoch& live, UnixMs now) {
    return now < live.since || now - live.since >= Epochs::lifetime_ms;
}

} // namespace

Result<void>
Epochs::set_agency(std::string_view agency, std::int64_t generation, std::string_view public_key) {
    // A key that cannot be sealed to is refused here, so that grant() cannot fail on it.
    if (const auto tried = seal_to(public_key, {}); !tried)
        return tried.error();
    Agency next{generation, std::string(public_key), {}};
    const auto found = agencies_.find(agency);
    if (found == agencies_.end())
        agencies_.emplace(agency, std::move(next));
    else if (found->second.generation != generation || found->second.public_key != public_key)
        found->second = std::move(next);
    return {};
}

void Epochs::remove_agency(std::string_view agency) {
    if (const auto found = agencies_.find(agency); found != agencies_.end())
        agencies_.erase(found);
}

LiveEpoch* Epochs::refresh(std::string_view name, UnixMs now) {
    const auto found = agencies_.find(name);
    if (found == agencies_.end())
        return nullptr;
    Agency& agency = found->second;
    if (agency.live && !is_stale(*agency.live, now) && agency.live->uses < uses_max)
        return &*agency.live;
    agency.live.reset(); // wiped before its successor exists
    Key key = Key::random();
    auto sealed = seal_to(agency.public_key, key.view());
    assert(sealed.has_value()); // set_agency() tried
    auto epoch = std::make_shared<const Epoch>(
        Epoch{next_id_++, found->first, agency.generation, std::move(*sealed)}
    );
    agency.live.emplace(LiveEpoch{std::move(epoch), LockedKey(std::move(key)), now, 0});
    return &*agency.live;
}

const LiveEpoch* Epochs::current(std::string_view agency, UnixMs now) {
    return refresh(agency, now);
}

Result<Grant>
Epochs::grant(std::string_view agency, std::uint64_t complaint, const Key& data_key, UnixMs now) {
    LiveEpoch* live = refresh(agency, now);
    if (live == nullptr)
        return Fault{Errc::not_found, "this agency has no key to seal to"};
    ++live->uses;
    return Grant{
        live->epoch, wrap(*live->key, data_key, grant_context(live->epoch->id, complaint))
    };
}

void Epochs::expire(UnixMs now) {
    for (auto& [name, agency] : agencies_)
        if (agency.live && is_stale(*agency.live, now))
            agency.live.reset();
}

Result<Key> open_epoch(const KeyPair& agency, std::string_view sealed) {
    return open_sealed_key(agency, sealed);
}

Result<Key> open_grant(
    const Key& epoch_key, std::int64_t epoch_id, std::uint64_t complaint, std::string_view wrapped
) {
    return unwrap(epoch_key, grant_context(epoch_id, complaint), wrapped);
}

} // namespace saiduan
