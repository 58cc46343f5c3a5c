// The contract of Store, staff and keys: credentials, agency keys, epochs and their rotation.
#include "tests/support/store_line.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace saiduan;

namespace {

std::vector<std::int64_t> generations_of(Store& store, const char* agency) {
    std::vector<std::int64_t> out;
    for (const AgencyKey& key : store.agency_keys())
        if (key.agency == agency)
            out.push_back(key.generation);
    return out;
}

std::vector<Epoch> epochs_of(StoreLine& line, const char* agency, std::int64_t generation) {
    return *line.ask(&Store::epochs_of, std::string{agency}, generation, 0, 100);
}

// The epochs of an agency's older generation, sealed to the newer.
Resealed resealed(StoreLine& line, const char* agency, std::int64_t from, std::int64_t to) {
    Resealed out{agency, to, {}, 0};
    for (const Epoch& epoch : epochs_of(line, agency, from)) {
        const auto key = open_epoch(line.agency_pair(agency, from), epoch.sealed);
        const std::string& public_key = line.agency_pair(agency, to).public_key;
        out.epochs.push_back({epoch.id, agency, to, *seal_to(public_key, key->view())});
    }
    return out;
}

std::string text_of(StoreLine& line, CaseId id, const Actor& who) {
    const auto view = *line.open(id, who);
    return line.text_for(who, view.key, complaint_context(view.summary.complaint), view.sealed);
}

} // namespace

TEST_CASE_TEMPLATE("the vault is made once", Line, FakeLine, SqliteLine) {
    Line line;
    CHECK(line.store().recovery_key().empty());
    CHECK(line.ask(&Store::make_vault, std::string{"public half"}, 1).has_value());
    CHECK(line.ask(&Store::make_vault, std::string{"another"}, 1).error().code == Errc::conflict);
    CHECK(line.store().recovery_key() == "public half");
    line.reopen();
    CHECK(line.store().recovery_key() == "public half");
}

TEST_CASE_TEMPLATE(
    "a token is found with its copies, also after a restart", Line, FakeLine, SqliteLine
) {
    Line line;
    const Actor me = line.staff("labour", "supervisor");
    for (int round = 0; round < 2; ++round) {
        const auto found = line.store().find_token(StoreLine::hash_of(me));
        REQUIRE(found.has_value());
        const Credential& credential = **found;
        CHECK(credential.actor.token == me.token);
        CHECK(credential.actor.label == me.label);
        CHECK(credential.actor.agency == "labour");
        CHECK(credential.actor.role == "supervisor");
        CHECK_FALSE(credential.actor.oversight);
        REQUIRE(credential.copies.size() == 1);
        CHECK(credential.copies[0].token == me.token);
        CHECK(credential.copies[0].agency == "labour");
        CHECK(credential.copies[0].generation == 1);
        REQUIRE(line.store().tokens().size() == 1);
        CHECK(line.store().tokens()[0].id == me.token);
        CHECK(line.store().tokens()[0].label == me.label);
        CHECK_FALSE(line.store().tokens()[0].public_key.empty());
        line.reopen();
    }
    CHECK(line.store().find_token("unknown").error().code == Errc::unauthorized);
}

TEST_CASE_TEMPLATE(
    "a revoked token is unknown at once and after a restart", Line, FakeLine, SqliteLine
) {
    Line line;
    const Actor me = line.staff("labour");
    const Revocation revocation{me.token, "", "system", 1};
    const std::string hash = StoreLine::hash_of(me);
    CHECK(line.ask(&Store::revoke_token, revocation).has_value());
    CHECK(line.store().find_token(hash).error().code == Errc::unauthorized);
    CHECK(line.store().tokens().empty());
    CHECK(line.ask(&Store::revoke_token, revocation).error().code == Errc::not_found);
    line.reopen();
    CHECK(line.store().find_token(hash).error().code == Errc::unauthorized);
    CHECK(line.store().tokens().empty());
}

TEST_CASE_TEMPLATE(
    "a supervisor revokes tokens of his own agency only", Line, FakeLine, SqliteLine
) {
    Line line;
    const Actor police = line.staff("police");
    const Revocation foreign{police.token, "labour", "supervisor/x", 1};
    CHECK(line.ask(&Store::revoke_token, foreign).error().code == Errc::not_found);
    CHECK(line.store().find_token(StoreLine::hash_of(police)).has_value());
    const Revocation own{police.token, "police", "supervisor/y", 1};
    CHECK(*line.ask(&Store::revoke_token, own) == police.token);
}

