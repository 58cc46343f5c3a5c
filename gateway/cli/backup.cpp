// backup: a copy of the running database, checked, sealed to the recovery key, read back.
#include "gateway/cli/commands.hpp"
#include "gateway/cli/open.hpp"
#include "gateway/cli/progress.hpp"
#include "storage/backup/archive.hpp"
#include "storage/sql/migrations.hpp"
#include "storage/sqlite/inspect.hpp"
#include "storage/sqlite/sqlite_store.hpp"
#include "storage/trail/record.hpp"
#include "storage/vault/key_file.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

namespace saiduan {
namespace {

// A file of mode 0600 that is not finished, and goes away with this object unless it was published.
// A killed backup leaves it behind; the next one takes it.
class Scratch {
public:
    [[nodiscard]] static Result<Scratch> claim(const std::string& path) {
        auto file = claim_scratch(path);
        if (!file)
            return file.error();
        return Scratch{path, std::move(*file)};
    }
    Scratch(Scratch&& other) noexcept
        : path_(std::exchange(other.path_, {})), file_(std::move(other.file_)) {}
    Scratch& operator=(Scratch&&) = delete;
    ~Scratch() {
        if (!path_.empty())
            ::unlink(path_.c_str());
    }
    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] const Descriptor& file() const { return file_; }
    [[nodiscard]] Result<void> publish_as(const std::string& target) {
        auto done = publish(path_, target);
        if (done)
            path_.clear();
        return done;
    }

private:
    Scratch(std::string path, Descriptor file) : path_(std::move(path)), file_(std::move(file)) {}
    std::string path_;
    Descriptor file_; // holds the lock
};

struct Copied {
    Inspection found;
    Manifest manifest;
    std::vector<ArchiveSource> sources;
};

// Everything that goes into the archive, checked.
Result<Copied> gather(const Settings& settings, const Paths& paths, const std::string& copy) {
    const std::string keys = keys_directory(settings, paths);
    const auto secrets = Secrets::load(keys, settings.trail.origin);
    if (!secrets)
        return Fault{secrets.error().code, keys + ": " + secrets.error().detail};
    // Before the copy: what is signed later may be more than the copy holds.
    const std::string published = small_file(paths.data + "/checkpoint", note_bytes_max);
    const std::string database = database_file(paths);
    if (!std::filesystem::is_regular_file(database))
        return Fault{Errc::not_found, paths.data + " is not a data folder: it has no saiduan.db"};
    ProgressLine progress{"copying"};
    if (auto done = copy_database(database, copy, std::ref(progress)); !done)
        return done.error();
    std::vector<std::uint64_t> sizes;
    if (const auto claimed = claimed_by(published))
        sizes.push_back(claimed->size);
    auto found = inspect_database(copy, sizes);
    if (!found)
        return found.error();
    if (found->recovery_key.empty())
        return Fault{
            Errc::invalid,
            paths.data + " has no recovery key to seal to; run saiduan init or saiduan upgrade"
        };
    Copied out{std::move(*found), {}, {}};
    out.manifest.created_at = SystemClock{}.now();
    out.manifest.origin = secrets->signer.key().name();
    out.manifest.events = out.found.events;
    out.manifest.tree_root = empty_root();
    for (const std::string& note : {published, out.found.note}) {
        if (note.empty())
            continue;
        const auto checkpoint = compare(out.found, note, secrets->signer.key());
        if (!checkpoint)
            return Fault{
                Errc::unavailable,
                "the database is not what was signed (" + checkpoint.error().detail +
                    "); see saiduan audit verify"
            };
        out.manifest.tree_size = checkpoint->size;
        out.manifest.tree_root = checkpoint->root;
    }
    out.sources.push_back({"saiduan.db", copy, {}});
    for (const char* name : {"vault.key", "trail.key"}) {
        const auto key = read_key_file(keys + "/" + name);
        if (!key)
            return key.error();
        out.sources.push_back({std::string{"keys/"} + name, "", key_file_text(**key)});
    }
    if (std::filesystem::exists(keys + "/origin"))
        out.sources.push_back(
            {"keys/origin", "", SecretText{std::string_view{out.manifest.origin + "\n"}}}
        );
    if (!out.found.note.empty())
        out.sources.push_back({"checkpoint", "", SecretText{std::string_view{out.found.note}}});
    return out;
}

// What was written, from the disk, with the stream key that is still known.
Result<void> read_back(const std::string& path, const Key& stream_key, const Manifest& written) {
    const auto file = open_regular(path);
    if (!file)
        return file.error();
    const auto known = [&](std::string_view) -> Result<Key> { return stream_key.clone(); };
    const auto ignore = [](const ArchivedFile&, std::string_view) -> Result<void> { return {}; };
    ProgressLine progress{"reading back"};
    const auto read = read_archive(*file, known, ignore, std::ref(progress));
    if (!read)
        return read.error();
    if (*read != written)
        return Fault{Errc::unavailable, "what was written is not what was meant"};
    return {};
}

// Whether a `backed_up` event stands in the trail now, or why not.
std::string note_backup(const Paths& paths, const Copied& copied) {
    if (in_use(database_file(paths)))
        return "the server runs, so no backed_up event was written";
    if (copied.found.schema < migrations().back().version)
        return "the database is of an older version, so no backed_up event was written";
    auto opened = open_everything(paths);
    if (!opened)
        return "no backed_up event was written: " + to_lines(opened.error());
    Everything& all = **opened;
    const Notice notice{
        EventKind::backed_up,
        "command line",
        "",
        fmt::format("{} {}", copied.manifest.events, to_hex(bytes_of(copied.manifest.tree_root))),
        SystemClock{}.now()
    };
    const auto noted = record(*all.store, notice);
    all.keyroom->stop();
    all.store->stop();
    return noted ? "a backed_up event was written" : "no backed_up event could be written";
}

Result<Copied> write_backup(const Settings& settings, const BackupOptions& options) {
    // What is archived: it holds what the database holds, only sealed content.
    const auto copy = Scratch::claim(database_file(options.paths) + ".copy");
    if (!copy)
        return copy.error();
    auto copied = gather(settings, options.paths, copy->path());
    if (!copied)
        return copied;
    const Key stream_key = Key::random();
    auto part = Scratch::claim(options.out + ".part");
    if (!part)
        return part.error();
    ProgressLine progress{"writing"};
    const auto written = write_archive(
        part->file(),
        copied->found.recovery_key,
        stream_key,
        copied->manifest,
        copied->sources,
        std::ref(progress)
    );
    if (!written)
        return Fault{written.error().code, options.out + ": " + written.error().detail};
    if (const auto synced = sync(part->file()); !synced)
        return Fault{synced.error().code, options.out + ": " + synced.error().detail};
    if (const auto same = read_back(part->path(), stream_key, copied->manifest); !same)
        return Fault{same.error().code, options.out + ": " + same.error().detail};
    if (const auto published = part->publish_as(options.out); !published)
        return published.error();
    return copied;
}

} // namespace

int backup(const BackupOptions& options) {
    const auto settings = Settings::load(options.paths.config);
    if (!settings)
        return fail(to_lines(settings.error()));
    if (!std::filesystem::is_directory(options.paths.data))
        return fail(options.paths.data + " is not a data folder");
    if (std::filesystem::exists(options.out))
        return fail(options.out + " exists already; nothing was changed");
    const auto copied = write_backup(*settings, options);
    if (!copied)
        return fail(copied.error().detail);
    fmt::print(
        "{} holds {} events and the tree signed at {}; it was read back and is whole\n"
        "only the recovery key opens it; {}\n",
        options.out,
        copied->manifest.events,
        copied->manifest.tree_size,
        note_backup(options.paths, *copied)
    );
    return 0;
}

} // namespace saiduan
