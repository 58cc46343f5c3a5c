// upgrade: seals a database from before the vault. The old line is walked again, event by event,
// into a new file through the store's own verbs; the old file is replaced only when the new one
// holds the same cases.
#include "gateway/cli/commands.hpp"
#include "gateway/cli/open.hpp"
#include "gateway/cli/progress.hpp"
#include "gateway/keys.hpp"
#include "storage/backup/file.hpp"
#include "storage/sqlite/readable.hpp"
#include "storage/sqlite/sqlite_store.hpp"
#include "storage/vault/key_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace saiduan {
namespace {

namespace fs = std::filesystem;

// The new files until they take over; removed with all in it at the end.
class Staging {
public:
    explicit Staging(const Paths& paths) : path_(database_file(paths) + ".upgrading") {}
    Staging(const Staging&) = delete;
    Staging& operator=(const Staging&) = delete;
    ~Staging() { clear(); }

    [[nodiscard]] const std::string& path() const { return path_; }
    // Also takes away what an upgrade that was killed has left.
    [[nodiscard]] Result<void> create() {
        clear();
        std::error_code error;
        if (!fs::create_directory(path_, error))
            return Fault{Errc::unavailable, path_ + ": " + error.message()};
        fs::permissions(path_, fs::perms::owner_all, error);
        return {};
    }

private:
    void clear() const {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    std::string path_;
};

template <class T>
Result<void> done(const Result<T>& result) {
    if (!result)
        return result.error();
    return {};
}

class Replay {
public:
    Replay(Everything& all, ReadableRecord& old, const KeyPair& recovery)
        : all_(all), old_(old), recovery_(recovery) {}

    // The tokens' rows, so that cases still say who holds them; revoked at once, since the keys
    // that their secrets would open cannot be made without the secrets.
    [[nodiscard]] Result<void> tokens() {
        for (const ReadableToken& token : old_.tokens()) {
            NewToken row;
            row.hash = token.hash;
            row.label = token.label;
            row.agency = token.agency;
            row.role = token.role;
            row.public_key = KeyPair::random().public_key;
            row.created_at = token.created_at;
            row.made_by = "upgrade";
            const auto id = wait_for<TokenId>([&](Completion<TokenId> told) {
                all_.store->add_token(std::move(row), std::move(told));
            });
            if (!id)
                return id.error();
            tokens_[token.agency + "/" + token.label] = {*id, token.role};
            const auto revoked = wait_for<TokenId>([&](Completion<TokenId> told) {
                all_.store->revoke_token(
                    {*id, "", "upgrade", SystemClock{}.now()}, std::move(told)
                );
            });
            if (!revoked)
                return revoked.error();
        }
        return {};
    }

    [[nodiscard]] Result<void> event(const ReadableEvent& e) {
        if (e.kind == EventKind::filed)
            return e.complaint == newest_ ? Result<void>{} : file(e.complaint);
        Actor actor;
        actor.agency = e.agency;
        actor.label = e.actor;
        if (const auto token = tokens_.find(e.agency + "/" + e.actor); token != tokens_.end()) {
            actor.token = token->second.first;
            actor.role = token->second.second;
        }
        if (e.kind == EventKind::read)
            return done(wait_for<SealedCase>([&](Completion<SealedCase> told) {
                all_.store->open_case(e.case_id, actor, e.at, std::move(told));
            }));
        return step(e, actor);
    }

    [[nodiscard]] std::int64_t complaints() const { return filed_; }

private:
    Result<void> file(ComplaintId id) {
        const ReadableComplaint old = old_.complaint(id);
        const UnixMs now = SystemClock{}.now();
        SealedFiling sealed;
        // Numbers that were never used are left out again.
        do
            sealed = all_.keyroom->seal(decision(old), all_.policy->agencies, now);
        while (sealed.filing.complaint < id);
        wipe(sealed.receipt);
        if (sealed.filing.complaint != id)
            return Fault{Errc::invalid, "the complaints are not in order"};
        sealed.filing.received_at = old.received_at;
        const auto filed = wait_for<Filed>([&](Completion<Filed> told) {
            all_.store->file(std::move(sealed.filing), std::move(told));
        });
        if (!filed)
            return filed.error();
        for (const CaseId opened : filed->cases)
            versions_[opened] = 1;
        newest_ = id;
        ++filed_;
        return {};
    }

