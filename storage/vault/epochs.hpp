// Epoch keys: how a complaint's data key reaches an agency at symmetric cost. Each agency has a
// random key, sealed once to its public key and kept for a minute or 1,000 complaints; data keys
// are wrapped under it. I/O thread only.
#pragma once

#include "config/time.hpp"
#include "storage/vault/seal.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace saiduan {

// What is stored of an epoch. Holds no secret, so it may be shared with the writer's queue.
struct Epoch {
    std::int64_t id = 0;
    std::string agency;
    std::int64_t agency_key = 0; // the generation of the public key it is sealed to
    std::string sealed;          // the epoch's key, as seal_to() left it
};

// An epoch while its key is known. `epoch` is shared because grants outlive it in the writer's
// queue; the key never leaves.
struct LiveEpoch {
    std::shared_ptr<const Epoch> epoch;
    LockedKey key;
    UnixMs since = 0;
    std::uint32_t uses = 0;
};

// One agency's way to one complaint's data key.
struct Grant {
    std::shared_ptr<const Epoch> epoch;
    std::string wrapped;
};

class Epochs {
public:
    static constexpr UnixMs lifetime_ms = 60'000;
    static constexpr std::uint32_t uses_max = 1'000;

    // Epochs are numbered from `first_id`.
    explicit Epochs(std::int64_t first_id) : next_id_(first_id) {}

    // Adds an agency or replaces its public key; a replaced key's epoch is wiped at once. Errors:
    // invalid when `public_key` is none; the agency then keeps what it had.
    Result<void>
    set_agency(std::string_view agency, std::int64_t generation, std::string_view public_key);
    // Wipes its epoch. Unknown agencies are ignored.
    void remove_agency(std::string_view agency);

    // The agency's epoch, made now if there is none or it is used up; nullptr for an unknown
    // agency. Valid until the next call on this object.
    [[nodiscard]] const LiveEpoch* current(std::string_view agency, UnixMs now);

    // Wraps `data_key` for the agency and counts one use. Errors: not_found for an unknown agency.
    [[nodiscard]] Result<Grant>
    grant(std::string_view agency, std::uint64_t complaint, const Key& data_key, UnixMs now);

    // Wipes every epoch past its minute.
    void expire(UnixMs now);

private:
    struct Agency {
        std::int64_t generation;
        std::string public_key;
        std::optional<LiveEpoch> live;
    };
    LiveEpoch* refresh(std::string_view agency, UnixMs now);

    std::int64_t next_id_;
    std::map<std::string, Agency, std::less<>> agencies_;
};

// The other side: the epoch's key from the agency's pair, the data key from the epoch's.
// Errors: invalid, as for open() in seal.hpp.
[[nodiscard]] Result<Key> open_epoch(const KeyPair& agency, std::string_view sealed);
[[nodiscard]] Result<Key> open_grant(
    const Key& epoch_key, std::int64_t epoch_id, std::uint64_t complaint, std::string_view wrapped
);

} // namespace saiduan
