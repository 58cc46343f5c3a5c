// Checkpoints and their witnesses.
#include "storage/trail/checkpoint.hpp"
#include "tests/trail/log.hpp"

#include <numeric>

using namespace saiduan;

namespace {

constexpr const char* origin = "intake.example.org/audit";
constexpr const char* text =
    "intake.example.org/audit\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n";
constexpr std::int64_t cosigned_at = 1'700'000'000;

// Seed 00 01 02 ... 1f.
NoteSigner counting_signer(const char* name, SignatureType type) {
    std::array<unsigned char, 32> seed;
    std::iota(seed.begin(), seed.end(), static_cast<unsigned char>(0));
    return NoteSigner::make(name, type, seed).value();
}

NoteSigner log_signer() {
    return counting_signer(origin, SignatureType::ed25519);
}

NoteSigner witness() {
    return counting_signer("witness.example.org/w1", SignatureType::cosignature);
}

std::string with(std::string changed, std::string_view from, std::string_view to) {
    return changed.replace(changed.find(from), from.size(), to);
}

} // namespace

TEST_CASE("the reference checkpoint comes out byte for byte") {
    const NoteSigner signer = log_signer();
    CHECK(
        signer.key().to_vkey() ==
        "intake.example.org/audit+8cd25d69+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
    );
    const auto checkpoint = Checkpoint::parse(text);
    REQUIRE(checkpoint);
    CHECK(checkpoint->origin == origin);
    CHECK(checkpoint->size == 8);
    CHECK(
        to_hex(checkpoint->root) ==
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    );
    CHECK(checkpoint->text() == text);
    const auto note = sign_note(text, signer);
    REQUIRE(note);
    CHECK(
        *note == std::string{text} + "\n— intake.example.org/audit "
                                     "jNJdaVyQai3ESpv4yGpwzVd59/"
                                     "z2q0iCHx+BuwsH8rnGyLBHSgwBYGxOu1t1jWjTnT3YXnN4hygxVOAsmC8h4g1"
                                     "Dmgw=\n"
    );
    CHECK(
        to_hex(sha256({*note})) ==
        "f95ba41127108c1a42f5e6cfe7fdd655663361e6428ee657c52844ffdf255e34"
    );
}

TEST_CASE("the reference cosignature comes out byte for byte and verifies") {
    const auto line = cosign(text, witness(), cosigned_at);
    REQUIRE(line);
    CHECK(
        *line == "— witness.example.org/w1 "
                 "z80aZwAAAABlU/EAlyNITa9aqajTLNhYNqWs/eoRY+w/"
                 "pYPgBibGJMxEkfI6s8J+W2hLy274ftYWGpKZgcHCl10ExI/Pzs9MR4+6Aw==\n"
    );
    const std::string note = add_signature(sign_note(text, log_signer()).value(), *line).value();
    const std::vector<VerifierKey> keys{log_signer().key(), witness().key()};
    const auto opened = open_checkpoint(note, keys);
    REQUIRE(opened);
    CHECK(opened->checkpoint.size == 8);
    REQUIRE(opened->signatures.size() == 2);
    CHECK(opened->signatures[0].signed_at_s == std::nullopt);
    CHECK(opened->signatures[1].type == SignatureType::cosignature);
    CHECK(opened->signatures[1].signed_at_s == cosigned_at);
    CHECK(VerifierKey::parse(witness().key().to_vkey()).value() == witness().key());
}

TEST_CASE("a cosignature holds for its time and its checkpoint only") {
    const std::string line = cosign(text, witness(), cosigned_at).value();
    const std::vector<VerifierKey> keys{witness().key()};
    const std::string note = std::string{text} + "\n" + line;
    REQUIRE(open_note(note, keys));
    CHECK_FALSE(open_note(with(note, "\n8\n", "\n9\n"), keys));
    const std::size_t blob_at = line.rfind(' ') + 1;
    const std::string blob =
        from_base64(std::string_view{line}.substr(blob_at, line.size() - 1 - blob_at)).value();
    REQUIRE(blob.size() == 4 + 8 + 64);
    for (std::size_t bit = 4 * 8; bit < blob.size() * 8; ++bit) {
        std::string changed = blob;
        changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ 1 << bit % 8);
        REQUIRE_FALSE(open_note(
            std::string{text} + "\n" + line.substr(0, blob_at) + to_base64(changed) + "\n", keys
        ));
    }
}

