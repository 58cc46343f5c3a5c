// The contract of Store, the trail: every event a leaf, signed checkpoints, tiles and proofs.
#include "storage/trail/entry.hpp"
#include "storage/trail/proof.hpp"
#include "tests/support/store_line.hpp"

#include <doctest/doctest.h>

using namespace saiduan;

namespace {

HashReader published(StoreLine& line) {
    return hash_reader(line.signed_size(), [&](unsigned level, std::uint64_t n, unsigned width) {
        return line.ask(&Store::tile, TileId{TileId::Kind::hashes, level, n, width});
    });
}

// All entries of the published tree, from its bundles.
std::vector<std::string> entries(StoreLine& line) {
    std::vector<std::string> out;
    const std::uint64_t size = line.signed_size();
    for (std::uint64_t n = 0; n * tile_hashes < size; ++n) {
        const unsigned width = tile_width(0, n, size);
        const auto bundle = line.ask(&Store::tile, TileId{TileId::Kind::entries, 0, n, width});
        REQUIRE(bundle.has_value());
        const auto parsed = parse_bundle(*bundle, width);
        REQUIRE(parsed.has_value());
        for (const std::string_view entry : *parsed)
            out.emplace_back(entry);
    }
    return out;
}

Result<SignedCheckpoint> verified(StoreLine& line, const ProofParts& parts) {
    const TrailProof proof{"", parts.index, parts.path, parts.checkpoint};
    return TrailProof::parse(proof.text())->verify(parts.entry, std::span{&line.log_key(), 1});
}

} // namespace

TEST_CASE_TEMPLATE(
    "events are numbered without a gap, as the leaves are", Line, FakeLine, SqliteLine
) {
    Line line;
    (void)*line.file({});
    CHECK(line.file({.agencies = {"labour", "navy"}}).has_error()); // leaves no gap
    const Actor me = line.staff("labour");
    (void)*line.step(1, EventKind::claimed, 1, me, 7);
    const auto newest = line.events("labour").back();
    CHECK(line.note() == newest.id + 1);
    line.sign();
    const auto leaves = entries(line);
    CHECK(leaves.size() == line.signed_size());
    CHECK(leaves.size() == static_cast<std::size_t>(newest.id) + 1);
    for (std::size_t i = 0; i < leaves.size(); ++i) {
        const auto entry = LeafEntry::parse(leaves[i]);
        REQUIRE(entry.has_value());
        CHECK(entry->seq == i + 1);
    }
    const auto claim = LeafEntry::parse(leaves[static_cast<std::size_t>(newest.id) - 1]);
    CHECK(claim->kind == static_cast<std::uint16_t>(EventKind::claimed));
    CHECK(claim->at_ms == 7);
}

TEST_CASE_TEMPLATE(
    "a checkpoint is signed only when the trail has grown", Line, FakeLine, SqliteLine
) {
    Line line;
    const std::string first = line.sign();
    CHECK(line.store().checkpoint() == first);
    CHECK(line.sign(5) == first);
    const std::uint64_t size = line.signed_size();
    (void)line.note();
    CHECK(line.store().checkpoint() == first);
    CHECK(line.sign() != first);
    CHECK(line.signed_size() == size + 1);
}

TEST_CASE_TEMPLATE("stopping signs what is not signed yet", Line, FakeLine, SqliteLine) {
    Line line;
    const std::int64_t last = line.note();
    line.reopen();
    CHECK(line.signed_size() == static_cast<std::uint64_t>(last) + 1); // and the stop itself
    CHECK(line.note() == last + 3);                                    // after the new start
}

TEST_CASE_TEMPLATE("every checkpoint begins with the one before it", Line, FakeLine, SqliteLine) {
    Line line;
    const auto checkpoint = [&] {
        return open_checkpoint(line.sign(), std::span{&line.log_key(), 1})->checkpoint;
    };
    Checkpoint old = checkpoint();
    for (int round = 0; round < 4; ++round) {
        line.notes(90); // across the first full tile, after three
        if (round == 2)
            line.reopen();
        const Checkpoint fresh = checkpoint();
        const auto proof = consistency_proof(old.size, fresh.size, published(line));
        REQUIRE(proof.has_value());
        CHECK(verify_consistency(old.size, fresh.size, old.root, fresh.root, *proof));
        old = fresh;
    }
    CHECK(old.size > tile_hashes);
    CHECK(entries(line).size() == old.size);
    CHECK(*root_at(old.size, published(line)) == old.root);
}

