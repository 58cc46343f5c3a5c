// The keys of the running program and what it does with them: sealing complaints on their way in,
// opening them for who may read. I/O thread only, but for what says otherwise.
#pragma once

#include "gateway/intake.hpp"
#include "storage/opening.hpp"
#include "storage/trail/note.hpp"
#include "storage/vault/epochs.hpp"
#include "storage/vault/receipt_pool.hpp"

#include <functional>
#include <memory>
#include <string>

namespace saiduan {

// The two secrets that live outside the database, in files of mode 0600.
struct Secrets {
    LockedKey vault;   // everything keyed but not for one agency: receipts, marks, retries
    NoteSigner signer; // of the trail

    // Errors: what is wrong with which file.
    [[nodiscard]] static Result<Secrets>
    load(const std::string& directory, const std::string& origin);
    // Makes folder and files. Errors: as load; conflict when one is there already.
    [[nodiscard]] static std::optional<Fault> make(const std::string& directory);
};

// A filing ready for the store, and the receipt's digits for the one who filed.
struct SealedFiling {
    Filing filing;
    std::string receipt; // in groups of four
};

class Keyroom {
public:
    // `clock` outlives the keyroom. Starts the thread that prepares receipts.
    Keyroom(
        const Key& vault, const VaultSettings& settings, const Store& store, const Clock& clock
    );

    // Agency keys have changed: their newest generations seal from now on.
    void agencies_changed(const Store& store, const Agencies& agencies);

    // Symmetric work only, but for the first complaint of an epoch. An agency without a key is left
    // out of the grants and named in the log; `decision.agencies` must have one with a key.
    [[nodiscard]] SealedFiling seal(Decision decision, const Agencies& agencies, UnixMs now);

    // Marks and seals what a retry needs: the stored answer opens only with the same key.
    [[nodiscard]] IdempotencyKey
    idempotency(std::string_view key, std::string_view body, std::string_view answer) const;
    // Errors: unavailable for a broken row.
    [[nodiscard]] Result<std::string>
    replayed(std::string_view key, const std::string& answer) const;

    // Grants of a data key to agencies that come to a complaint later.
    [[nodiscard]] std::vector<NewCase> open_to(
        const std::vector<std::string>& agencies, ComplaintId complaint, const Key& data, UnixMs now
    );

    // What a typed receipt names. Errors: invalid, in words for the one who typed.
    [[nodiscard]] Result<TypedReceipt> parse(std::string_view text) const;
    // The keys a receipt makes; slow for a hardened one. From any thread. Errors: unavailable when
    // memory runs out.
    [[nodiscard]] Result<ReceiptKeys> receipt_keys(const Receipt& receipt, bool pending) const;
    // Slow keys, in idle time, for a receipt that was handed out with quick ones. False when it
    // cannot be done now; otherwise `done` is called once, on the pool's thread.
    using Hardened = std::function<void(std::shared_ptr<Result<HardenedReceipt>>)>;
    [[nodiscard]] bool harden(const PendingReceipt& pending, UnixMs at, const Hardened& done);

    void expire(UnixMs now) { epochs_.expire(now); }
    // Joins the thread. Idempotent.
    void stop() { pool_.stop(); }

private:
    [[nodiscard]] NewReceipt receipt_part(const ReceiptPool::Taken& taken, const Key& data) const;

    LockedKey pepper_, permutation_, marks_, retries_;
    ReceiptCost cost_;
    Epochs epochs_;
    ReceiptPool pool_;
};

// Opened content of a case: the complaint as filed, the assessment and the place; or the detail of
// an event. Errors: unavailable when it was altered.
[[nodiscard]] Result<Json>
open_json(const Key& data, const Context& context, std::string_view sealed);
[[nodiscard]] std::string seal_json(const Key& data, const Context& context, const Json& plain);

} // namespace saiduan
