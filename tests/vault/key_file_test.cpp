#include "storage/vault/key_file.hpp"
#include "storage/vault/seal.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>

using namespace saiduan;
namespace fs = std::filesystem;

namespace {

struct Folder {
    fs::path path;
    Folder() {
        std::string name = (fs::temp_directory_path() / "saiduan-vault-XXXXXX").string();
        REQUIRE(mkdtemp(name.data()) != nullptr);
        path = name;
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { fs::remove_all(path); }
};

void write(const fs::path& path, std::string_view text) {
    std::ofstream(path, std::ios::binary) << text;
    REQUIRE(chmod(path.c_str(), 0600) == 0);
}

Errc refusal(const fs::path& path) {
    const auto key = read_key_file(path);
    REQUIRE(key.has_error());
    return key.error().code;
}

Fault typed_wrong(std::string_view text) {
    const auto key = parse_recovery(text);
    REQUIRE(key.has_error());
    return key.error();
}

bool says(const Fault& fault, std::string_view part) {
    return fault.detail.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("a created key file is private and reads back as the same key") {
    const Folder folder;
    const fs::path path = folder.path / "vault.key";
    const auto made = create_key_file(path);
    REQUIRE(made.has_value());
    struct stat status{};
    REQUIRE(stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    CHECK(status.st_size == 59);
    const auto read = read_key_file(path);
    REQUIRE(read.has_value());
    CHECK(**read == **made);
}

TEST_CASE("a key file is never replaced and a missing folder is said") {
    const Folder folder;
    const fs::path path = folder.path / "vault.key";
    write(path, "precious");
    CHECK(create_key_file(path).error().code == Errc::conflict);
    CHECK(fs::file_size(path) == 8);
    fs::create_symlink(folder.path / "elsewhere", folder.path / "link");
    CHECK(create_key_file(folder.path / "link").error().code == Errc::conflict);
    CHECK_FALSE(fs::exists(folder.path / "elsewhere"));
    CHECK(create_key_file(folder.path / "no" / "key").error().code == Errc::unavailable);
}

TEST_CASE("a key file that others could read or plant is refused") {
    const Folder folder;
    const fs::path path = folder.path / "vault.key";
    CHECK(refusal(path) == Errc::not_found);
    REQUIRE(create_key_file(path).has_value());
    for (const mode_t mode : {0640U, 0604U, 0620U, 0601U}) {
        REQUIRE(chmod(path.c_str(), mode) == 0);
        CHECK(refusal(path) == Errc::forbidden);
    }
    REQUIRE(chmod(path.c_str(), 0400) == 0);
    CHECK(read_key_file(path).has_value());
    fs::create_symlink(path, folder.path / "link");
    CHECK(refusal(folder.path / "link") == Errc::forbidden);
    CHECK(refusal(folder.path) == Errc::forbidden);
    REQUIRE(mkfifo((folder.path / "fifo").c_str(), 0600) == 0);
    CHECK(refusal(folder.path / "fifo") == Errc::forbidden);
    if (geteuid() == 0) { // only root can give a file away
        REQUIRE(chown(path.c_str(), 12345, 12345) == 0);
        CHECK(refusal(path) == Errc::forbidden);
    }
}

TEST_CASE("a malformed key file is refused") {
    const Folder folder;
    const fs::path path = folder.path / "vault.key";
    const std::string good(key_file_text(Key::random()).view());
    std::string odd_bits = good;
    odd_bits[57] = 'B'; // 43 characters hold 258 bits; the last two must be zero
    for (const std::string& bad :
         {std::string(),
          good.substr(0, 58),
          good + "\n",
          "x" + good.substr(1),
          good.substr(0, 20) + "*" + good.substr(21),
          odd_bits,
          std::string(1 << 20, 'a')}) {
        write(path, bad);
        CHECK(refusal(path) == Errc::invalid);
    }
    write(path, good);
    CHECK(read_key_file(path).has_value());
}

TEST_CASE("a key file has one spelling: no byte beside base64url stands for a letter") {
    const std::string good(key_file_text(Key::random()).view());
    for (int byte = 0; byte < 256; ++byte) {
        std::string text = good;
        text[20] = static_cast<char>(byte);
        const auto key = parse_key_file(text);
        CAPTURE(byte);
        const bool letter = byte < 128 && (std::isalnum(byte) || byte == '-' || byte == '_');
        CHECK(key.has_value() == letter);
        if (key)
            CHECK(key_file_text(*key).view() == text);
    }
}

TEST_CASE("a recovery key survives being printed, read aloud and typed") {
    for (int i = 0; i < 50; ++i) {
        const KeyPair pair = KeyPair::random();
        std::string text(recovery_text(pair.secret).view());
        CHECK(text.size() == 74);
        CHECK(text.starts_with("SRK1-"));
        CHECK(*parse_recovery(text) == pair.secret);
        std::replace(text.begin(), text.end(), '-', ' ');
        std::replace(text.begin(), text.end(), '0', 'o');
        std::replace(text.begin(), text.end(), '1', i % 2 == 0 ? 'l' : 'I');
        for (char& c : text)
            c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        CHECK(
            KeyPair::from_secret(*parse_recovery("  " + text + "\n")).public_key == pair.public_key
        );
    }
}

TEST_CASE("every mistyped character of a recovery key is named a typing mistake") {
    const std::string text(recovery_text(Key::from(std::string(32, 's'))).view());
    for (std::size_t i = 5; i < text.size(); ++i) {
        if (text[i] == '-')
            continue;
        std::string bad = text;
        bad[i] = text[i] == 'Z' ? 'Y' : 'Z';
        CHECK(says(typed_wrong(bad), "mistyped"));
        const std::size_t next = i + 1 < text.size() && text[i + 1] == '-' ? i + 2 : i + 1;
        if (next < text.size() && text[i] != text[next]) {
            bad = text;
            std::swap(bad[i], bad[next]);
            CHECK(says(typed_wrong(bad), "mistyped"));
        }
    }
}

TEST_CASE("what is no recovery key is told from one of the wrong length") {
    const std::string text(recovery_text(Key::random()).view());
    CHECK(says(typed_wrong(""), "begin with SRK1"));
    CHECK(says(typed_wrong("SRK2" + text.substr(4)), "begin with SRK1"));
    CHECK(says(typed_wrong(text.substr(0, 70)), "too short"));
    CHECK(says(typed_wrong(text + "0"), "too long"));
    CHECK(says(typed_wrong(text + "U"), "without U"));
    CHECK(says(typed_wrong(std::string(401, ' ')), "too long"));
}
