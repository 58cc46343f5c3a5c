#include "storage/backup/archive.hpp"

#include "config/reader.hpp"
#include "storage/trail/codec.hpp"

#include <sodium.h>

#include <algorithm>

namespace saiduan {
namespace {

constexpr std::size_t manifest_bytes_max = std::size_t{64} * 1024;
constexpr int format_version = 1;
constexpr std::uint64_t bytes_max = std::uint64_t{1} << 50;

class Hasher {
public:
    Hasher() { crypto_hash_sha256_init(&state_); }
    void add(std::string_view bytes) {
        crypto_hash_sha256_update(
            &state_, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()
        );
    }
    [[nodiscard]] Hash done() {
        Hash out{};
        crypto_hash_sha256_final(&state_, out.data());
        return out;
    }

private:
    crypto_hash_sha256_state state_{};
};

Result<void>
each_piece(const ArchiveSource& source, const std::function<Result<void>(std::string_view)>& take) {
    if (source.path.empty())
        return take(source.bytes.view());
    const auto file = open_regular(source.path);
    if (!file)
        return file.error();
    SecretText piece(backup_chunk);
    for (;;) {
        const auto got = read_some(*file, piece.data(), piece.size());
        if (!got)
            return got.error();
        if (*got == 0)
            return {};
        if (auto taken = take(piece.view().substr(0, *got)); !taken)
            return taken;
    }
}

Result<ArchivedFile> describe(const ArchiveSource& source) {
    ArchivedFile out{source.name, 0, {}};
    Hasher hasher;
    const auto read = each_piece(source, [&](std::string_view piece) -> Result<void> {
        out.bytes += piece.size();
        hasher.add(piece);
        return {};
    });
    if (!read)
        return read.error();
    out.sha256 = hasher.done();
    return out;
}

std::string to_text(const Manifest& m) {
    Json out{
        {"format", format_version},
        {"created_at", m.created_at},
        {"origin", m.origin},
        {"events", m.events},
        {"tree_size", m.tree_size},
        {"tree_root", to_base64(bytes_of(m.tree_root))},
        {"files", Json::array()}
    };
    for (const ArchivedFile& file : m.files)
        out["files"].push_back(
            {{"name", file.name},
             {"bytes", file.bytes},
             {"sha256", to_base64(bytes_of(file.sha256))}}
        );
    return out.dump();
}

Fault no_manifest() {
    return {Errc::malformed, "the backup's manifest is not one this program knows"};
}

// What follows was sealed by somebody who had the public key only: hostile all the same.
Result<Manifest> from_text(std::string_view text) {
    const Result<Json> parsed = parse_json(text);
    if (!parsed)
        return no_manifest();
    const Json& in = *parsed;
    try {
        Manifest m;
        if (in.at("format").get<int>() != format_version)
            return no_manifest();
        m.created_at = in.at("created_at").get<UnixMs>();
        m.origin = in.at("origin").get<std::string>();
        m.events = in.at("events").get<std::uint64_t>();
        m.tree_size = in.at("tree_size").get<std::uint64_t>();
        const auto root = hash_from_base64(in.at("tree_root").get<std::string>());
        if (!root || in.at("files").size() > std::size(archive_names))
            return no_manifest();
        m.tree_root = *root;
        for (const Json& row : in.at("files")) {
            ArchivedFile file{row.at("name"), row.at("bytes").get<std::uint64_t>(), {}};
            const auto hash = hash_from_base64(row.at("sha256").get<std::string>());
            const bool known =
                std::find(std::begin(archive_names), std::end(archive_names), file.name) !=
                std::end(archive_names);
            const bool again = std::any_of(m.files.begin(), m.files.end(), [&](const auto& other) {
                return other.name == file.name;
            });
            if (!hash || !known || again || file.bytes > bytes_max)
                return no_manifest();
            file.sha256 = *hash;
            m.files.push_back(std::move(file));
        }
        return m;
    } catch (const Json::exception&) {
        return no_manifest();
    }
}

Result<Manifest> read_manifest(SealedReader& in) {
    std::string size(4, '\0');
    if (const auto read = in.read(size.data(), size.size()); !read)
        return read.error();
    const std::uint64_t length = from_big_endian(size);
    if (length > manifest_bytes_max)
        return no_manifest();
    std::string text(length, '\0');
    if (const auto read = in.read(text.data(), text.size()); !read)
        return read.error();
    return from_text(text);
}

std::uint64_t total(const Manifest& m) {
    std::uint64_t out = 0;
    for (const ArchivedFile& file : m.files)
        out += file.bytes;
    return out;
}

} // namespace

Result<void> write_archive(
    const Descriptor& file,
    std::string_view recovery_key,
    const Key& stream_key,
    Manifest& manifest,
    const std::vector<ArchiveSource>& sources,
    const Progress& progress
) {
    for (const ArchiveSource& source : sources) {
        auto described = describe(source);
        if (!described)
            return described.error();
        manifest.files.push_back(std::move(*described));
    }
    auto out = SealedWriter::begin(file, recovery_key, stream_key);
    if (!out)
        return out.error();
    const std::string text = to_text(manifest);
    std::string head;
    put_big_endian(head, text.size(), 4);
    if (auto written = out->write(head + text); !written)
        return written;
    std::uint64_t done = 0;
    for (std::size_t i = 0; i < sources.size(); ++i) {
        Hasher hasher;
        std::uint64_t size = 0;
        auto copied = each_piece(sources[i], [&](std::string_view piece) -> Result<void> {
            hasher.add(piece);
            size += piece.size();
            progress(done += piece.size(), total(manifest));
            return out->write(piece);
        });
        if (!copied)
            return copied;
        if (size != manifest.files[i].bytes || hasher.done() != manifest.files[i].sha256)
            return Fault{Errc::unavailable, sources[i].name + " changed while it was read"};
    }
    return out->finish();
}

Result<Manifest> read_archive(
    const Descriptor& file,
    const SealedReader::Opener& open,
    const TakePiece& take,
    const Progress& progress
) {
    auto in = SealedReader::begin(file, open);
    if (!in)
        return in.error();
    auto manifest = read_manifest(*in);
    if (!manifest)
        return manifest;
    SecretText piece(backup_chunk);
    std::uint64_t done = 0;
    for (const ArchivedFile& entry : manifest->files) {
        Hasher hasher;
        for (std::uint64_t left = entry.bytes; left > 0;) {
            const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left, backup_chunk));
            if (const auto read = in->read(piece.data(), size); !read)
                return read.error();
            const std::string_view bytes = piece.view().substr(0, size);
            hasher.add(bytes);
            if (const auto taken = take(entry, bytes); !taken)
                return taken.error();
            left -= size;
            progress(done += size, total(*manifest));
        }
        if (const auto taken = take(entry, {}); !taken)
            return taken.error();
        if (hasher.done() != entry.sha256)
            return Fault{Errc::malformed, entry.name + " is not what the manifest says"};
    }
    if (const auto end = in->finish(); !end)
        return end.error();
    return manifest;
}

} // namespace saiduan
