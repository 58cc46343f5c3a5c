// init, token and config check.
#include "gateway/api/routes.hpp"
#include "gateway/cli/commands.hpp"
#include "gateway/cli/open.hpp"
#include "gateway/demo.hpp"
#include "gateway/http/server.hpp"
#include "gateway/keys.hpp"
#include "gateway/secret_text.hpp"
#include "storage/vault/key_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <iostream>

namespace saiduan {
namespace {

// A token of an agency whose keys are open; returns its secret.
Result<std::string>
add_token(Store& store, const TokenWish& wish, const std::vector<OpenAgencyKey>& keys) {
    std::string secret = new_secret("sd_");
    auto token = make_token(wish, secret, keys, SystemClock{}.now());
    if (!token)
        return token.error();
    const auto made = wait_for<TokenId>([&](Completion<TokenId> done) {
        store.add_token(std::move(*token), std::move(done));
    });
    if (!made)
        return made.error();
    return secret;
}

// A token for every role the tour needs.
std::optional<Fault> print_demo_tokens(Everything& all, const KeyPair& recovery) {
    for (const std::string& agency : all.policy->agencies.keys()) {
        const auto keys = open_with_recovery(*all.store, agency, recovery);
        if (!keys)
            return keys.error();
        const bool oversight = agency == all.policy->agencies.oversight.key;
        for (const std::string role : {"dispatcher", "supervisor", "auditor"}) {
            if (oversight != (role == "auditor"))
                continue;
            const std::string label = fmt::format("demo-{}-{}", agency, role);
            const auto secret = add_token(*all.store, {agency, role, label, "init"}, *keys);
            if (!secret)
                return secret.error();
            fmt::print("token {} {} {}\n", agency, role, *secret);
        }
    }
    return std::nullopt;
}

std::optional<Fault> make_folders(const Paths& paths) {
    namespace fs = std::filesystem;
    const auto settings = Settings::load(paths.config);
    if (!settings)
        return settings.error();
    if (fs::exists(database_file(paths)))
        return Fault{Errc::conflict, database_file(paths) + " exists already; nothing was changed"};
    std::error_code error;
    fs::create_directories(paths.data, error);
    if (!error)
        fs::permissions(paths.data, fs::perms::owner_all, error);
    if (error)
        return Fault{Errc::unavailable, paths.data + ": " + error.message()};
    return Secrets::make(keys_directory(*settings, paths));
}

} // namespace

std::string database_file(const Paths& paths) {
    return (std::filesystem::path{paths.data} / "saiduan.db").string();
}

int fail(const std::string& message) {
    std::cerr << "saiduan: " << message << '\n';
    return exit_bad_input;
}

int init(const InitOptions& options) {
    if (const auto bad = make_folders(options.paths))
        return fail(to_lines(*bad));
    auto opened = open_everything(options.paths);
    if (!opened)
        return fail(to_lines(opened.error()));
    Everything& all = **opened;
    const KeyPair recovery = KeyPair::random();
    const auto made = wait_for<int>([&](Completion<int> done) {
        all.store->make_vault(recovery.public_key, SystemClock{}.now(), std::move(done));
    });
    if (!made)
        return fail(made.error().detail);
    if (const auto bad = make_missing_keys(all))
        return fail(to_lines(*bad));
    fmt::print(
        "data folder {} is ready\n"
        "recovery key {}\n"
        "Print it and lock it away: it is shown only now, makes the first tokens, and is the only\n"
        "way back to the complaints when every token is lost. Who has it can read them all.\n",
        options.paths.data,
        recovery_text(recovery.secret).view()
    );
    std::optional<Fault> bad;
    if (options.demo > 0) {
        bad = print_demo_tokens(all, recovery);
        const auto filed = bad ? Result<int>{*bad} : file_demo_complaints(all, options.demo);
        if (filed)
            fmt::print("{} demo complaints filed\n", *filed);
        else
            bad = filed.error();
    }
    all.keyroom->stop();
    all.store->stop();
    return bad ? fail(to_lines(*bad)) : 0;
}

int token(const TokenOptions& options) {
    auto opened = open_everything(options.paths);
    if (!opened)
        return fail(to_lines(opened.error()));
    Everything& all = **opened;
    if (options.revoke > 0) {
        const auto revoked = wait_for<TokenId>([&](Completion<TokenId> done) {
            all.store->revoke_token(
                {options.revoke, "", "command line", SystemClock{}.now()}, std::move(done)
            );
        });
        all.store->stop();
        return revoked ? 0 : fail(revoked.error().detail);
    }
    const std::vector<std::string> keys = all.policy->agencies.keys();
    if (std::find(keys.begin(), keys.end(), options.agency) == keys.end())
        return fail(fmt::format(
            "--agency must be one of {}, got \"{}\"", fmt::join(keys, ", "), options.agency
        ));
    const TokenWish wish{options.agency, options.role, options.label, "command line"};
    if (const auto wrong = wrong_wish(wish))
        return fail("--" + wrong->pointer.substr(1) + " " + wrong->detail);
    if (options.recovery_key_file.empty())
        return fail("--recovery-key-file is needed: the file with the key that init printed");
    const auto recovery = read_recovery_key(options.recovery_key_file);
    if (!recovery)
        return fail(to_lines(recovery.error()));
    const auto agency_keys = open_with_recovery(*all.store, options.agency, *recovery);
    if (!agency_keys)
        return fail(to_lines(agency_keys.error()));
    // Whoever has the recovery key can read everything: its use must be seen.
    const UnixMs now = SystemClock{}.now();
    const Notice used{EventKind::key_used, "command line", options.agency, "recovery key", now};
    const auto noted = record(*all.store, used);
    const auto secret = noted ? add_token(*all.store, wish, *agency_keys) : noted.error();
    all.store->stop();
    if (!secret)
        return fail(to_lines(secret.error()));
    fmt::print("{}\n", *secret);
    return 0;
}

int check_config(const Paths& paths) {
    const auto settings = Settings::load(paths.config);
    if (!settings)
        return fail(to_lines(settings.error()));
    std::string faults;
    const auto note = [&](const auto& result) {
        if (!result)
            faults += (faults.empty() ? "" : "\n") + to_lines(result.error());
    };
    note(Agencies::load(settings->agencies_file));
    note(Rules::load(settings->triage_directory));
    note(Locales::load(settings->locales_directory));
    note(Atlas::load(settings->geo_directory, settings->boundaries_file));
    if (!settings->server.tls.certificate.empty())
        note(load_tls(settings->server.tls));
    if (!faults.empty())
        return fail(faults);
    fmt::print("{} is fine\n", paths.config);
    return 0;
}

} // namespace saiduan
