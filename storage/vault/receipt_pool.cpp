#include "storage/vault/receipt_pool.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace saiduan {

namespace {

// Runs only when nothing else wants the processor. Linux lets every thread lower itself; should a
// sandbox forbid it, the pool merely competes a little.
void become_idle() {
    const sched_param none{};
    if (sched_setscheduler(0, SCHED_IDLE, &none) != 0)
        (void)setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), 19);
}

} // namespace

ReceiptPool::ReceiptPool(
    const ReceiptPoolOptions& options, const Key& permutation, const Key& pepper, const Clock& clock
)
    : options_(options), permutation_(permutation.clone()), pepper_(pepper.clone()), clock_(clock),
      ready_(options.ahead), empty_(options.ahead), jobs_(options.harden_max),
      next_id_(options.first_id), prepare_id_(options.first_id) {
    slots_.reserve(options.ahead);
    for (std::size_t i = 0; i < options.ahead; ++i) {
        slots_.push_back({std::nullopt, {}, LockedKey(Key::random())});
        empty_.push(&slots_.back());
    }
    thread_ = std::thread([this] { loop(); });
}

ReceiptPool::~ReceiptPool() {
    stop();
}

ReceiptPool::Taken ReceiptPool::take() {
    const std::int64_t id = next_id_.load(std::memory_order_relaxed);
    next_id_.store(id + 1, std::memory_order_release);
    std::optional<Taken> taken;
    // What was still being prepared when its id was handed out comes too late and is passed over.
    while (!taken && ready_.read_available() > 0 && ready_.front()->receipt->id() <= id) {
        Slot* slot = nullptr;
        ready_.pop(slot);
        if (slot->receipt->id() == id)
            taken =
                Taken{*slot->receipt, ReceiptKeys{std::move(slot->check), std::move(*slot->wrap)}};
        slot->receipt.reset();
        empty_.push(slot);
    }
    if (ready_.read_available() <= options_.ahead / 2)
        wake();
    return taken ? std::move(*taken) : Taken{make_receipt(id, *permutation_), std::nullopt};
}

bool ReceiptPool::harden(const Receipt& receipt, Hardened done) {
    if (stopping_.load(std::memory_order_relaxed) ||
        !jobs_.push(Job{receipt, std::move(done), clock_.now()}))
        return false;
    wake();
    return true;
}

void ReceiptPool::stop() {
    if (!thread_.joinable())
        return;
    stopping_.store(true, std::memory_order_relaxed);
    wake();
    thread_.join();
    jobs_.consume_all([](Job& job) {
        job.done(Fault{Errc::unavailable, "the receipt could not be secured before the stop"});
    });
}

void ReceiptPool::wake() {
    signals_.fetch_add(1, std::memory_order_release);
    signals_.notify_one();
}

void ReceiptPool::loop() {
    become_idle();
    while (true) {
        const std::uint32_t seen = signals_.load(std::memory_order_acquire);
        if (stopping_.load(std::memory_order_relaxed))
            return;
        if (!work())
            signals_.wait(seen, std::memory_order_acquire);
    }
}

// One Argon2id at most. False when there is nothing to do, or no memory to do it with.
bool ReceiptPool::work() {
    const bool full = empty_.read_available() == 0;
    const bool waiting = jobs_.read_available() > 0;
    if (waiting && (full || clock_.now() - jobs_.front().since >= options_.harden_age_ms)) {
        jobs_.consume_one([this](Job& job) {
            job.done(receipt_keys(job.receipt, *pepper_, options_.cost));
        });
        return true;
    }
    return !full && prepare(*empty_.front());
}

bool ReceiptPool::prepare(Slot& slot) {
    prepare_id_ = std::max(prepare_id_, next_id_.load(std::memory_order_acquire));
    slot.receipt = make_receipt(prepare_id_, *permutation_);
    auto keys = receipt_keys(*slot.receipt, *pepper_, options_.cost);
    if (!keys) {
        slot.receipt.reset();
        return false;
    }
    slot.check = std::move(keys->check);
    *slot.wrap = std::move(keys->wrap);
    ++prepare_id_;
    Slot* filled = nullptr;
    empty_.pop(filled);
    ready_.push(filled);
    return true;
}

} // namespace saiduan
