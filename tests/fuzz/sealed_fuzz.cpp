// Any bytes where a sealed record, a wrapped key or a sealed box is stored. The first byte lets the
// fuzzer alter a record that would open, so that it reaches what stands behind the checks of form.
#include "storage/vault/epochs.hpp"

#include <cstdlib>

using namespace saiduan;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    static const Key key = Key::from(std::string(Key::size, 'k'));
    static const KeyPair pair = KeyPair::from_seed(key);
    static const Context place{"complaints", "text", 42, 1};
    const std::string_view bytes{reinterpret_cast<const char*>(data), size};
    // Nobody forges 128 bits of tag by chance.
    if (open(key, place, bytes) || unwrap(key, place, bytes) || open_sealed(pair, bytes) ||
        open_epoch(pair, bytes) || open_grant(key, 1, 42, bytes))
        std::abort();
    (void)sealed_key_id(bytes);
    if (size < 2)
        return 0;
    std::string altered = seal(key, 7, place, bytes);
    altered[data[0] % altered.size()] ^= static_cast<char>(data[1] | 1);
    if (open(key, place, altered))
        std::abort();
    return 0;
}
