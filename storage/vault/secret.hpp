// Secret bytes and where they live: wiped when they die, in locked memory when they live long.
// Also the vault's randomness and its one keyed hash. Thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace saiduan {

// 32 secret bytes. Wiped on destruction; a moved-from key is all zeros. Never copied by accident.
class Key {
public:
    static constexpr std::size_t size = 32;

    [[nodiscard]] static Key random();
    // Exactly 32 bytes; the caller wipes its own copy.
    [[nodiscard]] static Key from(std::string_view bytes);
    // `fill` writes 32 bytes to the pointer it is given.
    template <class Fill>
    [[nodiscard]] static Key made_by(Fill fill) {
        Key key;
        fill(key.bytes_.data());
        return key;
    }

    Key(const Key&) = delete;
    Key& operator=(const Key&) = delete;
    Key(Key&& other) noexcept;
    Key& operator=(Key&& other) noexcept;
    ~Key();

    [[nodiscard]] Key clone() const { return from(view()); }
    [[nodiscard]] const unsigned char* data() const { return bytes_.data(); }
    [[nodiscard]] std::string_view view() const;
    // In constant time.
    friend bool operator==(const Key& a, const Key& b);

private:
    Key() = default;
    std::array<unsigned char, size> bytes_{};
};

// A key that lives long: in a slot of a pool that is never swapped out or dumped. The pool grows by
// slabs of 2,048 keys (64 KiB), because a locked allocation per key costs pages and system calls.
// Throws std::bad_alloc beyond `slabs_max` slabs.
class LockedKey {
public:
    static constexpr std::size_t slab_keys = 2048;
    static constexpr std::size_t slabs_max = 128;

    explicit LockedKey(Key&& key); // moves the key in; nothing of it stays behind
    LockedKey(const LockedKey&) = delete;
    LockedKey& operator=(const LockedKey&) = delete;
    LockedKey(LockedKey&& other) noexcept;
    LockedKey& operator=(LockedKey&& other) noexcept;
    ~LockedKey();

    [[nodiscard]] const Key& operator*() const { return *slot_; }
    [[nodiscard]] Key& operator*() { return *slot_; }
    [[nodiscard]] const Key* operator->() const { return slot_; }

    // False once the kernel has refused to lock a slab (RLIMIT_MEMLOCK): keys then may be swapped.
    [[nodiscard]] static bool all_locked();

private:
    Key* slot_; // null when moved from
};

// Opened plaintext: a buffer of fixed size, wiped on destruction.
class SecretText {
public:
    SecretText() = default;
    explicit SecretText(std::size_t size); // zeros, to be written through data()
    explicit SecretText(std::string_view copy_of);
    SecretText(const SecretText&) = delete;
    SecretText& operator=(const SecretText&) = delete;
    SecretText(SecretText&& other) noexcept;
    SecretText& operator=(SecretText&& other) noexcept;
    ~SecretText();

    [[nodiscard]] std::string_view view() const { return {bytes_.get(), size_}; }
    [[nodiscard]] char* data() { return bytes_.get(); }
    [[nodiscard]] unsigned char* bytes();
    [[nodiscard]] std::size_t size() const { return size_; }

private:
    std::unique_ptr<char[]> bytes_;
    std::size_t size_ = 0;
};

// Overwrites what the string holds, then empties it. Earlier reallocations are beyond its reach.
void wipe(std::string& text);

// `count` random bytes, from a buffer per thread: a system call for every nonce would cost the
// intake more than the sealing. Each 4 KiB are ChaCha20 (libsodium's randombytes_buf_deterministic)
// of 32 fresh bytes of the kernel's, which are wiped at once, as is every byte handed out. A forked
// child starts with an empty buffer.
void random_bytes(unsigned char* out, std::size_t count);

// Subkey of `key` for one purpose. libsodium 1.0.18 has no HKDF, so this is BLAKE2b keyed with
// `key` over the label, personalised so that it never meets keyed_hash. Labels are compile-time
// words, one per purpose.
[[nodiscard]] Key derive(const Key& key, std::string_view label);

// 32 bytes: BLAKE2b keyed with `key` over the label's length, the label and the bytes.
[[nodiscard]] std::string
keyed_hash(const Key& key, std::string_view label, std::string_view bytes);

// Equal bytes, in time that depends on the length alone.
[[nodiscard]] bool same_bytes(std::string_view a, std::string_view b);

// Keeps other processes, core dumps and swap away from this one's memory, as far as the system
// allows. Returns what could not be done, one sentence each. Call once, early, before threads.
[[nodiscard]] std::vector<std::string> protect_process();

} // namespace saiduan
