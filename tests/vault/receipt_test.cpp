#include "storage/vault/receipt.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

using namespace saiduan;

namespace {

constexpr ReceiptCost cheapest{8, 1};

const Key& permutation() {
    static const Key key = Key::from(std::string(32, 'p'));
    return key;
}

Result<TypedReceipt> parse(std::string_view text) {
    return parse_receipt(text, permutation());
}

bool refused_as(std::string_view text, std::string_view part) {
    const auto typed = parse(text);
    return typed.has_error() && typed.error().detail.find(part) != std::string::npos;
}

std::string swapped(std::string digits) {
    std::swap_ranges(digits.begin(), digits.begin() + 4, digits.begin() + 4);
    return digits;
}

// The digits in the script whose zero is `zero`.
std::string in_script(std::string_view digits, char32_t zero) {
    std::string out;
    for (const char c : digits) {
        const char32_t point = zero + static_cast<char32_t>(c - '0');
        out += static_cast<char>(0xE0 | (point >> 12));
        out += static_cast<char>(0x80 | (point >> 6 & 63));
        out += static_cast<char>(0x80 | (point & 63));
    }
    return out;
}

} // namespace

TEST_CASE("a receipt leads back to its complaint") {
    for (const std::int64_t id : {0L, 1L, 2L, 4'999L, 5'000L, 1'234'567L, 24'999'999L}) {
        const Receipt receipt = make_receipt(id, permutation());
        CHECK(receipt.id() == id);
        CHECK(receipt.text().size() == 29);
        const auto typed = parse(receipt.text());
        REQUIRE(typed.has_value());
        CHECK(typed->receipt.id() == id);
        CHECK(typed->receipt.digits() == receipt.digits());
        CHECK_FALSE(typed->duress);
    }
}

TEST_CASE("ids one period apart share a lookup and nothing else") {
    const Receipt near = make_receipt(7, permutation());
    const Receipt far = make_receipt(7 + receipt_period, permutation());
    CHECK(far.id() == 7 + receipt_period);
    CHECK(far.lookup() == near.lookup());
    CHECK(far.digits() != near.digits());
    CHECK(parse(far.digits())->receipt.id() == 7);
}

TEST_CASE("lookups are distinct, unordered and depend on the key") {
    std::set<std::string> seen;
    int rising = 0;
    int same = 0;
    std::string last;
    const Key other = Key::random();
    for (std::int64_t id = 0; id < 20'000; ++id) {
        const std::string lookup(make_receipt(id, permutation()).lookup());
        rising += lookup > last ? 1 : 0;
        same += make_receipt(id, other).lookup() == lookup ? 1 : 0;
        seen.insert(lookup);
        last = lookup;
    }
    CHECK(seen.size() == 20'000);
    CHECK(rising > 9'000);
    CHECK(rising < 11'000);
    CHECK(same < 5);
}

TEST_CASE("two receipts for one complaint differ in their secret") {
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i)
        seen.insert(std::string(make_receipt(1, permutation()).digits()));
    CHECK(seen.size() == 1000);
}

TEST_CASE("the first two groups swapped are the same receipt under duress") {
    for (std::int64_t id = 0; id < 2000; ++id) {
        const Receipt receipt = make_receipt(id, permutation());
        const std::string digits(receipt.digits());
        CHECK(digits.substr(0, 4) != digits.substr(4, 4));
        const auto typed = parse(swapped(digits));
        REQUIRE(typed.has_value());
        CHECK(typed->duress);
        CHECK(typed->receipt.id() == id);
        CHECK(typed->receipt.digits() == digits);
        CHECK_FALSE(parse(digits)->duress);
    }
}

TEST_CASE("every mistyped digit and every exchange of neighbours is named, in both forms") {
    for (std::int64_t id = 0; id < 200; ++id) {
        const std::string issued(make_receipt(id * 97'003, permutation()).digits());
        for (const std::string& digits : {issued, swapped(issued)}) {
            for (std::size_t i = 0; i < digits.size(); ++i) {
                for (char c = '0'; c <= '9'; ++c) {
                    std::string bad = digits;
                    bad[i] = c;
                    CHECK((c == digits[i] || refused_as(bad, "mistyped")));
                }
                std::string bad = digits;
                std::swap(bad[i], bad[i + 1 < bad.size() ? i + 1 : 0]);
                if (i + 1 < bad.size() && bad != digits)
                    CHECK(refused_as(bad, "mistyped"));
            }
        }
    }
}

TEST_CASE("only one pair of check digits fits") {
    const std::string digits(make_receipt(5, permutation()).digits());
    int accepted = 0;
    for (int check = 0; check < 100; ++check) {
        const std::string tail = std::to_string(100 + check).substr(1);
        accepted += parse(digits.substr(0, 22) + tail).has_value() ? 1 : 0;
    }
    CHECK(accepted == 1);
}

TEST_CASE("a receipt may be typed in any script with blanks and hyphens") {
    const Receipt receipt = make_receipt(42, permutation());
    const std::string digits(receipt.digits());
    for (const char32_t zero : {U'๐', U'၀', U'០', U'໐', U'०', U'０'})
        CHECK(parse(in_script(digits, zero))->receipt.digits() == digits);
    std::string spread;
    for (const char c : digits)
        spread += std::string(1, c) + "\u00A0-\u200B";
    CHECK(parse(spread)->receipt.digits() == digits);
    CHECK(parse("  " + receipt.text() + "\r\n")->receipt.id() == 42);
    CHECK(
        parse(digits.substr(0, 12) + "\u2013\u3000\u200B\t" + digits.substr(12))->receipt.id() == 42
    );
}

TEST_CASE("what is no receipt is told what it lacks") {
    const std::string digits(make_receipt(42, permutation()).digits());
    CHECK(refused_as("", "missing"));
    CHECK(refused_as(digits.substr(1), "missing"));
    CHECK(refused_as(digits + "0", "too many"));
    CHECK(refused_as(std::string(201, '1'), "longer"));
    CHECK(refused_as(digits.substr(1) + "x", "only digits"));
    CHECK(refused_as(digits.substr(1) + "\xff", "only digits"));
    CHECK(refused_as(digits + "\xe0\xb9", "only digits"));
}

TEST_CASE("a receipt's keys are its own and the pepper's") {
    const Key pepper = Key::random();
    const Receipt receipt = make_receipt(1, permutation());
    const auto keys = receipt_keys(receipt, pepper, cheapest);
    REQUIRE(keys.has_value());
    CHECK(keys->check.size() == 32);
    CHECK(keys->wrap.view() != keys->check);
    const auto typed = parse(swapped(std::string(receipt.digits())));
    const auto again = receipt_keys(typed->receipt, pepper, cheapest);
    CHECK(same_bytes(again->check, keys->check));
    CHECK(again->wrap == keys->wrap);
    const auto stranger = receipt_keys(make_receipt(1, permutation()), pepper, cheapest);
    CHECK_FALSE(same_bytes(stranger->check, keys->check));
    CHECK_FALSE(stranger->wrap == keys->wrap);
    CHECK(receipt_keys(receipt, Key::random(), cheapest)->check != keys->check);
    CHECK(receipt_keys(receipt, pepper, {16, 1})->check != keys->check);
}

TEST_CASE("a cost below what Argon2id allows is refused, not weakened") {
    const Receipt receipt = make_receipt(1, permutation());
    const auto keys = receipt_keys(receipt, Key::random(), {1, 1});
    REQUIRE(keys.has_error());
    CHECK(keys.error().code == Errc::unavailable);
}
