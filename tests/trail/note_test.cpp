#include "storage/trail/note.hpp"
#include "tests/trail/log.hpp"

#include <algorithm>

using namespace saiduan;

namespace {

// The example of c2sp.org/signed-note.
constexpr const char* example_key =
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
constexpr const char* example_note =
    "This is an example message.\n\n— example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
    "\n";

// The examples of Go's golang.org/x/mod/sumdb/note: one text, two signers.
constexpr const char* peter_key =
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
constexpr const char* enoch_key = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";
constexpr const char* go_text = "If you think cryptography is the answer to your problem,\n"
                                "then you don't know what your problem is.\n";
constexpr const char* peter_line =
    "— PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    "\n";
constexpr const char* enoch_line =
    "— EnochRoot "
    "rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ="
    "\n";

NoteSigner signer(std::string name, unsigned char seed, SignatureType type) {
    std::array<unsigned char, 32> bytes;
    bytes.fill(seed);
    return NoteSigner::make(std::move(name), type, bytes).value();
}

NoteSigner log_signer() {
    return signer("log.example", 1, SignatureType::ed25519);
}

std::string line_of(std::string_view note) {
    return std::string{note.substr(note.rfind("\n\n") + 2)};
}

Result<Note> open(std::string_view note, std::vector<VerifierKey> keys) {
    return open_note(note, keys);
}

VerifierKey key(std::string_view vkey) {
    return VerifierKey::parse(vkey).value();
}

} // namespace

TEST_CASE("the standard's example note opens") {
    const auto note = open(example_note, {key(example_key)});
    REQUIRE(note);
    CHECK(note->text == "This is an example message.\n");
    REQUIRE(note->signatures.size() == 1);
    CHECK(note->signatures[0] == NoteSignature{"example.com/foo", SignatureType::ed25519, {}});
    CHECK(key(example_key).to_vkey() == example_key);
    CHECK(key(example_key).id() == 0x530d903a);
}

TEST_CASE("Go's example with two signatures opens with either key and with both") {
    const std::string note = std::string{go_text} + "\n" + peter_line + enoch_line;
    const auto both = open(note, {key(enoch_key), key(peter_key)});
    REQUIRE(both);
    REQUIRE(both->signatures.size() == 2);
    CHECK(both->signatures[0].name == "PeterNeumann");
    CHECK(both->signatures[1].name == "EnochRoot");
    CHECK(both->text == go_text);
    for (const char* known : {peter_key, enoch_key}) {
        const auto one = open(note, {key(known)});
        REQUIRE(one);
        CHECK(one->signatures.size() == 1);
    }
    CHECK(add_signature(std::string{go_text} + "\n" + peter_line, enoch_line).value() == note);
}

TEST_CASE("a note without a known key's signature is refused") {
    CHECK(open(example_note, {}).error().code == Errc::invalid);
    CHECK(open(example_note, {key(peter_key)}).error().code == Errc::invalid);
    // The same name with another key is another signer.
    const auto other = signer("example.com/foo", 9, SignatureType::ed25519);
    CHECK(open(example_note, {other.key()}).error().code == Errc::invalid);
    CHECK(open(example_note, {other.key(), key(example_key)}));
}

TEST_CASE("one failing signature of a known key refuses the whole note") {
    const std::string text = go_text;
    const std::string wrong = line_of(sign_note("Another text.\n", log_signer()).value());
    const std::string note = text + "\n" + peter_line + wrong;
    CHECK(open(note, {key(peter_key)}));
    const auto refused = open(note, {key(peter_key), log_signer().key()});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::invalid);
    // Also behind a good one of the same key.
    const std::string good = sign_note(text, log_signer()).value();
    CHECK(open(good, {log_signer().key()}));
    CHECK_FALSE(open(good + wrong, {log_signer().key()}));
}

TEST_CASE("a key that signed twice counts once") {
    const std::string note = sign_note(go_text, log_signer()).value();
    const auto opened = open(note + line_of(note), {log_signer().key()});
    REQUIRE(opened);
    CHECK(opened->signatures.size() == 1);
}

