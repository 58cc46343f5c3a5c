// What the reporter's receipt carries.
#include "storage/trail/entry.hpp"
#include "storage/trail/proof.hpp"
#include "tests/trail/log.hpp"

using namespace saiduan;

namespace {

NoteSigner signer() {
    std::array<unsigned char, 32> seed{7};
    return NoteSigner::make("log.example", SignatureType::ed25519, seed).value();
}

std::vector<VerifierKey> keys() {
    return {signer().key()};
}

std::string entry(std::uint64_t index) {
    return "entry " + std::to_string(index);
}

TrailProof proof_of(std::uint64_t index, std::uint64_t size) {
    const MemoryLog log(size);
    const Checkpoint checkpoint{"log.example", size, log.tree.root()};
    return {
        "",
        index,
        inclusion_proof(index, size, log.reader(size)).value(),
        sign_note(checkpoint.text(), signer()).value()
    };
}

} // namespace

TEST_CASE("a proof survives being written and read, and verifies") {
    for (const std::uint64_t size : {1U, 2U, 7U, 256U, 1000U}) {
        TrailProof proof = proof_of(size / 2, size);
        for (const char* extra : {"", "a", "salt and event"}) {
            proof.extra = extra;
            const auto read = TrailProof::parse(proof.text());
            REQUIRE(read);
            CHECK(*read == proof);
            const auto verified = read->verify(entry(size / 2), keys());
            REQUIRE(verified);
            CHECK(verified->checkpoint.size == size);
            CHECK_FALSE(read->verify(entry(size / 2 + 1), keys()));
            CHECK_FALSE(read->verify(entry(size / 2), {}));
        }
    }
}

TEST_CASE("a proof looks as the standard says") {
    TrailProof proof = proof_of(1, 2);
    proof.extra = "hi";
    CHECK(
        proof.text() == "c2sp.org/tlog-proof@v1\nextra aGk=\nindex 1\n" +
                            to_base64(bytes_of(proof.path.at(0))) + "\n\n" + proof.checkpoint
    );
}

TEST_CASE("no bit of a proof can change unnoticed") {
    const std::string good = proof_of(5, 9).text();
    for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
        std::string changed = good;
        changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ 1 << bit % 8);
        const auto proof = TrailProof::parse(changed);
        CAPTURE(bit);
        REQUIRE_FALSE((proof && proof->verify(entry(5), keys())));
    }
    for (std::size_t length = 0; length < good.size(); ++length) {
        const auto proof = TrailProof::parse(good.substr(0, length));
        REQUIRE_FALSE((proof && proof->verify(entry(5), keys())));
    }
}

TEST_CASE("a proof has one spelling") {
    const std::string good = proof_of(5, 9).text();
    REQUIRE(TrailProof::parse(good));
    const auto with = [&](std::string_view from, std::string_view to) {
        std::string changed = good;
        return TrailProof::parse(changed.replace(changed.find(from), from.size(), to));
    };
    CHECK_FALSE(with("@v1", "@v2"));
    CHECK_FALSE(with("@v1\n", "@v1\r\n"));
    CHECK_FALSE(with("index 5", "index 05"));
    CHECK_FALSE(with("index 5", "index  5"));
    CHECK_FALSE(with("index 5", "index -5"));
    CHECK_FALSE(with("index 5", "index 9223372036854775807"));
    CHECK_FALSE(with("index 5", "extra \nindex 5"));
    CHECK_FALSE(with("index 5", "extra aGk\nindex 5"));
    CHECK_FALSE(with("index 5", "extra aGk=\nextra aGk=\nindex 5"));
    CHECK_FALSE(with("index 5", "index 5\nAAAA"));
    CHECK_FALSE(with("index 5\n", ""));
    CHECK(with("index 5", "extra aGk=\nindex 5"));
    const std::string long_extra(proof_extra_bytes_max + 1, 'x');
    CHECK_FALSE(with("index 5", "extra " + to_base64(long_extra) + "\nindex 5"));
    const Hash hash = empty_root();
    std::string long_path;
    for (std::size_t i = 0; i <= proof_path_max; ++i)
        long_path += "\n" + to_base64(bytes_of(hash));
    CHECK_FALSE(with("index 5", "index 5" + long_path));
}

TEST_CASE("a receipt for a real event proves it to whoever is shown the event and the salt") {
    const TrailEvent event{1, 1'760'000'000'123, 1, 17, 4, 2, "reporter", "{}", "sealed"};
    const std::string salt(salt_bytes, 's');
    const std::string leaf = leaf_entry(event, salt).bytes();
    Tree tree;
    std::vector<FullTile> completed;
    tree.append(leaf_hash(leaf), completed);
    const Checkpoint checkpoint{"log.example", 1, tree.root()};
    const TrailProof proof{"", 0, {}, sign_note(checkpoint.text(), signer()).value()};
    CHECK(proof.verify(leaf, keys()));
    TrailEvent changed = event;
    changed.fact = "{ }";
    CHECK_FALSE(proof.verify(leaf_entry(changed, salt).bytes(), keys()));
}
