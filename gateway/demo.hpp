// Fictional complaints for trying the program out.
#pragma once

#include "gateway/cli/open.hpp"

namespace saiduan {

// Files `count` complaints through the ordinary intake, in seven languages, spread over Thailand
// and the last week; the same every time. Returns how many. Blocks; not for the I/O thread.
[[nodiscard]] Result<int> file_demo_complaints(Everything& all, int count);

} // namespace saiduan
