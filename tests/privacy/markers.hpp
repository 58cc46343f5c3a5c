// Words that must never be seen outside the sealed records, and every obvious way to write them.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace saiduan::test {

// One way a secret may be written down.
struct Trace {
    std::string what; // the secret and the encoding, for the message
    std::string bytes;
};

// Text: as it is, JSON-escaped, percent-encoded, in UTF-16 of both orders, in base64 (both
// alphabets) however the secret is aligned, in hexadecimal of both cases. `text` is valid UTF-8.
[[nodiscard]] std::vector<Trace> traces_of_text(const std::string& text);
// Digits: as text, in groups of four with blanks, hyphens and nothing between.
[[nodiscard]] std::vector<Trace> traces_of_digits(const std::string& digits);
// Bytes: raw, in base64 and in hexadecimal as above.
[[nodiscard]] std::vector<Trace> traces_of_bytes(const std::string& name, const std::string& bytes);
// A coordinate with six decimals: as text from four decimals on, in millionths, and as the eight
// bytes of a double in both orders.
[[nodiscard]] std::vector<Trace> traces_of_coordinate(double value);

// Where what was found: "secret as encoding in file", one each.
[[nodiscard]] std::vector<std::string>
found(const std::vector<Trace>& traces, const std::map<std::string, std::string>& files);

} // namespace saiduan::test
