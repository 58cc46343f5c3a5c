// JSON written straight into a text: for answers of the intake path, where building a document
// first would cost more than sealing it. Reading stays with nlohmann. Pure.
#pragma once

#include <string>
#include <string_view>

namespace saiduan {

// Appends valid UTF-8 as a JSON string.
void append_quoted(std::string& out, std::string_view text);

// Writes objects and lists one value after the other; the caller keeps braces in pairs.
//
//     JsonText json;
//     json.open('{').key("queue").text("police").key("notified").open('[').close(']').close('}');
class JsonText {
public:
    JsonText& open(char brace);
    JsonText& close(char brace);
    JsonText& key(std::string_view name);
    JsonText& text(std::string_view value);
    JsonText& text_or_null(std::string_view value); // empty: null
    JsonText& boolean(bool value) { return raw(value ? "true" : "false"); }
    JsonText& number(double value);       // null when it is not finite
    JsonText& raw(std::string_view json); // a value written before
    [[nodiscard]] std::string take() { return std::move(out_); }

private:
    void comma();
    std::string out_;
};

} // namespace saiduan