    Decision decision(const ReadableComplaint& old) {
        Decision out;
        // Only for the marks that link complaints; everything else stays as it was decided then.
        if (const auto document = parse_json(old.content))
            if (const auto complaint = Complaint::parse(*document))
                out = decide(
                    *complaint,
                    old.content,
                    *all_.policy->rules,
                    *all_.atlas,
                    all_.policy->agencies,
                    old.received_at
                );
        wipe(out.content);
        out.content = "{\"content\":" + old.content + ",\"assessment\":" + old.assessment +
                      ",\"place\":" + old.place + "}";
        out.clear = old.clear;
        out.agencies = old.agencies;
        return out;
    }

    Result<void> step(const ReadableEvent& e, const Actor& actor) {
        Step step;
        step.case_id = e.case_id;
        step.kind = e.kind;
        step.version = versions_[e.case_id];
        step.actor = actor;
        step.at = e.at;
        const Result<Json> detail = parse_json(e.detail);
        if (!detail || !detail->is_object())
            return Fault{Errc::invalid, "an event's detail is not a JSON object"};
        if (e.kind == EventKind::resolved)
            step.outcome = detail->value("outcome", "");
        if (!detail->empty()) {
            const auto data = data_key(e);
            if (!data)
                return data.error();
            step.sealed = seal_json(*data, event_context(e.complaint, e.kind), *detail);
        }
        const auto moved = wait_for<CaseSummary>([&](Completion<CaseSummary> told) {
            all_.store->step(std::move(step), std::move(told));
        });
        if (moved)
            versions_[e.case_id] = moved->version;
        return done(moved);
    }

    Result<Key> data_key(const ReadableEvent& e) {
        Actor actor;
        actor.agency = e.agency;
        const auto sealed = wait_for<SealedKey>([&](Completion<SealedKey> told) {
            all_.store->case_key(e.case_id, actor, std::move(told));
        });
        if (!sealed)
            return sealed.error();
        auto pairs = open_with_recovery(*all_.store, e.agency, recovery_);
        if (!pairs)
            return pairs.error();
        for (const OpenAgencyKey& key : *pairs) {
            if (key.generation != sealed->epoch.agency_key)
                continue;
            const auto epoch = open_epoch(key.pair, sealed->epoch.sealed);
            if (!epoch)
                return epoch.error();
            return open_grant(
                *epoch, sealed->epoch.id, static_cast<std::uint64_t>(e.complaint), sealed->wrapped
            );
        }
        return Fault{Errc::unavailable, "an agency's key is missing"};
    }

