#include "gateway/cli/open.hpp"

#include "storage/sqlite/sqlite_store.hpp"

#include <filesystem>

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

Result<std::unique_ptr<Everything>> open_everything(const Paths& paths) {
    auto settings = Settings::load(paths.config);
    if (!settings)
        return settings.error();
    auto out = std::make_unique<Everything>();
    out->settings = std::move(*settings);
    auto policy = load_policy(out->settings);
    if (!policy)
        return policy.error();
    out->policy = std::move(*policy);
    auto atlas = Atlas::load(out->settings.geo_directory, out->settings.boundaries_file);
    if (!atlas)
        return atlas.error();
    out->atlas = std::move(*atlas);
    if (!std::filesystem::is_directory(paths.data))
        return Fault{
            Errc::not_found, paths.data + " is not a data folder; make one with: saiduan init"
        };
    SqliteConfig sqlite;
    sqlite.path = database_file(paths);
    sqlite.queue_max = static_cast<std::size_t>(out->settings.storage.queue_max);
    sqlite.batch_max = static_cast<std::size_t>(out->settings.storage.batch_max);
    sqlite.readers = out->settings.storage.readers;
    sqlite.agencies = out->policy->agencies.keys();
    auto store = open_sqlite(sqlite);
    if (!store)
        return store.error();
    out->store = std::move(*store);
    return out;
}

} // namespace saiduan
