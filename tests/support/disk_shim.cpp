// LD_PRELOAD: a disk that is slow, broken or full; counts fsync and fdatasync.
//   DISK_SYNC=none          they return at once: the cost of everything but the disk
//   DISK_SYNC=MICROSECONDS  they sync, then sleep: a slower disk
//   DISK_BROKEN_WHILE=FILE  they fail with EIO while FILE exists
//   DISK_FULL_WHILE=FILE    writing to a regular file fails with ENOSPC while FILE exists
//   BENCH_COUNTER=FILE      8 bytes, little-endian: how often they were called
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace {

using Counter = std::atomic<std::uint64_t>;

Counter* open_counter() {
    static Counter unread{0};
    const char* path = std::getenv("BENCH_COUNTER");
    if (path == nullptr)
        return &unread;
    const int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0 || ftruncate(file, sizeof(Counter)) != 0)
        std::abort(); // a bench that counts nothing must not look like one that counts
    void* page = mmap(nullptr, sizeof(Counter), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (page == MAP_FAILED)
        std::abort();
    close(file);
    return static_cast<Counter*>(page);
}

const char* const mode = std::getenv("DISK_SYNC");
const bool syncs = mode == nullptr || std::strcmp(mode, "none") != 0;
const long extra_us = mode != nullptr && syncs ? std::strtol(mode, nullptr, 10) : 0;
const char* const broken_while = std::getenv("DISK_BROKEN_WHILE");
const char* const full_while = std::getenv("DISK_FULL_WHILE");
Counter* const counter = open_counter();

bool now(const char* sign) {
    return sign != nullptr && syscall(SYS_access, sign, F_OK) == 0;
}

// What the program says (standard error) still gets out.
bool is_full(int file) {
    struct stat status{};
    return file > STDERR_FILENO && now(full_while) && fstat(file, &status) == 0 &&
           S_ISREG(status.st_mode);
}

int sync_as_told(long call, int file) {
    counter->fetch_add(1, std::memory_order_relaxed);
    if (now(broken_while)) {
        errno = EIO;
        return -1;
    }
    if (!syncs)
        return 0;
    const long result = syscall(call, file);
    if (extra_us > 0) {
        const timespec pause{extra_us / 1'000'000, extra_us % 1'000'000 * 1000};
        nanosleep(&pause, nullptr);
    }
    return static_cast<int>(result);
}

} // namespace

extern "C" int fsync(int file) {
    return sync_as_told(SYS_fsync, file);
}

extern "C" int fdatasync(int file) {
    return sync_as_told(SYS_fdatasync, file);
}

extern "C" ssize_t write(int file, const void* bytes, size_t size) {
    if (is_full(file)) {
        errno = ENOSPC;
        return -1;
    }
    return syscall(SYS_write, file, bytes, size);
}

extern "C" ssize_t pwrite64(int file, const void* bytes, size_t size, off64_t at) {
    if (is_full(file)) {
        errno = ENOSPC;
        return -1;
    }
    return syscall(SYS_pwrite64, file, bytes, size, at);
}

extern "C" ssize_t pwrite(int file, const void* bytes, size_t size, off_t at) {
    return pwrite64(file, bytes, size, at);
}