TEST_CASE("no bit of a note can change unnoticed") {
    const std::vector<VerifierKey> keys{key(example_key)};
    for (std::size_t bit = 0; bit < 8 * std::string_view{example_note}.size(); ++bit) {
        std::string changed = example_note;
        changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ 1 << bit % 8);
        CAPTURE(bit);
        REQUIRE_FALSE(open_note(changed, keys));
    }
}

TEST_CASE("nothing of a note is outside the signed text and the signature lines") {
    const std::string note = example_note;
    const std::vector<VerifierKey> keys{key(example_key)};
    for (std::size_t length = 0; length < note.size(); ++length)
        REQUIRE_FALSE(open_note(note.substr(0, length), keys));
    for (const char* more : {"\n", " ", "x", "trailing\n", "\n\n", "— \n", "— a\n", "— a \n"})
        CHECK_FALSE(open_note(note + more, keys));
    CHECK_FALSE(open_note("x" + note, keys));
    CHECK_FALSE(open_note("\n" + note, keys));
}

TEST_CASE("the last empty line separates, so the text may have its own") {
    const std::string text = "\nfirst\n\n\nsecond\n\n";
    const auto note = sign_note(text, log_signer());
    REQUIRE(note);
    const auto opened = open(*note, {log_signer().key()});
    REQUIRE(opened);
    CHECK(opened->text == text);
}

TEST_CASE("text that may not be in a note is not signed") {
    const std::string wrong[] = {
        "",
        "no newline at the end",
        "tab\there\n",
        "carriage return\r\n",
        std::string("zero\0\n", 6),
        "\x7f is fine, \x1f is not\n",
        "bad utf-8 \xff\n",
        "surrogate \xed\xa0\x80\n",
        "overlong \xc0\x8a\n",
        std::string(note_bytes_max, 'x') + "\n",
        std::string(note_bytes_max - 10, 'x') + "\n",
    };
    for (const std::string& text : wrong) {
        CAPTURE(text.substr(0, 30));
        CHECK_FALSE(sign_note(text, log_signer()));
    }
    CHECK(sign_note("สายด่วน 1300\n", log_signer()));
}

TEST_CASE("signature lines have one spelling") {
    const std::string text = "text\n\n";
    const std::string good = line_of(sign_note("text\n", log_signer()).value());
    const std::vector<VerifierKey> keys{log_signer().key()};
    REQUIRE(open_note(text + good, keys));
    const auto with = [&](std::string_view from, std::string_view to) {
        std::string line = good;
        line.replace(line.find(from), from.size(), to);
        return open_note(text + line, keys);
    };
    CHECK_FALSE(with("— ", "- "));
    CHECK_FALSE(with("— ", "—  "));
    CHECK_FALSE(with("— ", "—"));
    CHECK_FALSE(with("example ", "example  "));
    CHECK_FALSE(with("example ", "example\u00a0"));
    CHECK_FALSE(with("=\n", "\n"));
    CHECK_FALSE(with("=\n", "= \n"));
    CHECK_FALSE(with("=\n", "==\n"));
    CHECK_FALSE(with("=\n", "=\r\n"));
    // 68 bytes leave two unused bits before the padding; both must be zero.
    REQUIRE(good.ends_with("=\n"));
    const char last = good[good.size() - 3];
    const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string line = good;
    line[good.size() - 3] = alphabet[alphabet.find(last) ^ 1];
    CHECK_FALSE(open_note(text + line, keys));
}

TEST_CASE("base64 has one spelling") {
    for (const char* good : {"", "aA==", "aGk=", "aGkh", "+/+/"}) {
        CHECK(to_base64(from_base64(good).value()) == good);
        for (std::size_t bit = 0; bit < 8 * std::string_view{good}.size(); ++bit) {
            std::string changed = good;
            changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ 1 << bit % 8);
            const auto bytes = from_base64(changed);
            REQUIRE((!bytes || to_base64(*bytes) == changed));
        }
    }
    for (const char* wrong :
         {"a",
          "aA",
          "aA=",
          "aA===",
          "aB==",
          "aGl",
          "aGk= ",
          " aGk=",
          "aGk\n",
          "=",
          "====",
          "-_-_",
          "aA==aA==",
          "a\xc7k="})
        CHECK_FALSE(from_base64(wrong));
}