TEST_CASE("a cosignature's time is one that Unix time can be") {
    const auto at = [](std::uint64_t unix_s) {
        std::string blob;
        put_big_endian(blob, witness().key().id(), 4);
        put_big_endian(blob, unix_s, 8);
        blob += witness().sign(
            "cosignature/v1\ntime " + std::to_string(unix_s) + "\n" + std::string{text}
        );
        const std::string note =
            std::string{text} + "\n— witness.example.org/w1 " + to_base64(blob) + "\n";
        return open_note(note, std::vector{witness().key()});
    };
    CHECK(at(0));
    CHECK(at((std::uint64_t{1} << 63) - 1));
    CHECK_FALSE(at(std::uint64_t{1} << 63));
}

TEST_CASE("a signature of one type does not pass for the other") {
    // The same private key and name under both types: the ids differ, and so does what is signed.
    const NoteSigner as_log = counting_signer("both", SignatureType::ed25519);
    const NoteSigner as_witness = counting_signer("both", SignatureType::cosignature);
    CHECK(as_log.key().public_key() == as_witness.key().public_key());
    CHECK(as_log.key().id() != as_witness.key().id());
    const std::string note = sign_note(text, as_log).value();
    CHECK(open_note(note, std::vector{as_log.key()}));
    CHECK_FALSE(open_note(note, std::vector{as_witness.key()}));
    std::string blob;
    put_big_endian(blob, as_witness.key().id(), 4);
    blob += as_log.sign(text);
    const std::string forged = std::string{text} + "\n— both " + to_base64(blob) + "\n";
    CHECK_FALSE(open_note(forged, std::vector{as_witness.key()}));
}

TEST_CASE("witnesses alone do not make a checkpoint, nor does another log") {
    const std::string line = cosign(text, witness(), cosigned_at).value();
    const std::vector<VerifierKey> keys{log_signer().key(), witness().key()};
    CHECK_FALSE(open_checkpoint(std::string{text} + "\n" + line, keys));
    const NoteSigner other = counting_signer("other.example", SignatureType::ed25519);
    const std::string by_other = sign_note(text, other).value();
    CHECK(open_note(by_other, std::vector{other.key()}));
    CHECK_FALSE(open_checkpoint(by_other, std::vector{other.key()}));
    const NoteSigner same_name = counting_signer(origin, SignatureType::cosignature);
    const std::string cosigned =
        std::string{text} + "\n" + cosign(text, same_name, cosigned_at).value();
    CHECK_FALSE(open_checkpoint(cosigned, std::vector{same_name.key()}));
}

TEST_CASE("a checkpoint has one spelling") {
    const std::string good = text;
    REQUIRE(Checkpoint::parse(good));
    for (const char* size :
         {"08",
          "+8",
          "-8",
          " 8",
          "8 ",
          "",
          "0x8",
          "8.0",
          "9223372036854775808",
          "18446744073709551624"}) {
        CAPTURE(size);
        CHECK_FALSE(Checkpoint::parse(with(good, "\n8\n", "\n" + std::string{size} + "\n")));
    }
    CHECK(Checkpoint::parse(with(good, "\n8\n", "\n9223372036854775807\n")));
    CHECK_FALSE(Checkpoint::parse(with(good, "Qyg=", "Qyh="))); // unused bits set
    CHECK_FALSE(Checkpoint::parse(with(good, "Qyg=", "Qyg")));
    CHECK_FALSE(Checkpoint::parse(with(good, "Qyg=", "Qw==")));
    CHECK_FALSE(Checkpoint::parse(with(good, "z+Nw7/", "z-Nw7_")));
    CHECK_FALSE(Checkpoint::parse(with(good, origin, "")));
    CHECK_FALSE(Checkpoint::parse(with(good, origin, "intake example")));
    CHECK_FALSE(Checkpoint::parse(good + "extension\n"));
    CHECK_FALSE(Checkpoint::parse(good + "\n"));
    for (std::size_t length = 0; length < good.size(); ++length)
        CHECK_FALSE(Checkpoint::parse(good.substr(0, length)));
}

TEST_CASE("an empty tree has the empty root") {
    const Checkpoint empty{origin, 0, empty_root()};
    CHECK(Checkpoint::parse(empty.text()).value() == empty);
    CHECK_FALSE(Checkpoint::parse(with(text, "\n8\n", "\n0\n")));
}
