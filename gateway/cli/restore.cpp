// restore: a data folder from a backup, refused when it would silently undo what was signed.
#include "gateway/cli/commands.hpp"
#include "gateway/cli/open.hpp"
#include "gateway/cli/progress.hpp"
#include "gateway/origin.hpp"
#include "storage/backup/archive.hpp"
#include "storage/sqlite/inspect.hpp"
#include "storage/sqlite/sqlite_store.hpp"
#include "storage/trail/codec.hpp"
#include "storage/trail/record.hpp"
#include "storage/vault/key_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace saiduan {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t reason_max = 200; // bytes

// The folder under its working name, removed with all in it unless it was published.
class PartFolder {
public:
    explicit PartFolder(const std::string& target) : target_(target) {}
    PartFolder(const PartFolder&) = delete;
    PartFolder& operator=(const PartFolder&) = delete;
    ~PartFolder() {
        std::error_code ignored;
        if (made_)
            fs::remove_all(path(), ignored);
    }
    [[nodiscard]] std::string path() const { return target_ + ".part"; }
    [[nodiscard]] std::string keys() const { return path() + "/keys"; }
    [[nodiscard]] std::string database() const { return path() + "/saiduan.db"; }

    [[nodiscard]] Result<void> create() {
        std::error_code error;
        for (const std::string& folder : {path(), keys()}) {
            if (!fs::create_directory(folder, error))
                return Fault{
                    Errc::conflict,
                    folder + ": " +
                        (error ? error.message() : "exists already; nothing was changed")
                };
            made_ = true;
            fs::permissions(folder, fs::perms::owner_all, error);
        }
        return {};
    }
    [[nodiscard]] Result<void> finish() {
        auto done = publish(path(), target_);
        made_ = made_ && !done;
        return done;
    }

private:
    std::string target_;
    bool made_ = false;
};

// Decrypts everything into the folder. What lies there is good only when this succeeds.
Result<Manifest>
unpack(const std::string& from, const KeyPair& recovery, const PartFolder& folder) {
    const auto file = open_regular(from);
    if (!file)
        return file.error();
    const auto open_box = [&](std::string_view box) -> Result<Key> {
        auto key = open_sealed_key(recovery, box);
        if (!key)
            return Fault{
                Errc::invalid, "this recovery key does not open the backup, or its head is damaged"
            };
        return key;
    };
    std::optional<Descriptor> out;
    const auto take = [&](const ArchivedFile& entry, std::string_view piece) -> Result<void> {
        if (!out) {
            auto made = create_private(folder.path() + "/" + entry.name);
            if (!made)
                return made.error();
            out = std::move(*made);
        }
        if (!piece.empty())
            return write_all(*out, piece);
        auto synced = sync(*out);
        out.reset();
        return synced;
    };
    ProgressLine progress{"restoring"};
    auto manifest = read_archive(*file, open_box, take, std::ref(progress));
    if (!manifest)
        return Fault{manifest.error().code, from + ": " + manifest.error().detail};
    for (const std::string_view needed : {"saiduan.db", "keys/vault.key", "keys/trail.key"})
        if (!fs::exists(folder.path() + "/" + std::string{needed}))
            return Fault{Errc::malformed, from + " lacks " + std::string{needed}};
    return manifest;
}

// The newest checkpoint that anybody has seen; empty when none was named.
Result<std::string> published_note(const RestoreOptions& options) {
    if (options.published.empty() && options.old_data.empty())
        return std::string{};
    const std::string path =
        options.published.empty() ? options.old_data + "/checkpoint" : options.published;
    std::string note = small_file(path, note_bytes_max);
    if (!claimed_by(note))
        return Fault{Errc::invalid, path + " is not a signed checkpoint"};
    return note;
}

// Why the backup must not simply take over; empty when it may.
std::string loss(const Inspection& found, const std::string& published, const VerifierKey& key) {
    if (published.empty())
        return {};
    const auto compared = compare(found, published, key);
    if (compared)
        return {};
    const std::uint64_t size = claimed_by(published)->size;
    if (compared.error().code == Errc::stale)
        return fmt::format(
            "{} events would be lost: the published checkpoint signs {}, the backup holds {}",
            size - found.events,
            size,
            found.events
        );
    if (compared.error().code == Errc::conflict)
        return fmt::format(
            "the published checkpoint of {} events is of another history than the backup's {}",
            size,
            found.events
        );
    return fmt::format(
        "the published checkpoint of {} events is not signed with the backup's key", size
    );
}

// "log/3" is the third of its name; "log" the first.
unsigned generation_of(std::string_view origin, std::string_view configured) {
    if (!take_prefix(origin, configured) || !take_prefix(origin, "/"))
        return 1;
    const auto number = from_decimal(origin);
    return number && *number < 1'000'000 ? static_cast<unsigned>(*number) : 1;
}

