#include "tests/support/store_line.hpp"

#include "storage/sqlite/sqlite_store.hpp"
#include "storage/trail/checkpoint.hpp"
#include "tests/support/fake_store.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>

namespace saiduan {
namespace {

constexpr std::array<unsigned char, 32> log_seed{1, 2, 3};

NoteSigner log_signer() {
    return *NoteSigner::make("saiduan.example/log", SignatureType::ed25519, log_seed);
}

} // namespace

StoreLine::StoreLine() : signer_(log_signer()) {}

void StoreLine::begin() {
    store_ = open_store();
    epochs_.emplace(store_->next_epoch());
    for (const char* agency : {"labour", "police", "ticac", "oversight"})
        add_agency(agency);
}

void StoreLine::reopen() {
    store_.reset();
    store_ = open_store();
    next_complaint_ = store_->next_complaint();
    epochs_.emplace(store_->next_epoch());
    for (const AgencyKey& key : store_->agency_keys())
        REQUIRE(epochs_->set_agency(key.agency, key.generation, key.public_key).has_value());
}

AgencyKey StoreLine::add_agency(const std::string& agency) {
    KeyPair pair = KeyPair::random();
    NewAgencyKey wanted;
    wanted.key.agency = agency;
    wanted.key.public_key = pair.public_key;
    wanted.key.recovery = "for the safe";
    wanted.actor = "system";
    for (const TokenRow& token : store_->tokens())
        if (token.agency == agency)
            wanted.copies.push_back(
                {token.id, agency, 0, *seal_to(token.public_key, pair.secret.view())}
            );
    const AgencyKey key = *ask(&Store::add_agency_key, wanted);
    REQUIRE(epochs_->set_agency(agency, key.generation, key.public_key).has_value());
    pairs_.insert_or_assign({agency, key.generation}, std::move(pair));
    return key;
}

Actor StoreLine::staff(const std::string& agency, const std::string& role) {
    const std::string secret = "secret " + std::to_string(next_secret_++);
    const std::string public_key = credential_pair(secret).public_key;
    NewToken token{secret, secret, agency, role, public_key, 0, "system", {}};
    for (const AgencyKey& key : store_->agency_keys())
        if (key.agency == agency)
            token.copies.push_back(
                {0,
                 agency,
                 key.generation,
                 *seal_to(public_key, agency_pair(agency, key.generation).secret.view())}
            );
    const TokenId id = *ask(&Store::add_token, token);
    secrets_[id] = secret;
    return (*store_->find_token(secret))->actor;
}

Actor StoreLine::overseer() {
    Actor actor = staff("oversight", "auditor");
    actor.oversight = true; // the gateway knows which agency that is, the store does not
    return actor;
}

std::string StoreLine::text_for(
    const Actor& actor, const SealedKey& key, const Context& context, std::string sealed
) {
    const auto credential = store_->find_token(hash_of(actor));
    if (!credential)
        return "";
    const auto data = open_data_key(secrets_.at(actor.token), (*credential)->copies, key);
    if (!data)
        return "";
    const auto text = saiduan::open(*data, context, sealed);
    return text ? std::string{text->view()} : "";
}

Filing StoreLine::filing(const Told& told) {
    Filing f;
    f.complaint = next_complaint_++;
    const auto id = static_cast<std::uint64_t>(f.complaint);
    const Key& data = data_keys_.insert_or_assign(f.complaint, Key::random()).first->second;
    f.received_at = told.at;
    f.clear.queue = told.agencies.front();
    f.clear.priority = told.priority;
    f.clear.demoted = told.demoted;
    f.clear.language = "my";
    f.clear.province = "Samut Sakhon";
    f.clear.categories = {Category::wage_withholding, Category::debt_bondage};
    f.sealed = seal(data, id, complaint_context(f.complaint), told.text);
    for (const std::string& agency : told.agencies) {
        auto grant = epochs_->grant(agency, id, data, told.at);
        if (grant)
            f.cases.push_back({agency, *grant});
        else // unknown: as if another agency's key were taken
            f.cases.push_back({agency, *epochs_->grant("labour", id, data, told.at)});
    }
    if (told.oversight)
        f.oversight = *epochs_->grant("oversight", id, data, told.at);
    f.receipt = {"check", "key", told.pending ? "pending" : ""};
    f.marks = told.marks;
    if (!told.key.empty())
        f.idempotency = IdempotencyKey{told.key, told.fingerprint, "answer to " + told.key};
    return f;
}

std::string StoreLine::words(ComplaintId complaint, EventKind kind, const char* text) {
    const Key& data = data_keys_.at(complaint);
    return seal(data, static_cast<std::uint64_t>(complaint), event_context(complaint, kind), text);
}

Result<ComplaintId> StoreLine::report(
    ComplaintId complaint,
    EventKind kind,
    bool critical,
    const std::vector<std::string>& opens,
    UnixMs at
) {
    Report r{complaint, kind, words(complaint, kind, "come quickly"), at, critical, {}};
    for (const std::string& agency : opens) {
        const auto id = static_cast<std::uint64_t>(complaint);
        r.opens.push_back({agency, *epochs_->grant(agency, id, data_keys_.at(complaint), at)});
    }
    return ask(&Store::report, r);
}

std::vector<CaseSummary> StoreLine::queue(const char* agency, CaseState state, int limit) {
    return *ask(&Store::list_cases, QueueQuery{agency, state, {}, limit});
}

Result<CaseSummary> StoreLine::step(
    CaseId id,
    EventKind kind,
    std::int64_t version,
    const Actor& who,
    UnixMs at,
    const char* outcome
) {
    return ask(&Store::step, Step{id, kind, version, who, "", outcome, at});
}

void StoreLine::resolve(CaseId id, const Actor& who, UnixMs at, const char* outcome) {
    const std::int64_t version = open(id, who)->summary.version;
    REQUIRE(step(id, EventKind::claimed, version, who, at).has_value());
    REQUIRE(step(id, EventKind::resolved, version + 1, who, at, outcome).has_value());
}

std::vector<Count> StoreLine::counts(std::vector<std::string> by) {
    return *ask(&Store::statistics, StatisticsQuery{std::move(by), 0, 4'000'000'000'000});
}

void StoreLine::notes(int count) {
    for (int i = 0; i < count; ++i)
        store_->note(notice(), [](const Result<std::int64_t>&) {});
}

std::uint64_t StoreLine::signed_size() {
    const std::string note = store_->checkpoint();
    if (note.empty())
        return 0;
    const auto opened = open_checkpoint(note, std::span{&log_key(), 1});
    REQUIRE(opened.has_value());
    return opened->checkpoint.size;
}

FakeLine::FakeLine() : record_(std::make_shared<FakeRecord>()) {
    begin();
}

std::unique_ptr<Store> FakeLine::open_store() {
    return std::make_unique<FakeStore>(record_, signer());
}

SqliteLine::SqliteLine() {
    char path[] = "/tmp/saiduan-store-XXXXXX";
    folder_ = ::mkdtemp(path);
    begin();
}

SqliteLine::~SqliteLine() {
    close();
    std::filesystem::remove_all(folder_);
}

Result<std::unique_ptr<Store>> SqliteLine::open_again(std::size_t queue_max) {
    SqliteConfig config;
    config.path = path();
    config.queue_max = queue_max;
    config.signer = &signer();
    config.checkpoint_file = checkpoint_path();
    return open_sqlite(config);
}

std::unique_ptr<Store> SqliteLine::open_store() {
    auto opened = open_again();
    REQUIRE(opened.has_value());
    return std::move(*opened);
}

} // namespace saiduan
