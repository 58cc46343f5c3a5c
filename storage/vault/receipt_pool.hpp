// Receipts prepared ahead, so that the intake never waits for Argon2id. One thread of the lowest
// priority makes them; the I/O thread takes them. The two share only lock-free queues: a lock held
// by a thread that may not get a processor for long would stall the intake.
#pragma once

#include "config/time.hpp"
#include "storage/vault/receipt.hpp"

#include <boost/lockfree/spsc_queue.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace saiduan {

struct ReceiptPoolOptions {
    std::int64_t first_id = 1;      // the next complaint's
    std::size_t ahead = 1'000;      // receipts kept ready; 0 prepares none
    std::size_t harden_max = 4'096; // receipts waiting for harden()
    UnixMs harden_age_ms = 30'000;  // older ones go before preparing new receipts
    ReceiptCost cost;
};

class ReceiptPool {
public:
    // A receipt to hand out. Without keys when none was ready: keep the receipt for harden().
    struct Taken {
        Receipt receipt;
        std::optional<ReceiptKeys> keys;
    };
    using Hardened = std::function<void(Result<ReceiptKeys>)>;

    // Copies both keys into locked memory and starts the thread. `clock` outlives the pool.
    ReceiptPool(
        const ReceiptPoolOptions& options,
        const Key& permutation,
        const Key& pepper,
        const Clock& clock
    );
    ~ReceiptPool();
    ReceiptPool(const ReceiptPool&) = delete;
    ReceiptPool& operator=(const ReceiptPool&) = delete;

    // I/O thread. Never blocks, also after stop(). Ids count up by one from `first_id`, whether a
    // receipt was ready or not.
    [[nodiscard]] Taken take();

    // I/O thread. Computes the keys of a receipt that was handed out without, when the pool is full
    // or the wait has been long. False when the queue is full or the pool stopped: `done` is then
    // never called. Otherwise it is called once: on the pool's thread with the keys or the fault of
    // receipt_keys(), or by stop() with unavailable.
    [[nodiscard]] bool harden(const Receipt& receipt, Hardened done);

    // I/O thread. Waits for at most one Argon2id, refuses what still waits. Idempotent.
    void stop();

private:
    // A place for one prepared receipt, used again and again.
    struct Slot {
        std::optional<Receipt> receipt;
        std::string check;
        LockedKey wrap;
    };
    struct Job {
        Receipt receipt;
        Hardened done;
        UnixMs since;
    };

    void loop();
    bool work();
    bool prepare(Slot& slot);
    void wake();

    const ReceiptPoolOptions options_;
    const LockedKey permutation_;
    const LockedKey pepper_;
    const Clock& clock_;
    std::vector<Slot> slots_;
    boost::lockfree::spsc_queue<Slot*> ready_; // by rising id, from the pool's thread
    boost::lockfree::spsc_queue<Slot*> empty_; // back to it
    boost::lockfree::spsc_queue<Job> jobs_;
    std::atomic<std::int64_t> next_id_; // the next to hand out; the I/O thread writes it
    std::int64_t prepare_id_;           // the next to prepare; the pool's thread's own
    std::atomic<std::uint32_t> signals_ = 0;
    std::atomic<bool> stopping_ = false;
    std::thread thread_;
};

} // namespace saiduan
