#include "gateway/rotation.hpp"

#include <spdlog/spdlog.h>

namespace saiduan {
namespace {

constexpr int batch = 64; // epochs; each costs two elliptic-curve steps, so 8 ms in all
constexpr int slice = 8;  // epochs between two looks at the sockets

// One batch; returns the last epoch's number, 0 when none was left.
Task<Result<std::int64_t>>
reseal_batch(Services& services, const AgencyKey& to, const OpenAgencyKey& from) {
    const auto list = [&](Completion<std::vector<Epoch>> done) {
        services.store.epochs_of(to.agency, from.generation, 0, batch, std::move(done));
    };
    const auto epochs = co_await ask<std::vector<Epoch>>(services, list);
    if (!epochs)
        co_return epochs.error();
    if (epochs->empty())
        co_return std::int64_t{0};
    Resealed resealed{to.agency, to.generation, {}, services.clock.now()};
    for (const Epoch& epoch : *epochs) {
        const Result<SecretText> key = open_sealed(from.pair, epoch.sealed);
        const auto sealed =
            key ? seal_to(to.public_key, key->view()) : Result<std::string>{key.error()};
        if (!sealed)
            co_return sealed.error();
        resealed.epochs.push_back({epoch.id, to.agency, to.generation, *sealed});
        if (resealed.epochs.size() % slice == 0)
            co_await asio::post(services.io, use_task);
    }
    const std::int64_t last = resealed.epochs.back().id;
    const auto store = [&](Completion<int> done) {
        services.store.reseal_epochs(std::move(resealed), std::move(done));
    };
    const auto stored = co_await ask<int>(services, store);
    if (!stored)
        co_return stored.error();
    co_return last;
}

} // namespace

Task<void> reseal(Services& services, AgencyKey to, std::vector<OpenAgencyKey> older) {
    for (const OpenAgencyKey& from : older) {
        if (from.generation == to.generation)
            continue;
        bool retired = false;
        while (!retired && !services.stopping) {
            const Result<std::int64_t> last = co_await reseal_batch(services, to, from);
            if (!last && last.error().code == Errc::conflict)
                co_return; // a newer rotation has overtaken this one and does its work
            if (!last) {
                spdlog::error("rotation of {} stopped; rotate again", to.agency);
                co_return;
            }
            if (*last != 0)
                continue;
            // A filing that was under way may bring one more old epoch: then it is refused.
            const RetiredKey key{to.agency, from.generation, services.clock.now()};
            const auto retire = [&](Completion<std::int64_t> done) {
                services.store.retire_agency_key(key, std::move(done));
            };
            const auto gone = co_await ask<std::int64_t>(services, retire);
            retired = gone.has_value();
            if (!gone && gone.error().code != Errc::conflict)
                co_return;
        }
        spdlog::info("rotation of {}: generation {} is gone", to.agency, from.generation);
    }
}

} // namespace saiduan
