#include "tests/privacy/markers.hpp"

#include "config/reader.hpp"

#include <sodium.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

namespace saiduan::test {
namespace {

std::string in_hex(const std::string& bytes, const char* digits) {
    std::string out;
    for (const char c : bytes) {
        out += digits[static_cast<unsigned char>(c) >> 4];
        out += digits[static_cast<unsigned char>(c) & 15];
    }
    return out;
}

std::string in_base64(const std::string& bytes, int variant) {
    std::string out(sodium_base64_encoded_len(bytes.size(), variant), '\0');
    sodium_bin2base64(
        out.data(),
        out.size(),
        reinterpret_cast<const unsigned char*>(bytes.data()),
        bytes.size(),
        variant
    );
    out.pop_back(); // the zero at the end
    return out;
}

// The characters that depend on `bytes` alone when `before` bytes of something else precede it.
std::string inside_base64(const std::string& bytes, std::size_t before, int variant) {
    const std::string all = in_base64(std::string(before, '\0') + bytes, variant);
    const std::size_t first = (before * 8 + 5) / 6;
    const std::size_t end = (before + bytes.size()) * 8 / 6;
    return all.substr(first, end - first);
}

std::string percent_encoded(const std::string& text) {
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                           (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_';
        out += plain ? std::string{c} : "%" + in_hex({c}, "0123456789ABCDEF");
    }
    return out;
}

// nlohmann's escapes are UTF-16 already.
std::string in_utf16(const std::string& text, bool big_endian) {
    const std::string escaped = Json(text).dump(-1, ' ', true);
    std::string out;
    const auto put = [&](unsigned unit) {
        const char low = static_cast<char>(unit & 0xFF), high = static_cast<char>(unit >> 8);
        out += big_endian ? high : low;
        out += big_endian ? low : high;
    };
    for (std::size_t i = 1; i + 1 < escaped.size(); ++i)
        if (escaped.compare(i, 2, "\\u") == 0) {
            put(static_cast<unsigned>(std::stoul(escaped.substr(i + 2, 4), nullptr, 16)));
            i += 5;
        } else {
            put(static_cast<unsigned char>(escaped[i]));
        }
    return out;
}

std::string unquoted(const std::string& json) {
    return json.substr(1, json.size() - 2);
}

std::string grouped(const std::string& digits, const char* between) {
    std::string out;
    for (std::size_t i = 0; i < digits.size(); i += 4)
        out += (i > 0 ? between : "") + digits.substr(i, 4);
    return out;
}

std::string decimals(double value, int count) {
    char text[64];
    const int size = std::snprintf(text, sizeof text, "%.*f", count, value);
    return {text, static_cast<std::size_t>(size)};
}

} // namespace

std::vector<Trace> traces_of_bytes(const std::string& name, const std::string& bytes) {
    std::vector<Trace> out{
        {name + " as it is", bytes},
        {name + " in hexadecimal", in_hex(bytes, "0123456789abcdef")},
        {name + " in hexadecimal capitals", in_hex(bytes, "0123456789ABCDEF")}
    };
    for (const int variant :
         {sodium_base64_VARIANT_ORIGINAL_NO_PADDING, sodium_base64_VARIANT_URLSAFE_NO_PADDING})
        for (std::size_t before = 0; before < 3; ++before)
            out.push_back(
                {name + " in base64, shifted by " + std::to_string(before),
                 inside_base64(bytes, before, variant)}
            );
    return out;
}

std::vector<Trace> traces_of_text(const std::string& text) {
    std::vector<Trace> out = traces_of_bytes(text, text);
    out.push_back({text + " in JSON", unquoted(Json(text).dump(-1, ' ', true))});
    out.push_back({text + " percent-encoded", percent_encoded(text)});
    out.push_back({text + " in UTF-16LE", in_utf16(text, false)});
    out.push_back({text + " in UTF-16BE", in_utf16(text, true)});
    return out;
}

std::vector<Trace> traces_of_digits(const std::string& digits) {
    std::vector<Trace> out = traces_of_text(digits);
    for (const char* between : {" ", "-"})
        for (Trace& trace : traces_of_text(grouped(digits, between)))
            out.push_back(std::move(trace));
    return out;
}

std::vector<Trace> traces_of_coordinate(double value) {
    constexpr int decimals_min = 4;
    std::string raw(sizeof value, '\0');
    const auto bits = std::bit_cast<std::uint64_t>(value);
    for (std::size_t i = 0; i < raw.size(); ++i)
        raw[i] = static_cast<char>(bits >> (8 * i));
    const std::string name = decimals(value, 6);
    // Cut: the beginning of every longer form. Rounded, it may be another text.
    std::vector<Trace> out = traces_of_text(name.substr(0, name.find('.') + 1 + decimals_min));
    for (Trace& trace : traces_of_text(decimals(value, decimals_min)))
        out.push_back(std::move(trace));
    out.push_back({name + " in millionths", std::to_string(std::llround(value * 1e6))});
    out.push_back({name + " as a double", raw});
    std::reverse(raw.begin(), raw.end());
    out.push_back({name + " as a double, big-endian", raw});
    return out;
}

std::vector<std::string>
found(const std::vector<Trace>& traces, const std::map<std::string, std::string>& files) {
    std::vector<std::string> out;
    for (const auto& [name, bytes] : files)
        for (const Trace& trace : traces)
            if (bytes.find(trace.bytes) != std::string::npos)
                out.push_back(trace.what + " in " + name);
    return out;
}

} // namespace saiduan::test
