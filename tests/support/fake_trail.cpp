// The fake's staff, keys and trail.
#include "storage/trail/checkpoint.hpp"
#include "storage/vault/secret.hpp"
#include "tests/support/fake_store.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace saiduan {
namespace {

constexpr std::size_t agencies_max = 64;

const Fault no_token{Errc::not_found, "no such token, or it is revoked already"};

const Fault overtaken{Errc::conflict, "the agency's keys or tokens changed meanwhile; try again"};

// An event of no case.
Event event_of(
    EventKind kind,
    UnixMs at,
    std::string fact,
    std::string agency = "",
    std::string actor = "system"
) {
    return {0, 0, kind, at, std::move(actor), std::move(agency), std::move(fact), ""};
}

} // namespace

std::uint64_t FakeStore::number_of(const std::string& agency) const {
    const auto& all = record_->agencies;
    const auto found = std::find(all.begin(), all.end(), agency);
    return found == all.end() ? 0 : static_cast<std::uint64_t>(found - all.begin()) + 1;
}

bool FakeStore::sealed_to_known_key(const Grant& grant) const {
    const auto& keys = record_->agency_keys;
    return record_->epochs.contains(grant.epoch->id) ||
           std::any_of(keys.begin(), keys.end(), [&](const AgencyKey& key) {
               return key.agency == grant.epoch->agency &&
                      key.generation == grant.epoch->agency_key;
           });
}

TrailEvent FakeStore::trail_event(const FakeRecord::Leaf& leaf) const {
    const Event& e = leaf.event;
    return {
        static_cast<std::uint64_t>(e.id),
        e.at,
        static_cast<std::uint16_t>(e.kind),
        static_cast<std::uint64_t>(e.case_id),
        static_cast<std::uint64_t>(leaf.complaint),
        number_of(e.agency),
        e.actor,
        e.fact,
        e.sealed
    };
}

std::int64_t FakeStore::append(Event event, ComplaintId complaint) {
    if (!std::exchange(started_, true)) {
        append(event_of(EventKind::started, event.at, ""));
        start_to_sign_ = true;
    }
    event.id = static_cast<std::int64_t>(record_->leaves.size()) + 1;
    if (number_of(event.agency) == 0)
        event.agency.clear(); // a leaf stays as it is when the agency becomes known
    std::string salt(salt_bytes, '\0');
    random_bytes(reinterpret_cast<unsigned char*>(salt.data()), salt.size());
    record_->leaves.push_back({std::move(event), complaint, salt});
    const TrailEvent leaf = trail_event(record_->leaves.back());
    std::vector<FullTile> completed;
    record_->tree.append(leaf_hash(leaf_entry(leaf, salt).bytes()), completed);
    for (FullTile& tile : completed)
        record_->full_tiles[{tile.level, tile.n}] = std::move(tile.hashes);
    return record_->leaves.back().event.id;
}

void FakeStore::make_vault(std::string recovery_key, UnixMs at, Completion<int> done) {
    answer<int>(done, [&]() -> Result<int> {
        if (!record_->recovery_key.empty())
            return Fault{Errc::conflict, "the vault is made already"};
        record_->recovery_key = recovery_key;
        append(event_of(EventKind::vault_made, at, ""));
        return 0;
    });
}

std::string FakeStore::recovery_key() const {
    const std::lock_guard lock{mutex_};
    return record_->recovery_key;
}

void FakeStore::grant_copy(KeyCopy copy, UnixMs at, const std::string& actor) {
    append(event_of(EventKind::key_granted, at, std::to_string(copy.token), "", actor));
    record_->copies.push_back(std::move(copy));
}

void FakeStore::add_token(NewToken t, Completion<TokenId> done) {
    answer<TokenId>(done, [&]() -> Result<TokenId> {
        std::set<std::int64_t> copied, there;
        for (const KeyCopy& copy : t.copies)
            copied.insert(copy.generation);
        for (const AgencyKey& key : record_->agency_keys)
            if (key.agency == t.agency)
                there.insert(key.generation);
        if (!copied.empty() && copied != there)
            return overtaken;
        const auto id = static_cast<TokenId>(record_->tokens.size()) + 1;
        record_->tokens.push_back(
            {{id, t.label, t.agency, t.role, t.public_key, t.created_at}, t.hash, false}
        );
        const std::string fact = std::to_string(id);
        append(event_of(EventKind::token_made, t.created_at, fact, "", t.made_by));
        for (KeyCopy& copy : t.copies) {
            copy.token = id;
            grant_copy(copy, t.created_at, t.made_by);
        }
        return id;
    });
}

