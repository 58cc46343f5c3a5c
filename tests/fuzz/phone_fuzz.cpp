// Any text as a telephone number, and as a complaint with numbers in it.
#include "triage/normalise.hpp"
#include "triage/phones.hpp"

#include <algorithm>
#include <cstdlib>

namespace {

using namespace saiduan;

bool is_e164(const std::string& number) {
    return number.size() >= 8 && number.size() <= 16 && number.front() == '+' &&
           std::all_of(number.begin() + 1, number.end(), [](char c) {
               return c >= '0' && c <= '9';
           });
}

// What phones.hpp promises of each number.
bool keeps_promise(const PhoneNumber& number) {
    if (number.short_code)
        return !number.valid && number.e164.empty();
    return number.valid ? is_e164(number.e164) : number.e164.empty();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    static const std::vector<std::string> short_codes{"191", "1300", "1669"};
    const std::string text{reinterpret_cast<const char*>(data), size};
    const PhoneNumber one = read_phone(text, short_codes);
    if (one.raw != text || !keeps_promise(one))
        std::abort();
    // Read again as dialled, the number is itself: an operator copies it from the screen.
    if (one.valid && read_phone(one.e164, short_codes).e164 != one.e164)
        std::abort();
    const std::string normalised = normalise(text);
    const std::vector<PhoneNumber> all = find_phones(normalised, short_codes);
    if (all.size() > phones_max)
        std::abort();
    for (const PhoneNumber& number : all)
        if (!keeps_promise(number) || normalised.find(number.raw) == std::string::npos)
            std::abort();
    return 0;
}