TEST_CASE_TEMPLATE(
    "who held a case is still named after his token is gone", Line, FakeLine, SqliteLine
) {
    Line line;
    (void)*line.file({});
    const Actor me = line.staff("labour");
    (void)*line.step(1, EventKind::claimed, 1, me);
    (void)*line.ask(&Store::revoke_token, Revocation{me.token, "", "system", 1});
    CHECK(line.queue("labour", CaseState::claimed)[0].claimed_by == me.label);
}

TEST_CASE_TEMPLATE("an agency added at run time is usable at once", Line, FakeLine, SqliteLine) {
    Line line;
    const AgencyKey key = line.add_agency("navy");
    CHECK(key.generation == 1);
    CHECK(line.store().queue_version("navy") == 1);
    const Actor sailor = line.staff("navy");
    REQUIRE(line.file({.agencies = {"navy", "labour"}}).has_value());
    CHECK(line.store().queue_version("navy") == 2);
    REQUIRE(line.queue("navy").size() == 1);
    CHECK(text_of(line, 1, sailor) == "they hold our passports");
    CHECK(line.step(1, EventKind::claimed, 1, sailor).has_value());
    line.reopen();
    CHECK(line.queue("navy", CaseState::claimed).size() == 1);
    CHECK(line.queue("labour").size() == 1);
    CHECK(text_of(line, 1, sailor) == "they hold our passports");
}

TEST_CASE_TEMPLATE("a key that is refused leaves no agency behind", Line, FakeLine, SqliteLine) {
    Line line;
    NewAgencyKey wanted;
    wanted.key.agency = "navy";
    wanted.key.public_key = KeyPair::random().public_key;
    wanted.copies = {{77, "navy", 0, "a copy for nobody"}};
    CHECK(line.ask(&Store::add_agency_key, wanted).has_error());
    CHECK(line.store().queue_version("navy") == 0);
    CHECK(line.add_agency("army").generation == 1);
    CHECK(line.add_agency("navy").generation == 1);
    (void)*line.file({.agencies = {"navy"}});
    CHECK(line.queue("army").empty());
    CHECK(line.queue("navy").size() == 1);
    line.reopen();
    CHECK(line.queue("army").empty());
    CHECK(line.queue("navy").size() == 1);
}

TEST_CASE_TEMPLATE(
    "two new keys of an agency at the same time are two generations", Line, FakeLine, SqliteLine
) {
    Line line;
    NewAgencyKey wanted;
    wanted.key.agency = "navy";
    wanted.key.public_key = KeyPair::random().public_key;
    std::vector<std::future<Result<AgencyKey>>> answers;
    for (int i = 0; i < 2; ++i) {
        auto promise = std::make_shared<std::promise<Result<AgencyKey>>>();
        answers.push_back(promise->get_future());
        line.store().add_agency_key(wanted, [promise](Result<AgencyKey> key) {
            promise->set_value(std::move(key));
        });
    }
    CHECK(answers[0].get()->generation == 1);
    const auto second = answers[1].get();
    REQUIRE(second.has_value());
    CHECK(second->generation == 2);
    CHECK(generations_of(line.store(), "navy") == std::vector<std::int64_t>{1, 2});
}

TEST_CASE_TEMPLATE(
    "copies that were overtaken by a rotation or a new token are refused",
    Line,
    FakeLine,
    SqliteLine
) {
    Line line;
    (void)line.staff("labour");
    NewToken late{"late", "late", "labour", "dispatcher", "", 0, "system", {}};
    late.public_key = KeyPair::random().public_key;
    late.copies = {{0, "labour", 1, "of the first key"}};
    (void)line.add_agency("labour");
    CHECK(line.ask(&Store::add_token, late).error().code == Errc::conflict);
    late.copies.push_back({0, "labour", 2, "of the second"});
    late.copies.push_back({0, "labour", 3, "of none"});
    CHECK(line.ask(&Store::add_token, late).error().code == Errc::conflict);
    late.copies.pop_back();
    CHECK(line.ask(&Store::add_token, late).has_value());
    NewAgencyKey third; // without copies for those who hold the older ones
    third.key.agency = "labour";
    third.key.public_key = KeyPair::random().public_key;
    CHECK(line.ask(&Store::add_agency_key, third).error().code == Errc::conflict);
    CHECK(generations_of(line.store(), "labour") == std::vector<std::int64_t>{1, 2});
}

