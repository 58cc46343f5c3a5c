// Receipts: 24 digits that let a reporter come back, made from the complaint's id and chance.
// Nothing is looked up by a random value: the first 8 digits are the id, permuted. Thread-safe.
#pragma once

#include "config/fault.hpp"
#include "storage/vault/secret.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace saiduan {

// The digits: lookup (8), secret (14: 46.5 bits), check (2, ISO 7064 MOD 97-10 over the first 22).
//
// The lookup is an even number of four digits followed by an odd one. Swapping the two is the
// duress form: the reporter types the groups the other way round, and the answer is harmless. Even
// then odd tells the two forms apart with a distance of two digits, so no single mistyped digit and
// no two neighbours exchanged can turn one into the other: MOD 97-10 names every such mistake.
//
// That leaves 25,000,000 lookups. The permutation is a Feistel network of ten rounds on pairs of
// numbers below 5,000, each round adding SipHash-2-4 of the other half, modulo 5,000: no table, no
// cycle-walking, no visible order. Ids that differ by a multiple of the period share a lookup;
// the receipt's keys, computed once, tell them apart.
inline constexpr std::int64_t receipt_period = 25'000'000;
inline constexpr std::size_t receipt_size = 24;

// A receipt's digits, wiped when it dies. `id` is the complaint's.
class Receipt {
public:
    Receipt(std::int64_t id, const std::array<char, receipt_size>& digits);
    Receipt(const Receipt&) = default;
    Receipt& operator=(const Receipt&) = default;
    ~Receipt();

    [[nodiscard]] std::int64_t id() const { return id_; }
    [[nodiscard]] std::string_view digits() const { return {digits_.data(), digits_.size()}; }
    [[nodiscard]] std::string_view lookup() const { return digits().substr(0, 8); }
    // "1234 5678 …": six groups of four.
    [[nodiscard]] std::string text() const;

private:
    std::int64_t id_;
    std::array<char, receipt_size> digits_;
};

// A fresh receipt for complaint `id` (0 or more). `permutation` must stay the same for good.
[[nodiscard]] Receipt make_receipt(std::int64_t id, const Key& permutation);

// What a reporter typed. The complaint is receipt.id() or that plus a multiple of receipt_period;
// the digits are in their issued order even when they were typed in the duress form.
struct TypedReceipt {
    Receipt receipt;
    bool duress = false;
};

// Accepts the decimal digits of every script, with blanks, hyphens and invisible marks anywhere; at
// most 200 bytes. Errors: invalid, telling apart too few and too many digits, a foreign character,
// and a mistyped digit.
[[nodiscard]] Result<TypedReceipt> parse_receipt(std::string_view text, const Key& permutation);

// Argon2id's price. At least 8 KiB and one pass; OWASP's least is 19,456 KiB and two.
struct ReceiptCost {
    std::size_t memory_kib = 65'536;
    unsigned passes = 3;
};

// What the digits give: `check` is stored (32 bytes) and compared by same_bytes, `wrap` wraps the
// reporter's copy of the complaint's data key.
struct ReceiptKeys {
    std::string check;
    Key wrap;
};

// Argon2id over the digits, salted with a keyed hash of the lookup, so that without `pepper`, which
// is not in the database, not even guessing can start. Errors: unavailable when memory runs out.
[[nodiscard]] Result<ReceiptKeys>
receipt_keys(const Receipt& receipt, const Key& pepper, const ReceiptCost& cost);

} // namespace saiduan
