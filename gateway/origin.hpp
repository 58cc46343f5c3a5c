// The name of the log, which its key signs with.
#pragma once

#include <string>

namespace saiduan {

// What the file `origin` in the folder of the keys says, else `configured`: a log that was rolled
// back has another name than the one whose later events it lost.
[[nodiscard]] std::string
origin_of(const std::string& keys_directory, const std::string& configured);

} // namespace saiduan
