// LD_PRELOAD: counts fsync and fdatasync, and makes them do nothing or take longer.
//   BENCH_FSYNC=none          they return at once: the cost of everything but the disk
//   BENCH_FSYNC=MICROSECONDS  they sync, then sleep: a slower disk
//   BENCH_COUNTER=FILE        8 bytes, little-endian: how often they were called
#include <fcntl.h>
#include <sys/mman.h>
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

const char* const mode = std::getenv("BENCH_FSYNC");
const bool syncs = mode == nullptr || std::strcmp(mode, "none") != 0;
const long extra_us = mode != nullptr && syncs ? std::strtol(mode, nullptr, 10) : 0;
Counter* const counter = open_counter();

int sync_as_told(long call, int file) {
    counter->fetch_add(1, std::memory_order_relaxed);
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
