#include "triage/phones.hpp"

#include "triage/normalise.hpp"

#include <algorithm>

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Weverything"
#include <phonenumbers/phonenumberutil.h>
#pragma clang diagnostic pop

namespace saiduan {
namespace {

using i18n::phonenumbers::PhoneNumberUtil;

constexpr const char* regions[] = {"TH", "MM", "KH", "LA", "VN", "CN", "MY"};
constexpr std::size_t raw_max = 40; // bytes; longer is no number
constexpr std::size_t digits_min = 8, digits_max = 15;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::string digits_of(std::string_view text) {
    std::string out;
    std::copy_if(text.begin(), text.end(), std::back_inserter(out), is_digit);
    return out;
}

// A number as it is dialled inside Thailand, which most are: nothing has to be found out but
// whether it is valid. Parsing one costs several times as much and ends at the same number.
bool thai_to_e164(const std::string& text, std::string& out) {
    constexpr int country = 66;
    const std::string digits = digits_of(text);
    const bool dialled = text.find_first_not_of("0123456789 -.()") == std::string::npos &&
                         digits.size() >= digits_min && digits.size() <= digits_max &&
                         digits[0] == '0' && digits[1] != '0';
    if (!dialled)
        return false;
    i18n::phonenumbers::PhoneNumber number;
    number.set_country_code(country);
    number.set_national_number(std::stoull(digits));
    const PhoneNumberUtil& util = *PhoneNumberUtil::GetInstance();
    if (!util.IsValidNumberForRegion(number, regions[0]))
        return false;
    util.Format(number, PhoneNumberUtil::E164, &out);
    return true;
}

bool to_e164(const std::string& text, std::string& out) {
    if (thai_to_e164(text, out))
        return true;
    const PhoneNumberUtil& util = *PhoneNumberUtil::GetInstance();
    for (const char* region : regions) {
        i18n::phonenumbers::PhoneNumber number;
        if (util.Parse(text, region, &number) != PhoneNumberUtil::NO_PARSING_ERROR ||
            !util.IsValidNumber(number)) {
            if (text.front() == '+')
                return false; // says its own country, wherever it is read
            continue;
        }
        util.Format(number, PhoneNumberUtil::E164, &out);
        return true;
    }
    return false;
}

// The run of digits and separators that begins at `at`.
std::string_view run_at(std::string_view text, std::size_t at) {
    std::size_t end = at;
    std::size_t separators = 0;
    for (std::size_t i = at; i < text.size() && i - at < raw_max; ++i) {
        const char c = text[i];
        if (is_digit(c) || (c == '+' && i == at)) {
            end = i + 1;
            separators = 0;
        } else if ((c == ' ' || c == '-' || c == '.' || c == '(' || c == ')') &&
                   ++separators <= 2) {
            continue;
        } else {
            break;
        }
    }
    return text.substr(at, end - at);
}

} // namespace

PhoneNumber read_phone(std::string_view raw, const std::vector<std::string>& short_codes) {
    PhoneNumber out;
    out.raw = std::string{raw};
    const std::string text = normalise(raw);
    const std::string digits = digits_of(text);
    if (std::find(short_codes.begin(), short_codes.end(), digits) != short_codes.end())
        out.short_code = true;
    else if (!text.empty() && text.size() <= raw_max)
        out.valid = to_e164(text, out.e164);
    return out;
}

std::vector<PhoneNumber>
find_phones(std::string_view text, const std::vector<std::string>& short_codes) {
    std::vector<PhoneNumber> out;
    for (std::size_t i = 0; i < text.size() && out.size() < phones_max;) {
        const bool begins =
            is_digit(text[i]) || (text[i] == '+' && i + 1 < text.size() && is_digit(text[i + 1]));
        if (!begins) {
            ++i;
            continue;
        }
        const std::string_view run = run_at(text, i);
        i += std::max<std::size_t>(run.size(), 1);
        const std::size_t digits = digits_of(run).size();
        const bool short_code =
            std::find(short_codes.begin(), short_codes.end(), run) != short_codes.end();
        // Money, years and ages are shorter, or have no leading zero or plus.
        const bool like_phone = digits >= digits_min && digits <= digits_max &&
                                (run.front() == '0' || run.front() == '+' || run.size() > digits);
        if (short_code || like_phone)
            out.push_back(read_phone(run, short_codes));
    }
    return out;
}

} // namespace saiduan
