#include "storage/vault/receipt.hpp"

#include <sodium.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

namespace saiduan {

namespace {

constexpr unsigned half = 5'000; // each half of the lookup, before it is made even or odd
static_assert(std::int64_t{half} * half == receipt_period);
constexpr unsigned rounds = 10;
constexpr std::size_t input_max = 200; // bytes; 24 digits of three bytes and their blanks
constexpr std::size_t group = 4;
constexpr std::size_t lookup_size = 2 * group;
constexpr std::size_t secret_size = 14;
constexpr std::uint64_t secrets = 100'000'000'000'000; // 10^14
constexpr std::size_t check_at = lookup_size + secret_size;

using Digits = std::array<char, receipt_size>;

struct Halves {
    unsigned left;
    unsigned right;
};

unsigned round_value(const Key& permutation, unsigned round, unsigned right) {
    static_assert(crypto_shorthash_KEYBYTES <= Key::size);
    const std::array<unsigned char, 3> in{
        static_cast<unsigned char>(round),
        static_cast<unsigned char>(right >> 8),
        static_cast<unsigned char>(right & 0xff)
    };
    std::uint64_t out = 0;
    crypto_shorthash(
        reinterpret_cast<unsigned char*>(&out), in.data(), in.size(), permutation.data()
    );
    return static_cast<unsigned>(out % half);
}

Halves permute(const Key& permutation, std::int64_t id) {
    const auto number = static_cast<unsigned>(id % receipt_period);
    Halves h{number / half, number % half};
    for (unsigned round = 0; round < rounds; ++round)
        h = {h.right, (h.left + round_value(permutation, round, h.right)) % half};
    return h;
}

std::int64_t invert(const Key& permutation, Halves h) {
    for (unsigned round = rounds; round-- > 0;)
        h = {(h.right + half - round_value(permutation, round, h.left)) % half, h.left};
    return std::int64_t{h.left} * half + h.right;
}

void put(std::uint64_t number, char* out, std::size_t count) {
    for (; count > 0; number /= 10)
        out[--count] = static_cast<char>('0' + number % 10);
}

unsigned number_of(std::string_view digits) {
    unsigned number = 0;
    for (const char c : digits)
        number = number * 10 + static_cast<unsigned>(c - '0');
    return number;
}

// 02 to 98, so that the 24 digits leave 1 modulo 97.
unsigned check_of(const Digits& digits) {
    unsigned rest = 0;
    for (std::size_t i = 0; i < check_at; ++i)
        rest = (rest * 10 + static_cast<unsigned>(digits[i] - '0')) % 97;
    return 98 - rest * 100 % 97;
}

std::uint64_t random_secret() {
    constexpr std::uint64_t fair = UINT64_MAX - UINT64_MAX % secrets;
    std::uint64_t number = 0;
    do // once in 180,000 times it takes another turn
        random_bytes(reinterpret_cast<unsigned char*>(&number), sizeof number);
    while (number >= fair);
    return number % secrets;
}

bool is_separator(UChar32 c) {
    const auto kind = u_charType(c);
    return u_isUWhiteSpace(c) || kind == U_DASH_PUNCTUATION || kind == U_FORMAT_CHAR ||
           c == 0x2212; // minus sign
}

Fault refused(const char* why) {
    return {Errc::invalid, why};
}

// The text's digits as ASCII.
Result<Digits> read_digits(std::string_view text) {
    if (text.size() > input_max)
        return refused("a receipt has 24 digits; this is longer");
    Digits digits{};
    std::size_t count = 0;
    const auto size = static_cast<std::int32_t>(text.size());
    for (std::int32_t at = 0; at < size;) {
        UChar32 c = 0;
        U8_NEXT(text.data(), at, size, c);
        const std::int32_t value = c < 0 ? -1 : u_charDigitValue(c);
        if (value < 0 && (c < 0 || !is_separator(c)))
            return refused("a receipt has only digits, blanks and hyphens");
        if (value < 0)
            continue;
        if (count < digits.size())
            digits[count] = static_cast<char>('0' + value);
        ++count;
    }
    if (count != digits.size())
        return refused(
            count < digits.size() ? "a receipt has 24 digits; some are missing"
                                  : "a receipt has 24 digits; there are too many"
        );
    return digits;
}

} // namespace

Receipt::Receipt(std::int64_t id, const Digits& digits) : id_(id), digits_(digits) {}

Receipt::~Receipt() {
    sodium_memzero(digits_.data(), digits_.size());
}

std::string Receipt::text() const {
    std::string out;
    out.reserve(receipt_size + receipt_size / group - 1);
    for (std::size_t i = 0; i < receipt_size; i += group) {
        if (i > 0)
            out += ' ';
        out += digits().substr(i, group);
    }
    return out;
}

Receipt make_receipt(std::int64_t id, const Key& permutation) {
    assert(id >= 0);
    const Halves h = permute(permutation, id);
    Digits digits{};
    put(std::uint64_t{h.left} * 2, digits.data(), group);
    put(std::uint64_t{h.right} * 2 + 1, digits.data() + group, group);
    put(random_secret(), digits.data() + lookup_size, secret_size);
    put(check_of(digits), digits.data() + check_at, 2);
    return {id, digits};
}

Result<TypedReceipt> parse_receipt(std::string_view text, const Key& permutation) {
    auto digits = read_digits(text);
    if (!digits)
        return digits.error();
    const bool duress = (number_of({digits->data(), group}) & 1) != 0;
    if (duress)
        std::swap_ranges(digits->begin(), digits->begin() + group, digits->begin() + group);
    const unsigned even = number_of({digits->data(), group});
    const unsigned odd = number_of({digits->data() + group, group});
    const unsigned check = number_of({digits->data() + check_at, 2});
    if (even % 2 != 0 || odd % 2 == 0 || check != check_of(*digits))
        return refused("a digit is mistyped; please compare it with your receipt");
    const std::int64_t id = invert(permutation, {even / 2, odd / 2});
    return TypedReceipt{{id, *digits}, duress};
}

Result<ReceiptKeys>
receipt_keys(const Receipt& receipt, const Key& pepper, const ReceiptCost& cost) {
    const std::string salt = keyed_hash(pepper, "receipt salt", receipt.lookup());
    static_assert(crypto_pwhash_SALTBYTES <= Key::size); // the hash's first bytes are the salt
    bool done = false;
    const Key root = Key::made_by([&](unsigned char* out) {
        done = crypto_pwhash(
                   out,
                   Key::size,
                   receipt.digits().data(),
                   receipt.digits().size(),
                   reinterpret_cast<const unsigned char*>(salt.data()),
                   cost.passes,
                   cost.memory_kib * 1024,
                   crypto_pwhash_ALG_ARGON2ID13
               ) == 0;
    });
    if (!done)
        return Fault{Errc::unavailable, "there is not enough memory to check the receipt"};
    return ReceiptKeys{keyed_hash(root, "receipt check", {}), derive(root, "receipt wrap")};
}

} // namespace saiduan
