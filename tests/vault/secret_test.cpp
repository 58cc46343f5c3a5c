#include "storage/vault/secret.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <new>
#include <set>
#include <thread>

using namespace saiduan;

namespace {

const std::string zeros(Key::size, '\0');

bool all_zero(const unsigned char* bytes, std::size_t count) {
    return std::all_of(bytes, bytes + count, [](unsigned char b) { return b == 0; });
}

} // namespace

TEST_CASE("a key that is moved from keeps nothing") {
    Key first = Key::random();
    const std::string bytes(first.view());
    CHECK(bytes != zeros);
    Key second = std::move(first);
    CHECK(second.view() == bytes);
    CHECK(first.view() == zeros);
    Key third = Key::random();
    third = std::move(second);
    CHECK(third.view() == bytes);
    CHECK(second.view() == zeros);
}

TEST_CASE("a key that dies leaves zeros behind") {
    alignas(Key) unsigned char room[sizeof(Key)];
    auto* key = new (room) Key(Key::random());
    CHECK_FALSE(all_zero(room, sizeof room));
    key->~Key();
    CHECK(all_zero(room, sizeof room));
}

TEST_CASE("a locked key holds the bytes it was given and its slot is wiped") {
    Key plain = Key::random();
    const std::string bytes(plain.view());
    const unsigned char* slot = nullptr;
    {
        const LockedKey locked(std::move(plain));
        CHECK(plain.view() == zeros);
        CHECK(locked->view() == bytes);
        slot = locked->data();
    }
    CHECK(all_zero(slot, Key::size)); // the slab itself is never given back
}

TEST_CASE("locked keys are distinct and reused from many threads, beyond one slab") {
    const auto churn = [] {
        std::vector<LockedKey> held;
        std::set<const unsigned char*> slots;
        for (std::size_t i = 0; i < LockedKey::slab_keys; ++i) {
            held.emplace_back(Key::random());
            slots.insert(held.back()->data());
        }
        CHECK(slots.size() == held.size());
    };
    std::thread a(churn);
    std::thread b(churn);
    churn();
    a.join();
    b.join();
}

TEST_CASE("opened text moves without leaving a copy") {
    SecretText first(std::string_view("pier 3, behind the ice factory"));
    SecretText second = std::move(first);
    CHECK(second.view() == "pier 3, behind the ice factory");
    CHECK(first.size() == 0);
    CHECK(first.view().empty());
    std::string spoken = "say nothing";
    wipe(spoken);
    CHECK(spoken.empty());
}

TEST_CASE("random bytes differ across refills, sizes and threads") {
    std::set<std::string> seen;
    const auto draw = [](std::size_t count) {
        std::string out(count, '\0');
        random_bytes(reinterpret_cast<unsigned char*>(out.data()), count);
        return out;
    };
    for (int i = 0; i < 2000; ++i)
        seen.insert(draw(24));
    std::string other;
    std::thread([&] { other = draw(24); }).join();
    seen.insert(other);
    CHECK(seen.size() == 2001);
    const std::string large = draw(10'000);
    CHECK(std::count(large.begin(), large.end(), '\0') < 100); // about 39 expected
}

TEST_CASE("a forked child does not repeat its parent's random bytes") {
    (void)Key::random(); // the buffer is filled
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    const pid_t child = fork();
    if (child == 0) {
        const Key key = Key::random();
        _exit(write(ends[1], key.data(), Key::size) == Key::size ? 0 : 1);
    }
    REQUIRE(child > 0);
    std::string theirs(Key::size, '\0');
    CHECK(read(ends[0], theirs.data(), theirs.size()) == Key::size);
    CHECK(Key::random().view() != theirs);
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    close(ends[0]);
    close(ends[1]);
}

TEST_CASE("derived keys depend on the key and the label, and never equal a hash") {
    const Key key = Key::from(std::string(32, 'k'));
    CHECK(derive(key, "a") == derive(key, "a"));
    CHECK_FALSE(derive(key, "a") == derive(key, "b"));
    CHECK_FALSE(derive(key, "a") == derive(Key::from(std::string(32, 'l')), "a"));
    CHECK(derive(key, "a").view() != keyed_hash(key, "a", ""));
    CHECK(keyed_hash(key, "ab", "c") != keyed_hash(key, "a", "bc"));
    CHECK(keyed_hash(key, "ab", "c").size() == 32);
}

TEST_CASE("equal bytes are told from unequal ones") {
    CHECK(same_bytes("abc", "abc"));
    CHECK_FALSE(same_bytes("abc", "abd"));
    CHECK_FALSE(same_bytes("abc", "ab"));
    CHECK(same_bytes("", ""));
}

TEST_CASE("a protected process writes no core file and can still map memory") {
    const pid_t child = fork(); // the protection would outlast this test
    if (child == 0) {
        const auto missing = protect_process();
        rlimit core{1, 1};
        const bool no_core = getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0;
        const std::vector<char> mapped(64 << 20);
        _exit(no_core && missing.size() <= 1 && mapped.back() == 0 ? 0 : 1);
    }
    REQUIRE(child > 0);
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
}
