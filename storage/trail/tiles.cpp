#include "storage/trail/tiles.hpp"

#include "storage/trail/codec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

namespace saiduan {
namespace {

constexpr unsigned level_max = 63;      // of the format
constexpr std::size_t n_groups_max = 6; // 10^18 tiles hold more than tree_size_max entries
constexpr std::size_t path_bytes_max = 64;

// Level 8 and above would need a tree of more than 2^64 entries.
std::uint64_t hashes_at(unsigned level, std::uint64_t size) {
    return level < tile_levels ? size >> (tile_height * level) : 0;
}

// The number `text` spells, with any leading zeros.
std::optional<std::uint64_t> number(std::string_view text) {
    const std::size_t zeros = std::min(text.find_first_not_of('0'), text.size());
    return zeros == text.size() && zeros > 0 ? 0 : from_decimal(text.substr(zeros));
}

// "x001/x234/067".
std::optional<std::uint64_t> tile_number(std::string_view groups) {
    std::string digits;
    for (std::size_t count = 0; count < n_groups_max; ++count) {
        const std::size_t end = std::min(groups.find('/'), groups.size());
        std::string_view group = groups.substr(0, end);
        const bool last = end == groups.size();
        if (!last && !take_prefix(group, "x"))
            return std::nullopt;
        digits += group;
        if (last)
            return number(digits);
        groups.remove_prefix(end + 1);
    }
    return std::nullopt;
}

// The tile a path means, leniently: parse() compares the whole path afterwards.
std::optional<TileId> read_path(std::string_view path) {
    if (path.size() > path_bytes_max || !take_prefix(path, "tile/"))
        return std::nullopt;
    const std::size_t slash = path.find('/');
    if (slash == std::string_view::npos)
        return std::nullopt;
    TileId tile;
    const std::string_view folder = path.substr(0, slash);
    path.remove_prefix(slash + 1);
    if (folder == "entries") {
        tile.kind = TileId::Kind::entries;
    } else {
        const auto level = from_decimal(folder);
        if (!level || *level > level_max)
            return std::nullopt;
        tile.level = static_cast<unsigned>(*level);
    }
    if (const std::size_t part = path.find(".p/"); part != std::string_view::npos) {
        const auto width = from_decimal(path.substr(part + 3));
        if (!width || *width < 1 || *width >= tile_hashes)
            return std::nullopt;
        tile.width = static_cast<unsigned>(*width);
        path = path.substr(0, part);
    }
    const auto n = tile_number(path);
    if (!n)
        return std::nullopt;
    tile.n = *n;
    return tile;
}

// A tree's tiles behind the interface of single hashes.
class TileHashes {
public:
    TileHashes(std::uint64_t size, TileReader read) : size_(size), read_(std::move(read)) {}

    Result<Hash> operator()(unsigned level, std::uint64_t index) {
        // Checked first, and so that nothing below can overflow.
        if (level >= tile_levels * tile_height || index >= size_ >> level)
            return Fault{Errc::not_found, "no such subtree in the tree"};
        const unsigned tile_level = level / tile_height;
        const unsigned height = level % tile_height; // of the subtree within its tile
        const std::uint64_t first = index << height;
        const Result<std::string_view> tile = load(tile_level, first / tile_hashes);
        if (!tile)
            return tile.error();
        return subtree_root(tile->substr(first % tile_hashes * hash_bytes, hash_bytes << height));
    }

private:
    struct Kept {
        std::uint64_t n = 0;
        std::string hashes; // empty: nothing kept yet
    };

    Result<std::string_view> load(unsigned level, std::uint64_t n) {
        Kept& kept = kept_.at(level);
        if (!kept.hashes.empty() && kept.n == n)
            return std::string_view{kept.hashes};
        const unsigned width = tile_width(level, n, size_);
        Result<std::string> read = read_(level, n, width);
        if (!read)
            return read.error();
        if (read->size() != width * hash_bytes)
            return Fault{Errc::unavailable, "a stored tile has the wrong length"};
        kept = {n, std::move(*read)};
        return std::string_view{kept.hashes};
    }

    std::uint64_t size_;
    TileReader read_;
    std::array<Kept, tile_levels> kept_;
};

} // namespace

std::string TileId::path() const {
    assert(width >= 1 && width <= tile_hashes && level <= level_max);
    std::string groups = fmt::format("{:03}", n % 1000);
    for (std::uint64_t rest = n / 1000; rest > 0; rest /= 1000)
        groups.insert(0, fmt::format("x{:03}/", rest % 1000));
    const std::string folder = kind == Kind::entries ? "entries" : std::to_string(level);
    const std::string part = width < tile_hashes ? fmt::format(".p/{}", width) : "";
    return fmt::format("tile/{}/{}{}", folder, groups, part);
}

Result<TileId> TileId::parse(std::string_view path) {
    std::optional<TileId> tile = read_path(path);
    // One spelling per tile, or caches and verifiers could be told two different things.
    if (!tile || tile->path() != path)
        return Fault{Errc::not_found, "no such tile"};
    return *tile;
}

unsigned tile_width(unsigned level, std::uint64_t n, std::uint64_t size) {
    const std::uint64_t hashes = hashes_at(level, size);
    const std::uint64_t full = hashes / tile_hashes;
    if (n < full)
        return tile_hashes;
    return n == full ? static_cast<unsigned>(hashes % tile_hashes) : 0;
}

bool tile_within(const TileId& tile, std::uint64_t size) {
    return tile.width >= 1 && tile.width <= tile_width(tile.level, tile.n, size);
}

HashReader hash_reader(std::uint64_t size, TileReader read) {
    assert(size <= tree_size_max);
    return TileHashes(size, std::move(read));
}

void add_to_bundle(std::string& bundle, std::string_view entry) {
    assert(entry.size() <= entry_bytes_max);
    put_big_endian(bundle, entry.size(), 2);
    bundle += entry;
}

Result<std::vector<std::string_view>> parse_bundle(std::string_view bundle, unsigned width) {
    assert(width <= tile_hashes);
    std::vector<std::string_view> entries;
    for (unsigned i = 0; i < width; ++i) {
        if (bundle.size() < 2)
            return malformed("the bundle has too few entries");
        const std::size_t length = from_big_endian(bundle.substr(0, 2));
        if (bundle.size() - 2 < length)
            return malformed("the bundle ends within an entry");
        entries.push_back(bundle.substr(2, length));
        bundle.remove_prefix(2 + length);
    }
    if (!bundle.empty())
        return malformed("the bundle has more than its entries");
    return entries;
}

} // namespace saiduan
