#include "gateway/origin.hpp"

#include "storage/backup/file.hpp"

namespace saiduan {

std::string origin_of(const std::string& keys_directory, const std::string& configured) {
    constexpr std::size_t origin_bytes_max = 1024;
    std::string own = small_file(keys_directory + "/origin", origin_bytes_max);
    if (!own.empty() && own.back() == '\n')
        own.pop_back();
    return own.empty() ? configured : own;
}

} // namespace saiduan
