#include "gateway/secret_text.hpp"

#include <sodium.h>

namespace saiduan {

std::string new_secret(std::string_view prefix) {
    unsigned char random[32];
    randombytes_buf(random, sizeof random);
    char text[2 * sizeof random];
    sodium_bin2base64(
        text, sizeof text, random, sizeof random, sodium_base64_VARIANT_URLSAFE_NO_PADDING
    );
    std::string out = std::string{prefix} + text;
    sodium_memzero(random, sizeof random);
    sodium_memzero(text, sizeof text);
    return out;
}

std::string digest(std::string_view bytes) {
    std::string out(crypto_generichash_BYTES, '\0');
    crypto_generichash(
        reinterpret_cast<unsigned char*>(out.data()),
        out.size(),
        reinterpret_cast<const unsigned char*>(bytes.data()),
        bytes.size(),
        nullptr,
        0
    );
    return out;
}

} // namespace saiduan