void FakeStore::revoke_token(Revocation r, Completion<TokenId> done) {
    answer<TokenId>(done, [&]() -> Result<TokenId> {
        for (FakeRecord::Token& token : record_->tokens) {
            if (token.row.id != r.token || token.revoked ||
                (!r.agency.empty() && token.row.agency != r.agency))
                continue;
            token.revoked = true;
            std::erase_if(record_->copies, [&](const KeyCopy& c) { return c.token == r.token; });
            const std::string fact = std::to_string(r.token);
            append(event_of(EventKind::token_revoked, r.at, fact, "", r.actor));
            return r.token;
        }
        return no_token;
    });
}

Result<std::shared_ptr<const Credential>> FakeStore::find_token(const std::string& hash) const {
    const std::lock_guard lock{mutex_};
    for (const FakeRecord::Token& token : record_->tokens) {
        if (token.revoked || token.hash != hash)
            continue;
        const TokenRow& row = token.row;
        Credential out{{row.id, row.label, row.agency, row.role, false}, {}};
        for (const KeyCopy& copy : record_->copies)
            if (copy.token == row.id)
                out.copies.push_back(copy);
        return std::make_shared<const Credential>(std::move(out));
    }
    return Fault{Errc::unauthorized, "unknown token"};
}

std::vector<TokenRow> FakeStore::tokens() const {
    const std::lock_guard lock{mutex_};
    std::vector<TokenRow> out;
    for (const FakeRecord::Token& token : record_->tokens)
        if (!token.revoked)
            out.push_back(token.row);
    return out;
}

std::vector<AgencyKey> FakeStore::agency_keys() const {
    const std::lock_guard lock{mutex_};
    return record_->agency_keys;
}

void FakeStore::add_agency_key(NewAgencyKey wanted, Completion<AgencyKey> done) {
    answer<AgencyKey>(done, [&]() -> Result<AgencyKey> {
        AgencyKey& key = wanted.key;
        for (const KeyCopy& copy : wanted.copies)
            if (copy.token < 1 || copy.token > static_cast<TokenId>(record_->tokens.size()))
                return Fault{Errc::unavailable, "a copy for a token that is not known"};
        for (const KeyCopy& held : record_->copies)
            if (held.agency == key.agency &&
                std::none_of(wanted.copies.begin(), wanted.copies.end(), [&](const KeyCopy& c) {
                    return c.token == held.token;
                }))
                return overtaken;
        if (number_of(key.agency) == 0) {
            if (record_->agencies.size() == agencies_max)
                return Fault{Errc::conflict, "too many agencies"};
            record_->agencies.push_back(key.agency);
            versions_[key.agency] = 1;
            append(event_of(EventKind::agency_added, key.created_at, key.agency, key.agency));
        }
        key.generation = 1;
        for (const AgencyKey& known : record_->agency_keys)
            if (known.agency == key.agency)
                key.generation = std::max(key.generation, known.generation + 1);
        record_->agency_keys.push_back(key);
        const std::string fact = std::to_string(key.generation);
        append(event_of(EventKind::agency_key_made, key.created_at, fact, key.agency, wanted.actor)
        );
        for (KeyCopy& copy : wanted.copies) {
            copy.generation = key.generation;
            grant_copy(copy, key.created_at, wanted.actor);
        }
        return key;
    });
}

void FakeStore::epochs_of(
    std::string agency,
    std::int64_t generation,
    std::int64_t after,
    int limit,
    Completion<std::vector<Epoch>> done
) {
    answer<std::vector<Epoch>>(done, [&] {
        std::vector<Epoch> out;
        for (const auto& [id, epoch] : record_->epochs)
            if (epoch.agency == agency && epoch.agency_key == generation && id > after &&
                out.size() < static_cast<std::size_t>(limit))
                out.push_back(epoch);
        return out;
    });
}

void FakeStore::reseal_epochs(Resealed resealed, Completion<int> done) {
    answer<int>(done, [&]() -> Result<int> {
        const auto& keys = record_->agency_keys;
        if (std::none_of(keys.begin(), keys.end(), [&](const AgencyKey& key) {
                return key.agency == resealed.agency && key.generation == resealed.generation;
            }))
            return overtaken;
        int count = 0;
        for (const Epoch& epoch : resealed.epochs) {
            Epoch& stored = record_->epochs.at(epoch.id);
            if (stored.agency_key >= resealed.generation)
                continue;
            ++count;
            stored.agency_key = resealed.generation;
            stored.sealed = epoch.sealed;
            const std::string fact = std::to_string(epoch.id);
            append(event_of(EventKind::epoch_resealed, resealed.at, fact));
        }
        return count;
    });
}

