#include "storage/trail/record.hpp"

#include "storage/trail/codec.hpp"

namespace saiduan {
Record::Record(std::string_view name) : bytes_(1, '\x03') {
    put('t', name);
}

void Record::put(char type, std::string_view bytes) {
    bytes_ += type;
    put_big_endian(bytes_, bytes.size(), 4);
    bytes_ += bytes;
}

Record& Record::add(std::int64_t value) {
    bytes_ += 'i';
    put_big_endian(bytes_, static_cast<std::uint64_t>(value), 8);
    return *this;
}

Record& Record::add(std::string_view text) {
    put('t', text);
    return *this;
}

Record& Record::add_blob(std::string_view bytes) {
    put('b', bytes);
    return *this;
}

Record& Record::add_null() {
    bytes_ += 'n';
    return *this;
}

std::string Record::digest() const {
    const Hash hash = sha256({bytes_});
    return std::string{bytes_of(hash)};
}

std::string to_hex(std::string_view bytes) {
    constexpr char digits[] = "0123456789abcdef";
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
    return out;
}

} // namespace saiduan
