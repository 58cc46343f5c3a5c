#include "gateway/cli/open.hpp"

#include "gateway/keys.hpp"
#include "storage/sqlite/sqlite_store.hpp"
#include "storage/vault/key_file.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>

namespace saiduan {

Result<std::shared_ptr<const Policy>> load_policy(const Settings& settings) {
    auto rules = Rules::load(settings.triage_directory);
    if (!rules)
        return rules.error();
    auto agencies = Agencies::load(settings.agencies_file);
    if (!agencies)
        return agencies.error();
    return std::make_shared<const Policy>(Policy{std::move(*rules), std::move(*agencies)});
}

Result<std::unique_ptr<Everything>> open_everything(const Paths& paths, Receipts receipts) {
    auto settings = Settings::load(paths.config);
    if (!settings)
        return settings.error();
    auto out = std::make_unique<Everything>();
    out->settings = std::move(*settings);
    if (receipts == Receipts::when_asked)
        out->settings.vault.receipts_ahead = 0;
    auto policy = load_policy(out->settings);
    if (!policy)
        return policy.error();
    out->policy = std::move(*policy);
    auto atlas = Atlas::load(out->settings.geo_directory, out->settings.boundaries_file);
    if (!atlas)
        return atlas.error();
    out->atlas = std::move(*atlas);
    auto locales = Locales::load(out->settings.locales_directory);
    if (!locales)
        return locales.error();
    out->locales = std::move(*locales);
    for (const std::string& witness : out->settings.trail.witnesses)
        out->witnesses.push_back(*VerifierKey::parse(witness));
    if (!std::filesystem::is_directory(paths.data))
        return Fault{
            Errc::not_found, paths.data + " is not a data folder; make one with: saiduan init"
        };
    auto secrets = Secrets::load(keys_directory(out->settings, paths), out->settings.trail.origin);
    if (!secrets)
        return secrets.error();
    out->secrets.emplace(std::move(*secrets));
    SqliteConfig sqlite;
    sqlite.path = database_file(paths);
    sqlite.queue_max = static_cast<std::size_t>(out->settings.storage.queue_max);
    sqlite.batch_max = static_cast<std::size_t>(out->settings.storage.batch_max);
    sqlite.readers = out->settings.storage.readers;
    sqlite.signer = &out->secrets->signer;
    sqlite.checkpoint_file = paths.data + "/checkpoint";
    auto store = open_sqlite(sqlite);
    if (!store)
        return store.error();
    out->store = std::move(*store);
    out->keyroom = std::make_unique<Keyroom>(
        *out->secrets->vault, out->settings.vault, *out->store, out->clock
    );
    out->keyroom->agencies_changed(*out->store, out->policy->agencies);
    return out;
}

Result<KeyPair> read_recovery_key(const std::string& file) {
    constexpr std::size_t text_max = 4096;
    std::string text(text_max, '\0');
    std::ifstream opened;
    if (file != "-")
        opened.open(file);
    std::istream& in = file == "-" ? std::cin : opened;
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
    if (text.empty())
        return Fault{Errc::not_found, file + ": cannot be read"};
    Result<Key> key = parse_recovery(text);
    wipe(text);
    if (!key)
        return Fault{Errc::invalid, file + ": " + key.error().detail};
    return KeyPair::from_secret(std::move(*key));
}

std::string keys_directory(const Settings& settings, const Paths& paths) {
    if (!paths.keys.empty())
        return paths.keys;
    return settings.vault.keys_directory.empty() ? paths.data + "/keys"
                                                 : settings.vault.keys_directory;
}

std::optional<Fault> make_missing_keys(Everything& all) {
    const std::vector<AgencyKey> known = all.store->agency_keys();
    for (const std::string& agency : all.policy->agencies.keys()) {
        const bool there = std::any_of(known.begin(), known.end(), [&](const AgencyKey& key) {
            return key.agency == agency;
        });
        if (there)
            continue;
        auto made = make_agency_key(*all.store, agency, "system", SystemClock{}.now());
        if (!made)
            return made.error();
        const auto added = wait_for<AgencyKey>([&](Completion<AgencyKey> done) {
            all.store->add_agency_key(std::move(made->row), std::move(done));
        });
        if (!added)
            return added.error();
    }
    all.keyroom->agencies_changed(*all.store, all.policy->agencies);
    return std::nullopt;
}

} // namespace saiduan