void FakeStore::retire_agency_key(RetiredKey key, Completion<std::int64_t> done) {
    answer<std::int64_t>(done, [&]() -> Result<std::int64_t> {
        for (const auto& [id, epoch] : record_->epochs)
            if (epoch.agency == key.agency && epoch.agency_key == key.generation)
                return Fault{Errc::conflict, "this key still seals epochs"};
        const auto of_it = [&](const auto& row) {
            return row.agency == key.agency && row.generation == key.generation;
        };
        if (std::erase_if(record_->agency_keys, of_it) == 0)
            return key.generation;
        std::erase_if(record_->copies, of_it);
        const std::string fact = std::to_string(key.generation);
        append(event_of(EventKind::agency_key_retired, key.at, fact, key.agency));
        return key.generation;
    });
}

void FakeStore::note(Notice n, Completion<std::int64_t> done) {
    answer<std::int64_t>(done, [&] {
        return append(event_of(n.kind, n.at, n.fact, n.agency, n.actor));
    });
}

void FakeStore::sign_tree() {
    if (record_->tree.size() == record_->signed_size)
        return;
    const Checkpoint checkpoint{signer_.key().name(), record_->tree.size(), record_->tree.root()};
    record_->note = *sign_note(checkpoint.text(), signer_);
    record_->signed_size = checkpoint.size;
}

void FakeStore::sign(UnixMs, Completion<std::string> done) {
    answer<std::string>(done, [&] {
        sign_tree();
        return record_->note;
    });
}

std::string FakeStore::checkpoint() const {
    const std::lock_guard lock{mutex_};
    return record_->note;
}

void FakeStore::add_cosignature(std::string line, UnixMs, Completion<std::string> done) {
    answer<std::string>(done, [&]() -> Result<std::string> {
        if (record_->note.empty())
            return Fault{Errc::not_found, "there is no checkpoint yet"};
        const Result<std::string> more = add_signature(record_->note, line);
        if (more)
            record_->note = *more;
        return more;
    });
}

Result<std::string>
FakeStore::tile_hashes_of(unsigned level, std::uint64_t n, unsigned width) const {
    const auto full = record_->full_tiles.find({level, n});
    const std::string_view hashes =
        full == record_->full_tiles.end() ? record_->tree.partial(level) : full->second;
    return std::string{hashes.substr(0, width * hash_bytes)};
}

void FakeStore::tile(TileId id, Completion<std::string> done) {
    answer<std::string>(done, [&]() -> Result<std::string> {
        if (!tile_within(id, record_->signed_size))
            return Fault{Errc::not_found, "the last checkpoint has no such tile"};
        if (id.kind == TileId::Kind::hashes)
            return tile_hashes_of(id.level, id.n, id.width);
        std::string bundle;
        for (std::size_t i = 0; i < id.width; ++i) {
            const FakeRecord::Leaf& leaf = record_->leaves[id.n * tile_hashes + i];
            add_to_bundle(bundle, leaf_entry(trail_event(leaf), leaf.salt).bytes());
        }
        return bundle;
    });
}

void FakeStore::prove(ComplaintId id, Completion<ProofParts> done) {
    answer<ProofParts>(done, [&]() -> Result<ProofParts> {
        const auto& leaves = record_->leaves;
        const auto filed = std::find_if(leaves.begin(), leaves.end(), [&](const auto& leaf) {
            return leaf.complaint == id && leaf.event.kind == EventKind::filed;
        });
        if (filed == leaves.end())
            return Fault{Errc::not_found, "no such complaint"};
        const auto index = static_cast<std::uint64_t>(filed - leaves.begin());
        if (index >= record_->signed_size)
            return Fault{Errc::unavailable, "not yet in a signed checkpoint"};
        const HashReader read =
            hash_reader(record_->signed_size, [&](unsigned level, std::uint64_t n, unsigned width) {
                return tile_hashes_of(level, n, width);
            });
        const auto path = inclusion_proof(index, record_->signed_size, read);
        if (!path)
            return path.error();
        const TrailEvent event = trail_event(*filed);
        return ProofParts{
            index,
            leaf_entry(event, filed->salt).bytes(),
            filed->salt,
            event_bytes(event),
            *path,
            record_->note
        };
    });
}

std::uint64_t FakeStore::queue_version(const std::string& agency) const {
    const std::lock_guard lock{mutex_};
    const auto found = versions_.find(agency);
    return found == versions_.end() ? 0 : found->second;
}

void FakeStore::on_change(std::function<void(const std::vector<std::string>&)> changed) {
    changed_ = std::move(changed);
}

void FakeStore::stop() {
    const std::lock_guard lock{mutex_};
    if (stopped_)
        return;
    if (started_)
        append(event_of(EventKind::stopped, record_->leaves.back().event.at, ""));
    sign_tree();
    stopped_ = true;
}

} // namespace saiduan
