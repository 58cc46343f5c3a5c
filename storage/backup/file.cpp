#include "storage/backup/file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

namespace saiduan {
namespace {

Fault because(const std::string& what, int error) {
    return {Errc::unavailable, what + ": " + std::generic_category().message(error)};
}

} // namespace

Descriptor::Descriptor(Descriptor&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

Descriptor::~Descriptor() {
    if (descriptor_ >= 0)
        ::close(descriptor_);
}

Result<Descriptor> create_private(const std::string& path) {
    Descriptor file{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
    if (file.get() >= 0)
        return file;
    if (errno == EEXIST)
        return Fault{Errc::conflict, path + " exists already; nothing was changed"};
    return because(path, errno);
}

Result<Descriptor> open_regular(const std::string& path) {
    // O_NONBLOCK: opening a FIFO must not wait for a writer.
    Descriptor file{::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
    if (file.get() < 0)
        return Fault{
            errno == ENOENT ? Errc::not_found : Errc::unavailable,
            path + ": " + std::generic_category().message(errno)
        };
    struct stat status{};
    if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode))
        return Fault{Errc::invalid, path + " is not a file"};
    return file;
}

Result<void> write_all(const Descriptor& file, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t put = ::write(file.get(), bytes.data(), bytes.size());
        if (put < 0 && errno != EINTR)
            return because("cannot write", errno);
        bytes.remove_prefix(put > 0 ? static_cast<std::size_t>(put) : 0);
    }
    return {};
}

Result<std::size_t> read_some(const Descriptor& file, char* out, std::size_t size) {
    std::size_t have = 0;
    while (have < size) {
        const ssize_t got = ::read(file.get(), out + have, size - have);
        if (got < 0 && errno != EINTR)
            return because("cannot read", errno);
        if (got == 0)
            break;
        have += got > 0 ? static_cast<std::size_t>(got) : 0;
    }
    return have;
}

Result<void> sync(const Descriptor& file) {
    if (::fsync(file.get()) != 0)
        return because("cannot write", errno);
    return {};
}

Result<void> write_private(const std::string& path, std::string_view bytes) {
    const auto file = create_private(path);
    if (!file)
        return file.error();
    if (auto written = write_all(*file, bytes); !written)
        return written;
    return sync(*file);
}

Result<void> sync_folder_of(const std::string& path) {
    const auto folder = std::filesystem::absolute(path).parent_path();
    const Descriptor opened{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (opened.get() < 0)
        return because(folder.string(), errno);
    return sync(opened);
}

Result<void> publish(const std::string& from, const std::string& to) {
    int failed = ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE);
    if (failed != 0 && errno == EINVAL) {
        // Not every file system can refuse by itself.
        struct stat status{};
        errno = EEXIST;
        if (::lstat(to.c_str(), &status) != 0)
            failed = std::rename(from.c_str(), to.c_str());
    }
    if (failed != 0 && errno == EEXIST)
        return Fault{Errc::conflict, to + " exists already; nothing was changed"};
    if (failed != 0)
        return because(to, errno);
    return sync_folder_of(to);
}

Result<Descriptor> claim_scratch(const std::string& path) {
    Descriptor file{::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600)};
    if (file.get() < 0)
        return because(path, errno);
    struct stat status{};
    if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_nlink != 1)
        return Fault{Errc::invalid, path + " is in the way: it is no file of ours"};
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0)
        return Fault{Errc::conflict, path + " is in use: another one is under way"};
    if (::fchmod(file.get(), 0600) != 0 || ::ftruncate(file.get(), 0) != 0)
        return because(path, errno);
    return file;
}

std::string small_file(const std::string& path, std::size_t max) {
    const auto file = open_regular(path);
    if (!file)
        return {};
    std::string text(max, '\0');
    const auto size = read_some(*file, text.data(), text.size());
    text.resize(size ? *size : 0);
    return text;
}

} // namespace saiduan
