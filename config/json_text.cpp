#include "config/json_text.hpp"

#include <charconv>
#include <cmath>

namespace saiduan {

void append_quoted(std::string& out, std::string_view text) {
    constexpr char hex[] = "0123456789abcdef";
    out += '"';
    std::size_t from = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c >= ' ' && c != '"' && c != '\\')
            continue;
        out.append(text, from, i - from);
        from = i + 1;
        out += '\\';
        if (c == '"' || c == '\\') {
            out += static_cast<char>(c);
        } else {
            out += "u00";
            out += hex[c >> 4];
            out += hex[c & 15];
        }
    }
    out.append(text, from);
    out += '"';
}

void JsonText::comma() {
    if (!out_.empty() && out_.back() != '{' && out_.back() != '[' && out_.back() != ':')
        out_ += ',';
}

JsonText& JsonText::open(char brace) {
    comma();
    out_ += brace;
    return *this;
}

JsonText& JsonText::close(char brace) {
    out_ += brace;
    return *this;
}

JsonText& JsonText::key(std::string_view name) {
    comma();
    append_quoted(out_, name);
    out_ += ':';
    return *this;
}

JsonText& JsonText::text(std::string_view value) {
    comma();
    append_quoted(out_, value);
    return *this;
}

JsonText& JsonText::text_or_null(std::string_view value) {
    return value.empty() ? raw("null") : text(value);
}

JsonText& JsonText::number(double value) {
    if (!std::isfinite(value))
        return raw("null");
    char digits[32];
    const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
    return raw({digits, static_cast<std::size_t>(end - digits)});
}

JsonText& JsonText::raw(std::string_view json) {
    comma();
    out_ += json;
    return *this;
}

} // namespace saiduan