    Everything& all_;
    ReadableRecord& old_;
    const KeyPair& recovery_;
    std::map<std::string, std::pair<TokenId, std::string>> tokens_; // and role, by agency/label
    std::map<CaseId, std::int64_t> versions_;
    ComplaintId newest_ = 0;
    std::int64_t filed_ = 0;
};

// Everything of the old record into the open new store; the number of complaints.
Result<std::int64_t> fill(Everything& all, ReadableRecord& old, const KeyPair& recovery) {
    const std::vector<std::string> keys = all.policy->agencies.keys();
    for (const std::string& agency : old.agencies())
        if (std::find(keys.begin(), keys.end(), agency) == keys.end())
            return Fault{Errc::invalid, "agency " + agency + " has cases and is not configured"};
    const UnixMs now = SystemClock{}.now();
    const auto made = wait_for<int>([&](Completion<int> told) {
        all.store->make_vault(recovery.public_key, now, std::move(told));
    });
    if (!made)
        return made.error();
    if (const auto bad = make_missing_keys(all))
        return *bad;
    Replay replay{all, old, recovery};
    if (const auto tokens = replay.tokens(); !tokens)
        return tokens.error();
    ProgressLine progress{"sealing"};
    const auto count = static_cast<std::uint64_t>(old.event_count());
    std::uint64_t at = 0;
    const auto walked = old.each_event([&](const ReadableEvent& e) {
        progress(++at, count);
        return replay.event(e);
    });
    if (!walked)
        return Fault{
            walked.error().code, fmt::format("event {} of {}: {}", at, count, walked.error().detail)
        };
    const Notice notice{
        EventKind::migrated, "upgrade", "", fmt::format("sealed {}", replay.complaints()), now
    };
    if (const auto noted = record(*all.store, notice); !noted)
        return noted.error();
    return replay.complaints();
}

Result<std::int64_t> seal_into(const Paths& staged, ReadableRecord& old, const KeyPair& recovery) {
    auto opened = open_everything(staged);
    if (!opened)
        return opened.error();
    Everything& all = **opened;
    auto filled = fill(all, old, recovery);
    all.keyroom->stop();
    all.store->stop();
    if (filled && !all.store->healthy())
        return Fault{Errc::unavailable, "the new database could not be written"};
    return filled;
}

// From here on a failure leaves the old database, or the new one, but never half of one.
Result<void> take_over(const std::string& staged, const Paths& paths) {
    const std::string to = database_file(paths);
    if (auto settled = settle_log(to);
        !settled) // a log beside the new file would be read as its own
        return settled;
    std::error_code error;
    fs::rename(staged + "/saiduan.db", to, error);
    if (error)
        return Fault{Errc::unavailable, to + ": " + error.message()};
    fs::rename(staged + "/checkpoint", paths.data + "/checkpoint", error);
    return sync_folder_of(to);
}

Result<std::int64_t> seal_folder(const Paths& paths, const KeyPair& recovery) {
    const auto lock = claim_scratch(database_file(paths) + ".lock");
    if (!lock)
        return Fault{Errc::conflict, database_file(paths) + " is in use by a running saiduan"};
    auto old = ReadableRecord::open(database_file(paths));
    if (!old)
        return old.error();
    const auto settings = Settings::load(paths.config);
    if (!settings)
        return settings.error();
    Staging staging{paths};
    if (const auto made = staging.create(); !made)
        return made.error();
    Paths staged = paths;
    staged.data = staging.path();
    staged.keys = keys_directory(*settings, paths);
    if (!fs::exists(staged.keys + "/vault.key"))
        if (const auto bad = Secrets::make(staged.keys))
            return *bad;
    auto sealed = seal_into(staged, **old, recovery);
    if (!sealed)
        return sealed;
    if (const auto settled = settle_log(database_file(staged)); !settled)
        return settled.error();
    if (const std::string wrong = (*old)->difference(database_file(staged)); !wrong.empty())
        return Fault{Errc::unavailable, "a case or count did not come out the same: " + wrong};
    fmt::print(
        "recovery key {}\n"
        "Print it and lock it away: it is shown only now, makes the first tokens, and is the only\n"
        "way back to the complaints when every token is lost. Who has it can read them all.\n",
        recovery_text(recovery.secret).view()
    );
    if (std::fflush(stdout) != 0)
        return Fault{Errc::unavailable, "the recovery key could not be printed"};
    old->reset();
    if (const auto taken = take_over(staging.path(), paths); !taken)
        return taken.error();
    return sealed;
}

} // namespace

int upgrade(const Paths& paths) {
    if (!fs::is_regular_file(database_file(paths)))
        return fail(paths.data + " is not a data folder: it has no saiduan.db");
    const KeyPair recovery = KeyPair::random();
    try {
        const auto sealed = seal_folder(paths, recovery);
        if (!sealed)
            return fail(to_lines(sealed.error()) + "; the old database is as it was");
        fmt::print(
            "{} complaints are sealed; the readable database is removed, but the disk may still\n"
            "hold its old blocks, and so do old backups: overwrite or destroy them.\n"
            "Old tokens are revoked, since nobody knows their secrets: make new ones with\n"
            "saiduan token. The complaints got receipts that nobody has seen.\n",
            *sealed
        );
        return 0;
    } catch (const SqliteError& error) {
        return fail(std::string{error.what()} + "; the old database is as it was");
    }
}

} // namespace saiduan
