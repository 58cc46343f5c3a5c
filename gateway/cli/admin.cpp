// init, token and config check.
#include "gateway/api/routes.hpp"
#include "gateway/cli/commands.hpp"
#include "gateway/cli/open.hpp"
#include "gateway/demo.hpp"
#include "gateway/http/server.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sodium.h>

#include <algorithm>
#include <filesystem>
#include <future>
#include <iostream>

namespace saiduan {
namespace {

constexpr std::string_view staff_roles[] = {"dispatcher", "supervisor", "analyst"};

// 256 random bits as text; only its digest is stored.
std::string new_secret() {
    unsigned char random[32];
    randombytes_buf(random, sizeof random);
    char text[2 * sizeof random];
    sodium_bin2base64(
        text, sizeof text, random, sizeof random, sodium_base64_VARIANT_URLSAFE_NO_PADDING
    );
    return std::string{"sd_"} + text;
}

Result<std::string> make_token(
    Store& store, const std::string& agency, const std::string& role, const std::string& label
) {
    std::string secret = new_secret();
    const auto made = wait_for<TokenId>([&](Completion<TokenId> done) {
        store.add_token(
            {digest(secret), label, agency, role, SystemClock{}.now()}, std::move(done)
        );
    });
    if (!made)
        return made.error();
    return secret;
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
    namespace fs = std::filesystem;
    if (fs::exists(database_file(options.paths)))
        return fail(database_file(options.paths) + " exists already; nothing was changed");
    std::error_code error;
    fs::create_directories(options.paths.data, error);
    if (!error)
        fs::permissions(options.paths.data, fs::perms::owner_all, error);
    if (error)
        return fail(options.paths.data + ": " + error.message());
    auto opened = open_everything(options.paths);
    if (!opened)
        return fail(to_lines(opened.error()));
    Everything& all = **opened;
    fmt::print("data folder {} is ready\n", options.paths.data);
    if (options.demo == 0) {
        all.store->stop();
        return 0;
    }
    for (const Agency& agency : all.policy->agencies.list)
        for (const char* role : {"dispatcher", "supervisor"}) {
            const auto secret =
                make_token(*all.store, agency.key, role, "demo-" + agency.key + "-" + role);
            if (!secret)
                return fail(secret.error().detail);
            fmt::print("token {} {} {}\n", agency.key, role, *secret);
        }
    const auto filed = file_demo_complaints(all, options.demo);
    all.store->stop();
    if (!filed)
        return fail(filed.error().detail);
    fmt::print("{} demo complaints filed\n", *filed);
    return 0;
}

int token(const TokenOptions& options) {
    auto opened = open_everything(options.paths);
    if (!opened)
        return fail(to_lines(opened.error()));
    Everything& all = **opened;
    if (options.revoke > 0) {
        const auto revoked = wait_for<TokenId>([&](Completion<TokenId> done) {
            all.store->revoke_token(options.revoke, SystemClock{}.now(), std::move(done));
        });
        all.store->stop();
        return revoked ? 0 : fail(revoked.error().detail);
    }
    std::vector<std::string> keys = all.policy->agencies.keys();
    if (std::find(keys.begin(), keys.end(), options.agency) == keys.end())
        return fail(fmt::format(
            "--agency must be one of {}, got \"{}\"", fmt::join(keys, ", "), options.agency
        ));
    if (std::find(std::begin(staff_roles), std::end(staff_roles), options.role) ==
        std::end(staff_roles))
        return fail(fmt::format(
            "--role must be one of {}, got \"{}\"", fmt::join(staff_roles, ", "), options.role
        ));
    const auto secret = make_token(*all.store, options.agency, options.role, options.label);
    all.store->stop();
    if (!secret)
        return fail(secret.error().detail);
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
    note(Atlas::load(settings->geo_directory, settings->boundaries_file));
    if (!settings->server.tls.certificate.empty())
        note(load_tls(settings->server.tls));
    if (!faults.empty())
        return fail(faults);
    fmt::print("{} is fine\n", paths.config);
    return 0;
}

} // namespace saiduan
