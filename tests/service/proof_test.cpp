// The trail as outsiders see it: what the server hands out is checked with the pure code alone.
#include "storage/trail/checkpoint.hpp"
#include "storage/trail/entry.hpp"
#include "storage/trail/proof.hpp"
#include "storage/trail/tiles.hpp"
#include "storage/vault/key_file.hpp"
#include "tests/service/reporter.hpp"

#include <chrono>
#include <thread>

using namespace saiduan;
using namespace saiduan::test;

namespace {

constexpr const char* origin = "saiduan.invalid/trail"; // as shipped

NoteSigner signer(const std::string& name, SignatureType type, const unsigned char* seed) {
    auto made =
        NoteSigner::make(name, type, std::span<const unsigned char, Key::size>{seed, Key::size});
    REQUIRE(made.has_value());
    return std::move(*made);
}

// The key the log signs with, as an operator would publish it.
VerifierKey log_key(const Station& station) {
    const auto key = read_key_file(station.data() + "/keys/trail.key");
    REQUIRE(key.has_value());
    return signer(origin, SignatureType::ed25519, (*key)->data()).key();
}

std::string checkpoint(HttpClient& client) {
    const HttpAnswer answer = client.ask("GET", "/checkpoint");
    REQUIRE(answer.status == 200);
    CHECK(answer.header("content-type") == "text/plain; charset=utf-8");
    return answer.body;
}

Checkpoint opened(const std::string& note, const VerifierKey& key) {
    const auto out = open_checkpoint(note, std::span{&key, 1});
    REQUIRE(out.has_value());
    return out->checkpoint;
}

// The checkpoint that follows on one of this size.
std::string next_checkpoint(HttpClient& client, const VerifierKey& key, std::uint64_t size) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::minutes{2};
    std::string note = checkpoint(client);
    while (opened(note, key).size <= size && std::chrono::steady_clock::now() < until) {
        std::this_thread::sleep_for(std::chrono::milliseconds{50});
        note = checkpoint(client);
    }
    REQUIRE(opened(note, key).size > size);
    return note;
}

// salt, then the event as AUDIT_FORMAT.md writes it.
struct ProvedEvent {
    std::string salt, event;
    explicit ProvedEvent(const std::string& extra)
        : salt(extra.substr(0, salt_bytes)), event(extra.substr(salt_bytes)) {}
    [[nodiscard]] std::uint64_t number(std::size_t at, std::size_t size) const {
        std::uint64_t out = 0;
        for (const char c : event.substr(at, size))
            out = out << 8 | static_cast<unsigned char>(c);
        return out;
    }
    [[nodiscard]] std::string entry() const {
        LeafEntry leaf;
        leaf.seq = number(0, 8);
        leaf.at_ms = static_cast<std::int64_t>(number(8, 8));
        leaf.kind = static_cast<std::uint16_t>(number(16, 2));
        leaf.commitment = commitment(salt, event);
        return leaf.bytes();
    }
    [[nodiscard]] std::uint64_t complaint() const { return number(26, 8); }
};

} // namespace

TEST_CASE("the reporter's proof shows that his complaint is in the tree the log signed") {
    const Configuration configuration;
    configuration.edit("saiduan.json", [](Json& settings) {
        settings["trail"]["checkpoint_s"] = 3600; // the proof itself asks for the checkpoint
    });
    Station station{configuration.file()};
    station.start();
    HttpClient client{station.port()};
    const VerifierKey key = log_key(station);
    const FiledComplaint other = file(client, plain_complaint);
    const FiledComplaint filed = file(client, plain_complaint);
    const std::string token = session(client, filed.receipt);
    const HttpAnswer answer = client.ask("GET", "/v1/complaint/proof", bearer(token));
    REQUIRE(answer.status == 200);
    CHECK(answer.header("content-disposition").find("attachment") == 0);
    auto proof = TrailProof::parse(answer.body);
    REQUIRE(proof.has_value());
    const ProvedEvent event{proof->extra};
    CHECK(std::to_string(event.complaint()) == filed.id);
    CHECK(event.number(0, 8) == proof->index + 1);
    CHECK(proof->checkpoint == checkpoint(client));
    const auto verified = proof->verify(event.entry(), std::span{&key, 1});
    REQUIRE(verified.has_value());
    CHECK(verified->checkpoint.size > proof->index);

    std::string forged = event.entry();
    forged.back() = static_cast<char>(forged.back() ^ 1);
    CHECK_FALSE(proof->verify(forged, std::span{&key, 1}).has_value());
    const unsigned char seed[Key::size] = {7};
    const VerifierKey stranger = signer(origin, SignatureType::ed25519, seed).key();
    CHECK_FALSE(proof->verify(event.entry(), std::span{&stranger, 1}).has_value());

    const std::string others = session(client, other.receipt);
    const HttpAnswer second = client.ask("GET", "/v1/complaint/proof", bearer(others));
    const auto other_proof = TrailProof::parse(second.body);
    REQUIRE(other_proof.has_value());
    CHECK_FALSE(other_proof->verify(event.entry(), std::span{&key, 1}).has_value());
}

