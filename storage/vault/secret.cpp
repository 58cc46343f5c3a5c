#include "storage/vault/secret.hpp"

#include <pthread.h>
#include <sodium.h>

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <new>
#include <utility>

namespace saiduan {

namespace {

// Slots for keys in memory that sodium_malloc guards and locks.
class LockedPool {
public:
    Key* take(Key&& key) {
        const std::scoped_lock lock(mutex_);
        if (free_.empty())
            grow();
        void* slot = free_.back();
        free_.pop_back();
        return new (slot) Key(std::move(key));
    }
    void give_back(Key* slot) noexcept {
        slot->~Key();
        const std::scoped_lock lock(mutex_);
        free_.push_back(slot); // grow() reserved the room
    }
    bool all_locked() {
        const std::scoped_lock lock(mutex_);
        return all_locked_;
    }

private:
    void grow() {
        static_assert(sizeof(Key) == Key::size);
        constexpr std::size_t slab_size = LockedKey::slab_keys * sizeof(Key);
        if (slabs_ == LockedKey::slabs_max || sodium_init() < 0)
            throw std::bad_alloc();
        free_.reserve((slabs_ + 1) * LockedKey::slab_keys);
        auto* slab = static_cast<std::byte*>(sodium_malloc(slab_size));
        if (slab == nullptr)
            throw std::bad_alloc();
        // sodium_malloc does not say whether it could lock; locking again does, and costs nothing.
        all_locked_ = sodium_mlock(slab, slab_size) == 0 && all_locked_;
        for (std::size_t i = LockedKey::slab_keys; i-- > 0;)
            free_.push_back(slab + i * sizeof(Key));
        ++slabs_;
    }

    std::mutex mutex_;
    std::vector<void*> free_;
    std::size_t slabs_ = 0;
    bool all_locked_ = true;
};

// Never destroyed: keys held by other statics may outlive any order of destruction.
LockedPool& locked_pool() {
    static LockedPool& pool = *new LockedPool;
    return pool;
}

struct RandomBuffer {
    std::array<unsigned char, 4096> bytes{};
    std::size_t used = sizeof bytes;
    ~RandomBuffer() {
        sodium_memzero(bytes.data(), bytes.size());
        used = bytes.size();
    }
};
thread_local RandomBuffer random_buffer;

void forget_random_bytes() {
    sodium_memzero(random_buffer.bytes.data(), random_buffer.bytes.size());
    random_buffer.used = random_buffer.bytes.size();
}

void refill(RandomBuffer& buffer) {
    static const bool ready =
        sodium_init() >= 0 && pthread_atfork(nullptr, nullptr, forget_random_bytes) == 0;
    if (!ready)
        throw std::bad_alloc();
    // Expanding one fresh seed costs a tenth of randombytes_buf, which asks the kernel for 256
    // bytes at a time; the seed is gone before the first byte is used.
    std::array<unsigned char, randombytes_SEEDBYTES> seed{};
    randombytes_buf(seed.data(), seed.size());
    randombytes_buf_deterministic(buffer.bytes.data(), buffer.bytes.size(), seed.data());
    sodium_memzero(seed.data(), seed.size());
    buffer.used = 0;
}

using Personal = std::array<unsigned char, crypto_generichash_blake2b_PERSONALBYTES>;
constexpr Personal for_keys{'s', 'a', 'i', 'd', 'u', 'a', 'n', ' ', 'k', 'e', 'y', ' ', 'v', '1'};
constexpr Personal for_hashes{'s', 'a', 'i', 'd', 'u', 'a', 'n', ' ', 'h', 'a', 's', 'h', '1'};

void blake2b(
    const Key& key,
    const Personal& personal,
    std::string_view label,
    std::string_view bytes,
    unsigned char* out
) {
    crypto_generichash_blake2b_state state;
    crypto_generichash_blake2b_init_salt_personal(
        &state, key.data(), Key::size, Key::size, nullptr, personal.data()
    );
    assert(label.size() <= UINT8_MAX);
    const auto length = static_cast<unsigned char>(label.size());
    crypto_generichash_blake2b_update(&state, &length, 1);
    for (const std::string_view part : {label, bytes})
        crypto_generichash_blake2b_update(
            &state, reinterpret_cast<const unsigned char*>(part.data()), part.size()
        );
    crypto_generichash_blake2b_final(&state, out, Key::size);
    sodium_memzero(&state, sizeof state);
}

} // namespace

Key Key::random() {
    return made_by([](unsigned char* out) { random_bytes(out, size); });
}

Key Key::from(std::string_view bytes) {
    assert(bytes.size() == size);
    return made_by([bytes](unsigned char* out) { std::memcpy(out, bytes.data(), size); });
}

Key::Key(Key&& other) noexcept : bytes_(other.bytes_) {
    sodium_memzero(other.bytes_.data(), size);
}

Key& Key::operator=(Key&& other) noexcept {
    if (this != &other) {
        bytes_ = other.bytes_;
        sodium_memzero(other.bytes_.data(), size);
    }
    return *this;
}

Key::~Key() {
    sodium_memzero(bytes_.data(), size);
}

std::string_view Key::view() const {
    return {reinterpret_cast<const char*>(data()), size};
}

bool operator==(const Key& a, const Key& b) {
    return sodium_memcmp(a.data(), b.data(), Key::size) == 0;
}

LockedKey::LockedKey(Key&& key) : slot_(locked_pool().take(std::move(key))) {}

LockedKey::LockedKey(LockedKey&& other) noexcept : slot_(std::exchange(other.slot_, nullptr)) {}

LockedKey& LockedKey::operator=(LockedKey&& other) noexcept {
    std::swap(slot_, other.slot_);
    return *this;
}

LockedKey::~LockedKey() {
    if (slot_ != nullptr)
        locked_pool().give_back(slot_);
}

bool LockedKey::all_locked() {
    return locked_pool().all_locked();
}

SecretText::SecretText(std::size_t size) : bytes_(std::make_unique<char[]>(size)), size_(size) {}

SecretText::SecretText(std::string_view copy_of) : SecretText(copy_of.size()) {
    std::copy(copy_of.begin(), copy_of.end(), bytes_.get());
}

SecretText::SecretText(SecretText&& other) noexcept
    : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}

SecretText& SecretText::operator=(SecretText&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(size_, other.size_);
    return *this;
}

SecretText::~SecretText() {
    if (bytes_)
        sodium_memzero(bytes_.get(), size_);
}

unsigned char* SecretText::bytes() {
    return reinterpret_cast<unsigned char*>(bytes_.get());
}

void wipe(std::string& text) {
    sodium_memzero(text.data(), text.size());
    text.clear();
}

void random_bytes(unsigned char* out, std::size_t count) {
    RandomBuffer& buffer = random_buffer;
    while (count > 0) {
        if (buffer.used == buffer.bytes.size())
            refill(buffer);
        const std::size_t now = std::min(count, buffer.bytes.size() - buffer.used);
        unsigned char* from = buffer.bytes.data() + buffer.used;
        std::memcpy(out, from, now);
        sodium_memzero(from, now);
        buffer.used += now;
        out += now;
        count -= now;
    }
}

Key derive(const Key& key, std::string_view label) {
    return Key::made_by([&](unsigned char* out) { blake2b(key, for_keys, label, {}, out); });
}

std::string keyed_hash(const Key& key, std::string_view label, std::string_view bytes) {
    std::string out(Key::size, '\0');
    blake2b(key, for_hashes, label, bytes, reinterpret_cast<unsigned char*>(out.data()));
    return out;
}

bool same_bytes(std::string_view a, std::string_view b) {
    return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

} // namespace saiduan
