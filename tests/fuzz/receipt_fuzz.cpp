// Any text where people type: a receipt, a recovery key, a key file. What is accepted must come out
// the same when it is written and read again.
#include "storage/vault/key_file.hpp"
#include "storage/vault/receipt.hpp"

#include <cstdlib>

using namespace saiduan;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    static const Key permutation = Key::from(std::string(Key::size, 'p'));
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    if (const auto typed = parse_receipt(text, permutation)) {
        const auto again = parse_receipt(typed->receipt.text(), permutation);
        if (!again || again->duress || again->receipt.id() != typed->receipt.id() ||
            again->receipt.digits() != typed->receipt.digits() || typed->receipt.id() < 0 ||
            typed->receipt.id() >= receipt_period ||
            make_receipt(typed->receipt.id(), permutation).lookup() != typed->receipt.lookup())
            std::abort();
    }
    if (const auto key = parse_recovery(text))
        if (!(*parse_recovery(recovery_text(*key).view()) == *key))
            std::abort();
    if (const auto key = parse_key_file(text))
        if (key_file_text(*key).view() != text)
            std::abort();
    return 0;
}