TEST_CASE("each checkpoint continues the one before, as the served tiles show") {
    constexpr int more_than_a_tile = 300;
    const Configuration configuration;
    configuration.edit("saiduan.json", [](Json& settings) {
        settings["trail"]["checkpoint_s"] = 1;
    });
    Station station{configuration.file()};
    const std::string auditor = station.token("oversight", "auditor");
    const std::string labour = station.token("labour", "dispatcher");
    station.start();
    HttpClient client{station.port()};
    const VerifierKey key = log_key(station);
    static_cast<void>(file(client, plain_complaint));
    const Checkpoint before = opened(checkpoint(client), key);
    for (int i = 0; i < more_than_a_tile; ++i)
        static_cast<void>(file(client, plain_complaint));
    const std::uint64_t wanted = before.size + more_than_a_tile - 1;
    const Checkpoint after = opened(next_checkpoint(client, key, wanted), key);
    const auto tile = [&](const TileId& id, const HttpHeaders& headers = {}) {
        return client.ask("GET", "/" + id.path(), headers);
    };
    const TileReader served = [&](unsigned level, std::uint64_t n, unsigned width) {
        const HttpAnswer answer = tile({TileId::Kind::hashes, level, n, width});
        return answer.status == 200 ? Result<std::string>{answer.body}
                                    : Result<std::string>{Fault{Errc::not_found, answer.body}};
    };
    const HashReader read = hash_reader(after.size, served);
    const auto root = root_at(after.size, read);
    REQUIRE(root.has_value());
    CHECK(*root == after.root);
    const auto proof = consistency_proof(before.size, after.size, read);
    REQUIRE(proof.has_value());
    CHECK(verify_consistency(before.size, after.size, before.root, after.root, *proof));
    Hash other = before.root;
    other[0] ^= 1;
    CHECK_FALSE(verify_consistency(before.size, after.size, other, after.root, *proof));

    // Entries tell when how much happens: they are for auditors, and hash to the tree's leaves.
    const TileId bundle{TileId::Kind::entries, 0, 0, tile_hashes};
    CHECK(tile(bundle).status == 401);
    CHECK(tile(bundle, bearer(labour)).status == 403);
    const HttpAnswer entries = tile(bundle, bearer(auditor));
    REQUIRE(entries.status == 200);
    const auto parsed = parse_bundle(entries.body, tile_hashes);
    REQUIRE(parsed.has_value());
    const auto hashes = served(0, 0, tile_hashes);
    REQUIRE(hashes.has_value());
    for (std::size_t i = 0; i < tile_hashes; ++i)
        CHECK(leaf_hash((*parsed)[i]) == hash_at(*hashes, i));
    CHECK(tile({TileId::Kind::hashes, 0, after.size / tile_hashes + 1, 1}).status == 404);
    CHECK(client.ask("GET", "/tile/0/000/../../checkpoint").status == 404);
}

TEST_CASE("a configured witness's cosignature is taken and shown, a stranger's refused") {
    const unsigned char seed[Key::size] = {1};
    const unsigned char foreign[Key::size] = {2};
    const NoteSigner witness = signer("witness.example", SignatureType::cosignature, seed);
    const NoteSigner stranger = signer("stranger.example", SignatureType::cosignature, foreign);
    const Configuration configuration;
    configuration.edit("saiduan.json", [&](Json& settings) {
        settings["trail"]["checkpoint_s"] = 3600;
        settings["trail"]["witnesses"] = Json::array({witness.key().to_vkey()});
    });
    Station station{configuration.file()};
    station.start();
    HttpClient client{station.port()};
    const VerifierKey key = log_key(station);
    const std::string note = checkpoint(client);
    const std::string text = opened(note, key).text();
    const auto cosigned = [&](const std::string& of, const NoteSigner& by) {
        const auto line = cosign(of, by, 1'800'000'000);
        REQUIRE(line.has_value());
        const Json body{{"line", *line}};
        return client.ask("POST", "/v1/checkpoint/cosignatures", {}, body.dump()).status;
    };
    CHECK(cosigned(text, stranger) == 422);
    const Checkpoint another{origin, 1, empty_root()};
    CHECK(cosigned(another.text(), witness) == 422);
    CHECK(checkpoint(client) == note);
    CHECK(cosigned(text, witness) == 201);
    CHECK(cosigned(text, witness) == 409);
    const std::string shown = checkpoint(client);
    const VerifierKey keys[] = {key, witness.key()};
    const auto both = open_note(shown, keys);
    REQUIRE(both.has_value());
    REQUIRE(both->signatures.size() == 2);
    CHECK(both->signatures[1].name == "witness.example");
    CHECK(both->signatures[1].signed_at_s == 1'800'000'000);
}
