#include "storage/vault/key_file.hpp"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace saiduan {

namespace {

constexpr std::string_view prefix = "saiduan-key-v1 ";
constexpr std::size_t code_size = 43; // 32 bytes in base64 without padding
constexpr std::size_t text_size = prefix.size() + code_size + 1;

class File {
public:
    explicit File(int descriptor) : descriptor_(descriptor) {}
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() {
        if (descriptor_ >= 0)
            close(descriptor_);
    }
    [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }
    [[nodiscard]] int get() const { return descriptor_; }

private:
    int descriptor_;
};

Fault malformed() {
    return {
        Errc::invalid,
        R"(the key file must be one line, "saiduan-key-v1" and 43 characters of base64url)"
    };
}

// Why `status` is no place for a key, or nothing.
const char* unfit(const struct stat& status) {
    if (!S_ISREG(status.st_mode))
        return "the key file is not a regular file";
    if (status.st_uid != geteuid())
        return "the key file belongs to another user";
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return "the key file is open to other users; chmod 600 it";
    return nullptr;
}

Fault cannot_open_file(int error) {
    if (error == ENOENT || error == ENOTDIR)
        return {Errc::not_found, "there is no key file"};
    if (error == ELOOP)
        return {Errc::forbidden, "the key file is a symbolic link"};
    return {Errc::unavailable, "the key file cannot be read"};
}

// Up to `size` bytes; fewer only at the end of the file or on an error.
std::size_t read_up_to(int descriptor, char* out, std::size_t size) {
    std::size_t have = 0;
    while (have < size) {
        const ssize_t got = ::read(descriptor, out + have, size - have);
        if (got == 0 || (got < 0 && errno != EINTR))
            break;
        have += got > 0 ? static_cast<std::size_t>(got) : 0;
    }
    return have;
}

bool write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t put = ::write(descriptor, text.data(), text.size());
        if (put < 0 && errno != EINTR)
            return false;
        text.remove_prefix(put > 0 ? static_cast<std::size_t>(put) : 0);
    }
    return true;
}

bool sync_folder(const std::filesystem::path& file) {
    const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
    const File opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return opened.is_open() && fsync(opened.get()) == 0;
}

} // namespace

SecretText key_file_text(const Key& key) {
    SecretText text(text_size + 1); // libsodium ends it with a zero byte
    std::memcpy(text.data(), prefix.data(), prefix.size());
    sodium_bin2base64(
        text.data() + prefix.size(),
        code_size + 1,
        key.data(),
        Key::size,
        sodium_base64_VARIANT_URLSAFE_NO_PADDING
    );
    text.data()[text_size - 1] = '\n';
    return SecretText(text.view().substr(0, text_size));
}

Result<Key> parse_key_file(std::string_view text) {
    if (text.size() != text_size || !text.starts_with(prefix) || text.back() != '\n')
        return malformed();
    bool good = false;
    Key key = Key::made_by([&](unsigned char* out) {
        std::size_t size = 0;
        good = sodium_base642bin(
                   out,
                   Key::size,
                   text.data() + prefix.size(),
                   code_size,
                   nullptr,
                   &size,
                   nullptr,
                   sodium_base64_VARIANT_URLSAFE_NO_PADDING
               ) == 0 &&
               size == Key::size;
    });
    // libsodium 1.0.18 takes some bytes above 127 for letters; only the spelling we write counts.
    if (!good || key_file_text(key).view() != text)
        return malformed();
    return key;
}

Result<LockedKey> read_key_file(const std::filesystem::path& path) {
    // O_NONBLOCK: opening a FIFO must not wait for a writer.
    const File file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file.is_open())
        return cannot_open_file(errno);
    struct stat status{};
    if (fstat(file.get(), &status) != 0)
        return Fault{Errc::unavailable, "the key file cannot be read"};
    if (const char* why = unfit(status))
        return Fault{Errc::forbidden, why};
    SecretText text(text_size + 1); // one more, to see that the file is longer
    const std::size_t have = read_up_to(file.get(), text.data(), text.size());
    auto key = parse_key_file(text.view().substr(0, have));
    if (!key)
        return key.error();
    return LockedKey(std::move(*key));
}

Result<LockedKey> create_key_file(const std::filesystem::path& path) {
    const File file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file.is_open() && errno == EEXIST)
        return Fault{Errc::conflict, "there is a key file already"};
    Key key = Key::random();
    const SecretText text = key_file_text(key);
    if (!file.is_open() || !write_all(file.get(), text.view()) || fsync(file.get()) != 0 ||
        !sync_folder(path)) {
        if (file.is_open())
            unlink(path.c_str());
        return Fault{Errc::unavailable, "the key file cannot be written"};
    }
    return LockedKey(std::move(key));
}

} // namespace saiduan
