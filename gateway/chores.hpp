// What the server does unasked: signing the tree, purging, erasing on schedule, hardening receipts,
// noting failed logins. I/O thread; each chore ends when the server stops.
#pragma once

#include "gateway/services.hpp"

namespace saiduan {

void start_chores(Services& services);

} // namespace saiduan
