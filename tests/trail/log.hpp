// A trail in memory for the tests: leaves, the tiles they complete, and a tree built the plain way
// of RFC 6962 to compare with.
#pragma once

#include "storage/trail/codec.hpp"
#include "storage/trail/tiles.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace saiduan {

inline std::string to_hex(std::string_view bytes) {
    std::string out;
    for (const char byte : bytes)
        for (const int shift : {4, 0})
            out += "0123456789abcdef"[static_cast<unsigned char>(byte) >> shift & 15];
    return out;
}

inline std::string to_hex(const Hash& hash) {
    return to_hex(bytes_of(hash));
}

inline std::string from_hex(std::string_view hex) {
    std::string out;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
        out += static_cast<char>(std::stoi(std::string{hex.substr(i, 2)}, nullptr, 16));
    return out;
}

inline Hash leaf_number(std::uint64_t i) {
    return leaf_hash("entry " + std::to_string(i));
}

// MTH of RFC 6962 §2.1, word for word.
inline Hash plain_root(std::span<const Hash> leaves) {
    if (leaves.empty())
        return empty_root();
    if (leaves.size() == 1)
        return leaves.front();
    const std::size_t k = std::bit_floor(leaves.size() - 1);
    return node_hash(plain_root(leaves.first(k)), plain_root(leaves.subspan(k)));
}

// Grows leaf by leaf and keeps what the writer would store: full tiles and the partial ones.
class MemoryLog {
public:
    explicit MemoryLog(std::uint64_t size = 0) { grow_to(size); }

    void grow_to(std::uint64_t size) {
        while (tree.size() < size) {
            leaves.push_back(leaf_number(tree.size()));
            std::vector<FullTile> completed;
            tree.append(leaves.back(), completed);
            for (FullTile& tile : completed)
                full_[{tile.level, tile.n}] = std::move(tile.hashes);
        }
    }

    // Reads the tree of any size up to now. Outlived by this log.
    HashReader reader(std::uint64_t size) const {
        return hash_reader(size, [this](unsigned level, std::uint64_t n, unsigned width) {
            return read(level, n, width);
        });
    }

    std::vector<std::string> partials() const {
        std::vector<std::string> out;
        for (unsigned level = 0; level < tile_levels; ++level)
            out.emplace_back(tree.partial(level));
        return out;
    }

    Result<std::string> read(unsigned level, std::uint64_t n, unsigned width) const {
        const auto full = full_.find({level, n});
        const std::string_view hashes =
            full != full_.end() ? std::string_view{full->second} : tree.partial(level);
        if (width == 0 || hashes.size() < width * hash_bytes)
            return Fault{Errc::not_found, "a tile that is not there was asked for"};
        return std::string{hashes.substr(0, width * hash_bytes)};
    }

    Tree tree;
    std::vector<Hash> leaves;

private:
    std::map<std::pair<unsigned, std::uint64_t>, std::string> full_;
};

inline void flip(Hash& hash, std::size_t bit) {
    hash.at(bit / 8) = static_cast<unsigned char>(hash.at(bit / 8) ^ 1U << bit % 8);
}

} // namespace saiduan

// doctest prints what it checks, and a Result of ours has no other way to be printed.
template <class T>
struct doctest::StringMaker<saiduan::Result<T>> {
    static String convert(const saiduan::Result<T>& result) {
        return result ? "a value" : ("fault: " + result.error().detail).c_str();
    }
};
