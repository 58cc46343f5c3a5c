#include "gateway/http/flood.hpp"

#include <sodium.h>

#include <cstring>

namespace saiduan {

static_assert(crypto_shorthash_KEYBYTES == 16);

Flood::Flood(int complaints_per_minute) : limit_(complaints_per_minute) {
    randombytes_buf(key_.data(), key_.size());
}

void Flood::rotate(UnixMs now) {
    if (now - key_since_ >= rotation_ms) {
        randombytes_buf(key_.data(), key_.size());
        key_since_ = now;
        counts_.clear();
    }
    if (now - window_since_ >= window_ms || counts_.size() >= labels_max) {
        counts_.clear();
        window_since_ = now;
    }
}

std::uint64_t Flood::label(std::string_view address, UnixMs now) {
    rotate(now);
    unsigned char hash[crypto_shorthash_BYTES];
    const auto* bytes = reinterpret_cast<const unsigned char*>(address.data());
    crypto_shorthash(hash, bytes, address.size(), key_.data());
    std::uint64_t out = 0;
    std::memcpy(&out, hash, sizeof out);
    return out;
}

bool Flood::flooding(std::uint64_t label, UnixMs now) {
    rotate(now);
    return ++counts_[label] > limit_;
}

} // namespace saiduan