TEST_CASE_TEMPLATE("only tiles of the signed tree are given out", Line, FakeLine, SqliteLine) {
    Line line;
    const auto tile = [&](TileId::Kind kind, std::uint64_t n, unsigned width, unsigned level = 0) {
        return line.ask(&Store::tile, TileId{kind, level, n, width});
    };
    using enum TileId::Kind;
    line.sign();
    const auto size = static_cast<unsigned>(line.signed_size());
    (void)line.note(); // not signed: not yet to be seen
    for (const auto kind : {hashes, entries}) {
        CHECK(tile(kind, 0, size).has_value());
        CHECK(tile(kind, 0, 1).has_value());
        CHECK(tile(kind, 0, size + 1).error().code == Errc::not_found);
        CHECK(tile(kind, 0, tile_hashes).error().code == Errc::not_found);
        CHECK(tile(kind, 1, 1).error().code == Errc::not_found);
    }
    CHECK(tile(hashes, 0, 1, 1).error().code == Errc::not_found);
    CHECK(tile(hashes, 0, size)->size() == size * hash_bytes);
    // A tree this one grew from stays readable.
    CHECK(tile(hashes, 0, size)->starts_with(*tile(hashes, 0, size - 1)));
}

TEST_CASE_TEMPLATE(
    "a receipt's proof verifies offline and opens its event", Line, FakeLine, SqliteLine
) {
    Line line;
    const ComplaintId id = line.file({.at = 77})->complaint;
    CHECK(line.ask(&Store::prove, id).error().code == Errc::unavailable);
    line.sign();
    line.notes(300);
    CHECK(line.ask(&Store::prove, id).has_value()); // in the old tree
    line.sign();
    const auto parts = line.ask(&Store::prove, id);
    REQUIRE(parts.has_value());
    REQUIRE(verified(line, *parts).has_value());
    const auto entry = LeafEntry::parse(parts->entry);
    REQUIRE(entry.has_value());
    CHECK(entry->kind == static_cast<std::uint16_t>(EventKind::filed));
    CHECK(entry->at_ms == 77);
    CHECK(entry->seq == parts->index + 1);
    CHECK(commitment(parts->salt, parts->event) == entry->commitment);

    ProofParts wrong = *parts;
    wrong.index += 1;
    CHECK(verified(line, wrong).has_error());
    wrong = *parts;
    wrong.entry.back() = static_cast<char>(wrong.entry.back() ^ 1);
    CHECK(verified(line, wrong).has_error());
    CHECK(line.ask(&Store::prove, id + 1).error().code == Errc::not_found);
}

TEST_CASE_TEMPLATE("a proof outlives the complaint's content", Line, FakeLine, SqliteLine) {
    Line line;
    const ComplaintId id = line.file({})->complaint;
    line.sign();
    const auto before = *line.ask(&Store::prove, id);
    REQUIRE(line.erase(id).has_value());
    line.reopen(); // signs: the erasure is in the trail
    const auto after = line.ask(&Store::prove, id);
    REQUIRE(after.has_value());
    CHECK(after->index == before.index);
    CHECK(after->entry == before.entry);
    CHECK(verified(line, *after).has_value());
    CHECK(verified(line, before).has_value());
}

TEST_CASE_TEMPLATE("a witness's line joins the newest checkpoint", Line, FakeLine, SqliteLine) {
    Line line;
    constexpr std::array<unsigned char, 32> seed{7};
    const auto witness = *NoteSigner::make("witness.example/w", SignatureType::cosignature, seed);
    const auto cosigned = [&](const std::string& note) {
        const auto text = open_note(note, std::span{&line.log_key(), 1})->text;
        return *cosign(text, witness, 1234);
    };
    CHECK(line.ask(&Store::add_cosignature, std::string{"x"}, 0).has_error());
    const std::string note = line.sign();
    const auto both = line.ask(&Store::add_cosignature, cosigned(note), 0);
    REQUIRE(both.has_value());
    CHECK(line.store().checkpoint() == *both);
    CHECK(line.ask(&Store::add_cosignature, cosigned(note), 0).error().code == Errc::conflict);
    CHECK(line.ask(&Store::add_cosignature, std::string{"x"}, 0).error().code == Errc::malformed);
    CHECK(line.sign() == *both); // nothing grew
    const VerifierKey keys[] = {line.log_key(), witness.key()};
    const auto opened = open_checkpoint(line.store().checkpoint(), keys);
    REQUIRE(opened.has_value());
    REQUIRE(opened->signatures.size() == 2);
    CHECK(opened->signatures[1].signed_at_s == 1234);
    (void)line.note();
    CHECK(open_checkpoint(line.sign(), keys)->signatures.size() == 1);
}