TEST_CASE("a note may carry many signatures, but not without end") {
    std::string note = sign_note(go_text, log_signer()).value();
    for (std::size_t i = 1; i < note_signatures_max; ++i) {
        const auto other = signer("other" + std::to_string(i), 2, SignatureType::ed25519);
        note = add_signature(note, line_of(sign_note(go_text, other).value())).value();
    }
    CHECK(open(note, {log_signer().key()}));
    const std::string line =
        line_of(sign_note(go_text, signer("last", 3, SignatureType::ed25519)).value());
    CHECK_FALSE(add_signature(note, line));
    CHECK_FALSE(open(note + line, {log_signer().key()}));
    CHECK_FALSE(open(std::string(note_bytes_max, '\n') + note, {log_signer().key()}));
}

TEST_CASE("adding a signature keeps the note well-formed") {
    const std::string note = sign_note(go_text, log_signer()).value();
    const std::string line = peter_line;
    CHECK(add_signature(note, line).value() == note + line);
    CHECK(add_signature(note, line.substr(0, line.size() - 1)).value() == note + line);
    CHECK(add_signature(note, line_of(note)).error().code == Errc::conflict);
    CHECK_FALSE(add_signature(note, ""));
    CHECK_FALSE(add_signature(note, "\n"));
    CHECK_FALSE(add_signature(note, line + "\n"));
    CHECK_FALSE(add_signature(note, line + enoch_line));
    CHECK_FALSE(add_signature(note, "forged\n\n" + line));
    CHECK_FALSE(add_signature(note, "— name+ " + line.substr(line.rfind(' ') + 1)));
    CHECK_FALSE(add_signature(go_text, line));
}

TEST_CASE("verifier keys have one spelling and a fitting id") {
    const std::string good = peter_key;
    REQUIRE(VerifierKey::parse(good));
    const auto with = [&](std::string_view from, std::string_view to) {
        std::string changed = good;
        changed.replace(changed.find(from), from.size(), to);
        return VerifierKey::parse(changed);
    };
    CHECK_FALSE(with("c74f20a3", "c74f20a4"));
    CHECK_FALSE(with("c74f20a3", "C74F20A3"));
    CHECK_FALSE(with("c74f20a3", "0c74f20a3"));
    CHECK_FALSE(with("Peter", "Pater"));
    CHECK_FALSE(with("PeterNeumann", ""));
    CHECK_FALSE(with("PeterNeumann", "Peter Neumann"));
    CHECK_FALSE(with("+ARpc", "+AhpC")); // type 02
    CHECK_FALSE(with("10TW", "10T"));
    CHECK_FALSE(with("10TW", "10TWAAAA"));
    for (std::size_t length = 0; length < good.size(); ++length)
        CHECK_FALSE(VerifierKey::parse(good.substr(0, length)));
    for (const char* wrong : {"", "+", "++", "+++", "a", "a+b", "a+b+"})
        CHECK_FALSE(VerifierKey::parse(wrong));
}

TEST_CASE("a verifier key whose base64 has a plus sign in it parses") {
    const char* vkey = "TEST+7997405c+AQcC+FTVKf0jlTdHDY3rbevmnKxxPjigCXlVtGe6RIr6";
    CHECK(key(vkey).to_vkey() == vkey);
    CHECK(key(vkey).name() == "TEST");
}

TEST_CASE("a key's name has no white space, plus sign or control character") {
    for (const char* name : {"intake.example.org/audit", "สายด่วน", "a/b=c"})
        CHECK(valid_key_name(name));
    for (const char* name :
         {"",
          "a b",
          "a+b",
          "a\nb",
          "a\tb",
          "a\u00a0b",
          "a\u2003b",
          "a\u3000b",
          "a\u0085",
          "\xff",
          "a\x01"})
        CHECK_FALSE(valid_key_name(name));
    std::array<unsigned char, 32> seed{};
    CHECK_FALSE(NoteSigner::make("a b", SignatureType::ed25519, seed));
}
