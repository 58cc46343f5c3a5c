#include "gateway/keyroom.hpp"

#include "gateway/origin.hpp"
#include "storage/vault/key_file.hpp"
#include "storage/vault/marks.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <filesystem>

namespace saiduan {
namespace {

const Fault broken{Errc::unavailable, "a sealed record cannot be opened; it has been altered"};

constexpr std::size_t pending_max = 64;   // receipts handed to the pool to harden, at once
constexpr UnixMs pending_age_ms = 30'000; // after this they go before preparing new ones
constexpr std::size_t marks_max = 16;     // phones and names of one complaint that are linked

ReceiptCost cost_of(const VaultSettings& settings) {
    return {
        static_cast<std::size_t>(settings.argon2_memory_kib),
        static_cast<unsigned>(settings.argon2_passes)
    };
}

std::string vault_file(const std::string& directory) {
    return directory + "/vault.key";
}

std::string trail_file(const std::string& directory) {
    return directory + "/trail.key";
}

Fault about(const std::string& file, Fault fault) {
    fault.detail = file + ": " + fault.detail;
    return fault;
}

// Keys of a receipt handed out in a burst: not slow to try, but still only with the pepper, which
// is not in the database.
ReceiptKeys quick_keys(const Receipt& receipt, const Key& pepper) {
    return {
        keyed_hash(pepper, "quick check", receipt.digits()),
        Key::from(keyed_hash(pepper, "quick wrap", receipt.digits()))
    };
}

std::string marks_of(const Decision& d, const Key& key) {
    std::string out;
    const auto add = [&](const std::string& mark) {
        if (!mark.empty() && out.size() < marks_max * mark.size())
            out += mark;
    };
    for (const std::string& phone : d.phones)
        add(phone_mark(key, phone));
    for (const std::string& name : d.names)
        add(name_mark(key, name));
    return out;
}

} // namespace

Result<Secrets> Secrets::load(const std::string& directory, const std::string& origin) {
    Result<LockedKey> vault = read_key_file(vault_file(directory));
    if (!vault)
        return about(vault_file(directory), vault.error());
    const Result<LockedKey> trail = read_key_file(trail_file(directory));
    if (!trail)
        return about(trail_file(directory), trail.error());
    Result<NoteSigner> signer = NoteSigner::make(
        origin_of(directory, origin),
        SignatureType::ed25519,
        std::span<const unsigned char, Key::size>{(*trail)->data(), Key::size}
    );
    if (!signer)
        return signer.error();
    return Secrets{std::move(*vault), std::move(*signer)};
}

std::optional<Fault> Secrets::make(const std::string& directory) {
    namespace fs = std::filesystem;
    std::error_code error;
    fs::create_directories(directory, error);
    if (!error)
        fs::permissions(directory, fs::perms::owner_all, error);
    if (error)
        return Fault{Errc::unavailable, directory + ": " + error.message()};
    for (const std::string& file : {vault_file(directory), trail_file(directory)})
        if (const auto made = create_key_file(file); !made)
            return about(file, made.error());
    return std::nullopt;
}

Keyroom::Keyroom(
    const Key& vault, const VaultSettings& settings, const Store& store, const Clock& clock
)
    : pepper_(derive(vault, "receipt pepper")), permutation_(derive(vault, "receipt permutation")),
      marks_(derive(vault, "marks")), retries_(derive(vault, "retries")), cost_(cost_of(settings)),
      epochs_(store.next_epoch()), pool_(
                                       {store.next_complaint(),
                                        static_cast<std::size_t>(settings.receipts_ahead),
                                        pending_max,
                                        pending_age_ms,
                                        cost_},
                                       *permutation_,
                                       *pepper_,
                                       clock
                                   ) {}

void Keyroom::agencies_changed(const Store& store, const Agencies& agencies) {
    const std::vector<std::string> configured = agencies.keys();
    // In the order of generations: the last one of an agency stays.
    for (const AgencyKey& key : store.agency_keys()) {
        if (std::find(configured.begin(), configured.end(), key.agency) == configured.end())
            epochs_.remove_agency(key.agency);
        else if (const auto set = epochs_.set_agency(key.agency, key.generation, key.public_key);
                 !set)
            spdlog::error("agency {}: its public key is none", key.agency);
    }
}

NewReceipt Keyroom::receipt_part(const ReceiptPool::Taken& taken, const Key& data) const {
    const ComplaintId id = taken.receipt.id();
    if (taken.keys)
        return {taken.keys->check, wrap(taken.keys->wrap, data, receipt_context(id)), ""};
    // The pool is empty: quick keys now, slow ones when the burst is over.
    const ReceiptKeys quick = quick_keys(taken.receipt, *pepper_);
    return {
        quick.check,
        wrap(quick.wrap, data, receipt_context(id)),
        saiduan::seal(*pepper_, 0, pending_context(id), taken.receipt.digits())
    };
}

SealedFiling Keyroom::seal(Decision decision, const Agencies& agencies, UnixMs now) {
    const ReceiptPool::Taken taken = pool_.take();
    const Key data = Key::random();
    SealedFiling out;
    Filing& f = out.filing;
    f.complaint = taken.receipt.id();
    f.received_at = now;
    f.sealed = saiduan::seal(data, 0, complaint_context(f.complaint), decision.content);
    wipe(decision.content);
    f.cases = open_to(decision.agencies, f.complaint, data, now);
    if (auto grant = epochs_.grant(
            agencies.oversight.key, static_cast<std::uint64_t>(f.complaint), data, now
        ))
        f.oversight = std::move(*grant);
    f.receipt = receipt_part(taken, data);
    f.marks = marks_of(decision, *marks_);
    f.clear = std::move(decision.clear);
    out.receipt = taken.receipt.text();
    return out;
}

std::vector<NewCase> Keyroom::open_to(
    const std::vector<std::string>& agencies, ComplaintId complaint, const Key& data, UnixMs now
) {
    std::vector<NewCase> out;
    for (const std::string& agency : agencies) {
        auto grant = epochs_.grant(agency, static_cast<std::uint64_t>(complaint), data, now);
        if (grant)
            out.push_back({agency, std::move(*grant)});
        else
            spdlog::error("agency {} has no key; it gets no case", agency);
    }
    return out;
}

IdempotencyKey
Keyroom::idempotency(std::string_view key, std::string_view body, std::string_view answer) const {
    constexpr std::size_t mark_bytes = 16;
    IdempotencyKey out;
    out.mark = keyed_hash(*retries_, "key", key).substr(0, mark_bytes);
    out.fingerprint = keyed_hash(*retries_, "body", body);
    const Key own = Key::from(keyed_hash(*retries_, "answer", key));
    out.answer = saiduan::seal(own, 0, {"idempotency", "answer", 0, 1}, answer);
    return out;
}

Result<std::string> Keyroom::replayed(std::string_view key, const std::string& answer) const {
    const Key own = Key::from(keyed_hash(*retries_, "answer", key));
    const Result<SecretText> opened = open(own, {"idempotency", "answer", 0, 1}, answer);
    if (!opened)
        return broken;
    return std::string{opened->view()};
}

Result<TypedReceipt> Keyroom::parse(std::string_view text) const {
    return parse_receipt(text, *permutation_);
}

Result<ReceiptKeys> Keyroom::receipt_keys(const Receipt& receipt, bool pending) const {
    if (pending)
        return quick_keys(receipt, *pepper_);
    return saiduan::receipt_keys(receipt, *pepper_, cost_);
}

bool Keyroom::harden(const PendingReceipt& pending, UnixMs at, const Hardened& done) {
    const NewReceipt& r = pending.receipt;
    const Context context = receipt_context(pending.complaint);
    const Result<SecretText> digits = open(*pepper_, pending_context(pending.complaint), r.pending);
    const auto typed = digits ? parse(digits->view()) : Result<TypedReceipt>{broken};
    if (!typed)
        return false;
    Result<Key> opened = unwrap(quick_keys(typed->receipt, *pepper_).wrap, context, r.key);
    if (!opened)
        return false;
    const auto data = std::make_shared<const Key>(std::move(*opened));
    const auto finish = [id = pending.complaint, at, data, context, done](Result<ReceiptKeys> slow
                        ) {
        auto out = slow ? Result<HardenedReceipt>{HardenedReceipt{
                              id, slow->check, wrap(slow->wrap, *data, context), at
                          }}
                        : Result<HardenedReceipt>{slow.error()};
        done(std::make_shared<Result<HardenedReceipt>>(std::move(out)));
    };
    return pool_.harden(typed->receipt, finish);
}

Result<Json> open_json(const Key& data, const Context& context, std::string_view sealed) {
    const Result<SecretText> plain = open(data, context, sealed);
    if (!plain)
        return broken;
    return parse_json(plain->view());
}

std::string seal_json(const Key& data, const Context& context, const Json& plain) {
    std::string text = plain.dump(-1, ' ', false, Json::error_handler_t::replace);
    std::string sealed = seal(data, 0, context, text);
    wipe(text);
    return sealed;
}

} // namespace saiduan