// A log that has lost signed events must not go on under its name: a new key and a new name, and
// the old ones beside them.
Result<void> rename_log(
    const PartFolder& folder,
    const std::string& configured,
    const std::string& origin,
    const std::string& published
) {
    const auto claimed = claimed_by(published);
    const unsigned generation = std::max(
        generation_of(origin, configured), claimed ? generation_of(claimed->origin, configured) : 1
    );
    const std::string before = ".before-" + std::to_string(generation + 1);
    const std::string key = folder.keys() + "/trail.key";
    if (auto kept = publish(key, key + before); !kept)
        return kept;
    if (const auto made = create_key_file(key); !made)
        return made.error();
    std::error_code ignored;
    fs::remove(folder.keys() + "/origin", ignored);
    const std::string name = configured + "/" + std::to_string(generation + 1);
    if (auto written = write_private(folder.keys() + "/origin", name + "\n"); !written)
        return written;
    const std::string checkpoint = folder.path() + "/checkpoint";
    if (fs::exists(checkpoint))
        if (auto kept = publish(checkpoint, checkpoint + before); !kept)
            return kept;
    if (!published.empty())
        if (auto kept = write_private(checkpoint + before + ".published", published); !kept)
            return kept;
    return forget_checkpoints(folder.database());
}

// Opens the restored store once: that runs its own checks, and its trail says what happened.
Result<std::uint64_t>
note_restored(const PartFolder& folder, const std::string& origin, const std::string& fact) {
    const auto secrets = Secrets::load(folder.keys(), origin);
    if (!secrets)
        return secrets.error();
    SqliteConfig config;
    config.path = folder.database();
    config.signer = &secrets->signer;
    config.checkpoint_file = folder.path() + "/checkpoint";
    const auto store = open_sqlite(config);
    if (!store)
        return store.error();
    const Notice notice{EventKind::restored, "command line", "", fact, SystemClock{}.now()};
    const auto noted = record(**store, notice);
    (*store)->stop();
    if (!noted)
        return noted.error();
    return static_cast<std::uint64_t>(*noted);
}

struct Restored {
    Manifest manifest;
    std::string origin; // of the log from now on
    bool rolled_back = false;
    bool compared = false; // with a published checkpoint
};

// "size root" of a tree, for the trail.
std::string named(std::uint64_t size, const Hash& root) {
    return std::to_string(size) + " " + to_hex(bytes_of(root));
}

Result<Restored>
restore_into(const PartFolder& folder, const Settings& settings, const RestoreOptions& options) {
    const auto recovery = read_recovery_key(options.recovery_key_file);
    if (!recovery)
        return recovery.error();
    const auto published = published_note(options);
    if (!published)
        return published.error();
    auto manifest = unpack(options.from, *recovery, folder);
    if (!manifest)
        return manifest.error();
    const auto claimed = claimed_by(*published);
    const std::uint64_t sizes[] = {claimed ? claimed->size : 0};
    const auto found = inspect_database(folder.database(), sizes);
    if (!found)
        return found.error();
    const std::string& configured = settings.trail.origin;
    // The manifest knows the name under which the log was signed, also when it is configured
    // otherwise by now.
    const auto secrets = Secrets::load(folder.keys(), manifest->origin);
    if (!secrets)
        return secrets.error();
    if (!found->note.empty())
        if (const auto same = compare(*found, found->note, secrets->signer.key()); !same)
            return Fault{same.error().code, "the backup's " + same.error().detail};
    Restored out{*manifest, manifest->origin, false, claimed.has_value()};
    const std::string lost = loss(*found, *published, secrets->signer.key());
    if (!lost.empty() && options.roll_back.empty())
        return Fault{Errc::conflict, lost + "; to accept that: --roll-back REASON"};
    std::string fact = "from " + named(manifest->tree_size, manifest->tree_root);
    // Nothing to give up when the backup holds all that was signed.
    if (!options.roll_back.empty() && (!lost.empty() || !claimed)) {
        if (auto renamed = rename_log(folder, configured, out.origin, *published); !renamed)
            return renamed.error();
        if (claimed)
            fact += " instead of " + named(claimed->size, claimed->root);
        fact += " rolled back: " + options.roll_back;
        out.origin = origin_of(folder.keys(), configured);
        out.rolled_back = true;
    }
    if (const auto noted = note_restored(folder, out.origin, fact); !noted)
        return noted.error();
    return out;
}

bool good_reason(const std::string& reason) {
    return reason.size() <= reason_max && std::none_of(reason.begin(), reason.end(), [](char c) {
               return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
           });
}

} // namespace

int restore(const RestoreOptions& options) {
    const auto settings = Settings::load(options.paths.config);
    if (!settings)
        return fail(to_lines(settings.error()));
    std::string target = options.paths.data;
    while (target.size() > 1 && target.back() == '/')
        target.pop_back();
    if (fs::exists(fs::symlink_status(target)))
        return fail(target + " exists already; nothing was changed");
    if (!good_reason(options.roll_back))
        return fail("--roll-back must be one line of at most 200 bytes; it stays in the trail");
    PartFolder folder{target};
    if (const auto made = folder.create(); !made)
        return fail(made.error().detail);
    const auto restored = restore_into(folder, *settings, options);
    if (!restored)
        return fail(restored.error().detail);
    if (const auto published = folder.finish(); !published)
        return fail(published.error().detail);
    fmt::print(
        "{} is ready: {} events, checked against the tree signed at {}\n",
        target,
        restored->manifest.events,
        restored->manifest.tree_size
    );
    if (restored->rolled_back)
        fmt::print("the log goes on as {}; tell its witnesses and readers\n", restored->origin);
    else if (!restored->compared)
        fmt::print("no published checkpoint was given: what was signed after the backup is lost "
                   "unnoticed; see --published\n");
    if (!settings->vault.keys_directory.empty())
        fmt::print(
            "move {}/keys to {}, where the configuration wants it\n",
            target,
            settings->vault.keys_directory
        );
    return 0;
}

} // namespace saiduan
