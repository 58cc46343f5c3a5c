// Opening what most commands need, and waiting for the store outside the server.
#pragma once

#include "gateway/cli/commands.hpp"
#include "gateway/services.hpp"

#include <future>
#include <memory>

namespace saiduan {

struct Everything {
    SystemClock clock;
    Settings settings;
    std::shared_ptr<const Policy> policy;
    std::unique_ptr<const Atlas> atlas;
    Locales locales;
    std::vector<VerifierKey> witnesses;
    std::optional<Secrets> secrets;
    std::unique_ptr<Store> store;
    std::unique_ptr<Keyroom> keyroom; // last: its thread ends before what it uses goes
};

// Where the secrets of a data folder are.
[[nodiscard]] std::string keys_directory(const Settings& settings, const Paths& paths);

// The recovery key as init printed it, from a file, or from standard input for "-". Errors: what is
// wrong with it.
[[nodiscard]] Result<KeyPair> read_recovery_key(const std::string& file);

// Agencies that are configured and have no key yet get one. Blocks; not for the I/O thread.
[[nodiscard]] std::optional<Fault> make_missing_keys(Everything& all);

// Rules and agencies as the files say now. Errors: what is wrong with them.
[[nodiscard]] Result<std::shared_ptr<const Policy>> load_policy(const Settings& settings);

// Whether receipts are prepared. A command has no use for them, and would wait at its end for the
// one under way, on a busy machine for minutes.
enum class Receipts { when_asked, ahead };

// Loads configuration and data, opens or creates the database. Errors: the first part that fails,
// with all its faults.
[[nodiscard]] Result<std::unique_ptr<Everything>>
open_everything(const Paths& paths, Receipts receipts = Receipts::when_asked);

// Blocks until the store has answered. Not for the I/O thread.
template <class T>
Result<T> wait_for(const std::function<void(Completion<T>)>& call) {
    std::promise<Result<T>> promise;
    call([&promise](Result<T> result) { promise.set_value(std::move(result)); });
    return promise.get_future().get();
}

// Writes an event of no case into the trail and returns its number. Blocks, as above.
[[nodiscard]] inline Result<std::int64_t> record(Store& store, const Notice& notice) {
    return wait_for<std::int64_t>([&](Completion<std::int64_t> done) {
        store.note(notice, std::move(done));
    });
}

} // namespace saiduan