TEST_CASE_TEMPLATE(
    "of two rotations at once neither seals an epoch to a key that is gone",
    Line,
    FakeLine,
    SqliteLine
) {
    Line line;
    const Actor me = line.staff("labour");
    (void)*line.file({.at = 0, .text = "kept"});
    (void)line.add_agency("labour");
    (void)line.add_agency("labour");
    const Resealed slow = resealed(line, "labour", 1, 2);
    CHECK(*line.ask(&Store::reseal_epochs, resealed(line, "labour", 1, 3)) == 1);
    CHECK(*line.ask(&Store::reseal_epochs, slow) == 0); // never back to an older key
    CHECK(text_of(line, 1, me) == "kept");
    for (const std::int64_t old : {1, 2})
        CHECK(*line.ask(&Store::retire_agency_key, RetiredKey{"labour", old, 0}) == old);
    CHECK(*line.ask(&Store::retire_agency_key, RetiredKey{"labour", 1, 0}) == 1);
    CHECK(line.ask(&Store::reseal_epochs, slow).error().code == Errc::conflict);
    CHECK(generations_of(line.store(), "labour") == std::vector<std::int64_t>{3});
    line.reopen();
    CHECK(text_of(line, 1, me) == "kept");
}

TEST_CASE_TEMPLATE(
    "a rotation seals every epoch anew and loses nothing", Line, FakeLine, SqliteLine
) {
    Line line;
    const Actor me = line.staff("labour");
    (void)*line.file({.at = 0, .text = "before"});
    (void)*line.file({.at = 100'000, .text = "a minute later"}); // another epoch
    REQUIRE(epochs_of(line, "labour", 1).size() == 2);

    const AgencyKey second = line.add_agency("labour"); // the next generation
    CHECK(second.generation == 2);
    CHECK(line.store().find_token(StoreLine::hash_of(me)).value()->copies.size() == 2);
    (void)*line.file({.at = 100'001, .text = "after"});
    CHECK(epochs_of(line, "labour", 2).size() == 1);
    const RetiredKey first{"labour", 1, 0};
    CHECK(line.ask(&Store::retire_agency_key, first).error().code == Errc::conflict);

    CHECK(*line.ask(&Store::reseal_epochs, resealed(line, "labour", 1, 2)) == 2);
    CHECK(epochs_of(line, "labour", 1).empty());
    CHECK(epochs_of(line, "labour", 2).size() == 3);
    CHECK(*line.ask(&Store::retire_agency_key, first) == 1);
    CHECK(generations_of(line.store(), "labour") == std::vector<std::int64_t>{2});
    for (int round = 0; round < 2; ++round) {
        const auto credential = line.store().find_token(StoreLine::hash_of(me));
        REQUIRE(credential.value()->copies.size() == 1);
        CHECK(credential.value()->copies[0].generation == 2);
        CHECK(text_of(line, 1, me) == "before");
        CHECK(text_of(line, 2, me) == "a minute later");
        CHECK(text_of(line, 3, me) == "after");
        line.reopen();
    }
    CHECK(generations_of(line.store(), "police") == std::vector<std::int64_t>{1});
}

TEST_CASE_TEMPLATE("epochs are listed a page at a time", Line, FakeLine, SqliteLine) {
    Line line;
    for (int minute = 0; minute < 5; ++minute)
        (void)*line.file({.at = minute * 60'000});
    std::int64_t after = 0;
    std::size_t seen = 0;
    for (;;) {
        const auto page = *line.ask(&Store::epochs_of, std::string{"labour"}, 1, after, 2);
        if (page.empty())
            break;
        CHECK(page.size() <= 2);
        CHECK(page[0].id > after);
        after = page.back().id;
        seen += page.size();
    }
    CHECK(seen == 5);
    CHECK(epochs_of(line, "nobody", 1).empty());
}

TEST_CASE_TEMPLATE("nothing is sealed to a key that is gone", Line, FakeLine, SqliteLine) {
    Line line;
    // Sealed by somebody who has not heard of the rotation yet.
    const Filing late = line.filing({});
    (void)line.add_agency("labour");
    REQUIRE(line.ask(&Store::retire_agency_key, RetiredKey{"labour", 1, 0}).has_value());
    CHECK(line.ask(&Store::file, late).error().code == Errc::unavailable);
    CHECK(line.queue("labour").empty());
    CHECK(line.file({}).has_value());
}

TEST_CASE_TEMPLATE("epochs are numbered on after a restart", Line, FakeLine, SqliteLine) {
    Line line;
    CHECK(line.store().next_epoch() == 1);
    (void)*line.file({.agencies = {"labour", "police"}});
    line.reopen();
    CHECK(line.store().next_epoch() == 4); // oversight's is the third
    CHECK(line.store().next_complaint() == 2);
}
