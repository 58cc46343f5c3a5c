#include "storage/vault/receipt_pool.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <memory>

using namespace saiduan;

namespace {

constexpr ReceiptCost below_argon2id{1, 1};

class FakeClock final : public Clock {
public:
    [[nodiscard]] UnixMs now() const override { return now_.load(); }
    void advance(UnixMs by) { now_ += by; }

private:
    std::atomic<UnixMs> now_ = 1'000'000;
};

struct Bench {
    FakeClock clock;
    Key permutation = Key::random();
    Key pepper = Key::random();
    ReceiptPoolOptions options{1000, 8, 4, 30'000, {8, 1}};

    std::unique_ptr<ReceiptPool> open() {
        return std::make_unique<ReceiptPool>(options, permutation, pepper, clock);
    }
    ReceiptKeys keys_of(const Receipt& receipt) {
        return *receipt_keys(receipt, pepper, options.cost);
    }
};

// The clock stands still, so the job is done only when the pool is full.
ReceiptKeys hardened(ReceiptPool& pool, const Receipt& receipt) {
    const auto promise = std::make_shared<std::promise<Result<ReceiptKeys>>>();
    auto future = promise->get_future();
    REQUIRE(pool.harden(receipt, [promise](Result<ReceiptKeys> keys) {
        promise->set_value(std::move(keys));
    }));
    auto keys = future.get();
    REQUIRE(keys.has_value());
    return std::move(*keys);
}

} // namespace

TEST_CASE("a full pool hands out prepared receipts with their own keys") {
    Bench bench;
    const auto pool = bench.open();
    (void)hardened(*pool, make_receipt(1, bench.permutation)); // now it is full
    for (std::int64_t id = 1000; id < 1008; ++id) {
        const auto taken = pool->take();
        CHECK(taken.receipt.id() == id);
        CHECK(parse_receipt(taken.receipt.text(), bench.permutation)->receipt.id() == id);
        REQUIRE(taken.keys.has_value());
        const ReceiptKeys expected = bench.keys_of(taken.receipt);
        CHECK(taken.keys->check == expected.check);
        CHECK(taken.keys->wrap == expected.wrap);
    }
}

TEST_CASE("a pool that prepares none hands out receipts without keys, in order") {
    Bench bench;
    bench.options.ahead = 0;
    const auto pool = bench.open();
    for (std::int64_t id = 1000; id < 1100; ++id) {
        const auto taken = pool->take();
        CHECK(taken.receipt.id() == id);
        CHECK_FALSE(taken.keys.has_value());
    }
}

TEST_CASE("a receipt handed out without keys is hardened later") {
    Bench bench;
    bench.options.ahead = 0;
    const auto pool = bench.open();
    const auto taken = pool->take();
    const ReceiptKeys keys = hardened(*pool, taken.receipt);
    const ReceiptKeys expected = bench.keys_of(taken.receipt);
    CHECK(keys.check == expected.check);
    CHECK(keys.wrap == expected.wrap);
}

TEST_CASE("ids count up by one however the pool and its takers race") {
    Bench bench;
    bench.options.ahead = 3;
    const auto pool = bench.open();
    std::int64_t id = 1000;
    for (int round = 0; round < 40; ++round) {
        for (int i = 0; i < 50; ++i) {
            const auto taken = pool->take();
            CHECK(taken.receipt.id() == id++);
            if (taken.keys)
                CHECK(taken.keys->check == bench.keys_of(taken.receipt).check);
        }
        (void)hardened(*pool, make_receipt(1, bench.permutation)); // full again
        CHECK(pool->take().keys.has_value());
        ++id;
    }
}

TEST_CASE("a long wait is served although the pool is not full") {
    Bench bench;
    bench.options.cost = below_argon2id; // nothing can be prepared, so it never fills
    const auto pool = bench.open();
    std::promise<Errc> done;
    REQUIRE(pool->harden(make_receipt(1, bench.permutation), [&](Result<ReceiptKeys> keys) {
        done.set_value(keys.error().code);
    }));
    bench.clock.advance(bench.options.harden_age_ms);
    CHECK_FALSE(pool->take().keys.has_value()); // wakes the pool, which had nothing to do
    CHECK(done.get_future().get() == Errc::unavailable);
}

TEST_CASE("a stopped pool refuses what waits, once each, and takes no more") {
    Bench bench;
    bench.options.cost = below_argon2id; // never full, so nothing is hardened
    const auto pool = bench.open();
    int refused = 0;
    const Receipt receipt = make_receipt(1, bench.permutation);
    const auto count = [&](const Result<ReceiptKeys>& keys) {
        CHECK(keys.has_error());
        ++refused;
    };
    for (std::size_t i = 0; i < bench.options.harden_max; ++i)
        CHECK(pool->harden(receipt, count));
    CHECK_FALSE(pool->harden(receipt, count)); // the queue's limit
    CHECK(refused == 0);
    pool->stop();
    CHECK(refused == 4);
    pool->stop();
    CHECK(refused == 4);
    CHECK_FALSE(pool->harden(receipt, count));
    const std::int64_t id = pool->take().receipt.id();
    CHECK(pool->take().receipt.id() == id + 1);
}
