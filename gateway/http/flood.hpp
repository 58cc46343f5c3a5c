// Accept and demote: counts complaints per network without keeping an address. I/O thread only.
#pragma once

#include "config/time.hpp"

#include <array>
#include <cstdint>
#include <string_view>
#include <unordered_map>

namespace saiduan {

// A network (IPv4 /32, IPv6 /64) becomes a SipHash under a random key that lives in memory only
// and is replaced every rotation_ms, so that a label says nothing tomorrow.
class Flood {
public:
    static constexpr UnixMs rotation_ms = 6LL * 3'600'000;
    static constexpr UnixMs window_ms = 60'000;
    static constexpr std::size_t labels_max = 100'000; // beyond: the window starts anew

    explicit Flood(int complaints_per_minute);

    // `address`: the network's bytes as the socket knows them.
    [[nodiscard]] std::uint64_t label(std::string_view address, UnixMs now);

    // Counts one complaint; true when this label has had more than its share of the window.
    [[nodiscard]] bool flooding(std::uint64_t label, UnixMs now);

private:
    void rotate(UnixMs now);

    int limit_;
    std::array<unsigned char, 16> key_{};
    UnixMs key_since_ = 0;
    UnixMs window_since_ = 0;
    std::unordered_map<std::uint64_t, int> counts_;
};

} // namespace saiduan
