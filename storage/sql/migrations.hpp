// The schema as numbered steps, forward only. SQL that every engine understands.
#pragma once

#include <span>
#include <string_view>

namespace saiduan {

struct Migration {
    int version; // 1, 2, 3, …
    std::string_view sql;
};

[[nodiscard]] std::span<const Migration> migrations();

} // namespace saiduan
