// What goes on behind the requests. I/O thread; each ends when the server stops.
#pragma once

#include "gateway/keys.hpp"
#include "gateway/services.hpp"

namespace saiduan {

// Seals every epoch of the older generations to the new one, a batch at a time, then forgets the
// old keys. What a stop interrupts goes on with the next rotation.
[[nodiscard]] Task<void> reseal(Services& services, AgencyKey to, std::vector<OpenAgencyKey> older);

} // namespace saiduan
