// LD_PRELOAD: counts what is taken from the heap (malloc, calloc, realloc, aligned; operator new
// comes here too) in 8 little-endian bytes of the file BENCH_COUNTER names.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>

// glibc's own names of the functions replaced below.
extern "C" void* __libc_malloc(std::size_t);
extern "C" void* __libc_calloc(std::size_t, std::size_t);
extern "C" void* __libc_realloc(void*, std::size_t);
extern "C" void* __libc_memalign(std::size_t, std::size_t);

namespace {

using Counter = std::atomic<std::uint64_t>;
constinit Counter before_start{0}; // allocations made before the file is open; not reported
constinit std::atomic<Counter*> counter{&before_start};

void count() {
    counter.load(std::memory_order_relaxed)->fetch_add(1, std::memory_order_relaxed);
}

__attribute__((constructor)) void open_counter() {
    const char* path = std::getenv("BENCH_COUNTER");
    if (path == nullptr)
        return;
    const int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0 || ftruncate(file, sizeof(Counter)) != 0)
        std::abort();
    void* page = mmap(nullptr, sizeof(Counter), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (page == MAP_FAILED)
        std::abort();
    close(file);
    counter = static_cast<Counter*>(page);
}

} // namespace

extern "C" void* malloc(std::size_t size) {
    count();
    return __libc_malloc(size);
}

extern "C" void* calloc(std::size_t n, std::size_t size) {
    count();
    return __libc_calloc(n, size);
}

extern "C" void* realloc(void* old, std::size_t size) {
    count();
    return __libc_realloc(old, size);
}

extern "C" void* memalign(std::size_t alignment, std::size_t size) {
    count();
    return __libc_memalign(alignment, size);
}

extern "C" void* aligned_alloc(std::size_t alignment, std::size_t size) {
    return memalign(alignment, size);
}

extern "C" int posix_memalign(void** out, std::size_t alignment, std::size_t size) {
    void* const block = memalign(alignment, size);
    if (block == nullptr)
        return ENOMEM;
    *out = block;
    return 0;
}
