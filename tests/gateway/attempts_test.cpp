#include "gateway/attempts.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

using namespace saiduan;

namespace {

constexpr UnixMs start = 1'000'000'000;

// One attempt under way; `answer` is empty while it waits.
struct Attempt {
    std::optional<bool> answer;
};

// Attempts in a loop of their own; nothing here waits for the clock on the wall.
struct Line {
    asio::io_context io;
    Attempts attempts{io};
    std::vector<std::shared_ptr<Attempt>> all;

    std::shared_ptr<Attempt> enter(std::uint64_t label, UnixMs now = start) {
        auto attempt = std::make_shared<Attempt>();
        all.push_back(attempt);
        asio::co_spawn(
            io,
            [this, label, now, attempt]() -> Task<void> {
                attempt->answer = co_await attempts.turn(label, now);
            },
            asio::detached
        );
        settle();
        return attempt;
    }
    void done(std::uint64_t label, bool right, UnixMs now = start) {
        attempts.done(label, right, now);
        settle();
    }
    // Runs what can run now.
    void settle() {
        io.restart();
        io.poll();
    }
    ~Line() {
        attempts.stop();
        settle();
    }
};

bool waits(const std::shared_ptr<Attempt>& attempt) {
    return !attempt->answer.has_value();
}

bool called(const std::shared_ptr<Attempt>& attempt) {
    return attempt->answer == true;
}

// Lets network 1 try so many wrong receipts, each after any pause. Returns the time of the last.
UnixMs guess(Line& line, int wrong) {
    UnixMs now = start;
    for (int i = 0; i < wrong; ++i) {
        now += i > 0 ? Attempts::pause_max_ms : 0;
        CHECK(called(line.enter(1, now)));
        line.done(1, false, now);
    }
    return now;
}

// Whether an attempt of this network, alone in the line, has to rest first.
bool rests(Line& line, std::uint64_t label, UnixMs now) {
    const auto attempt = line.enter(label, now);
    if (waits(attempt))
        return true;
    line.done(label, true, now);
    return false;
}

} // namespace

TEST_CASE("one receipt is tried at a time") {
    Line line;
    const auto first = line.enter(1);
    const auto second = line.enter(2);
    CHECK(called(first));
    CHECK(waits(second));
    line.done(1, true);
    CHECK(called(second));
}

TEST_CASE("the turn goes round the networks, so that a long line delays nobody else") {
    Line line;
    const auto busy = line.enter(1);
    const auto second = line.enter(1);
    const auto third = line.enter(1);
    const auto other = line.enter(2);
    line.done(1, true);
    CHECK(called(other));
    CHECK(waits(second));
    line.done(2, true);
    CHECK(called(second));
    CHECK(waits(third));
    line.done(1, true);
    CHECK(called(third));
}

TEST_CASE("a full line loses one at random for each that comes, and the newest may stay") {
    Line line;
    const auto busy = line.enter(1);
    constexpr std::size_t more = 200;
    for (std::size_t i = 0; i < Attempts::waiting_label_max + more; ++i)
        line.enter(1);
    std::size_t waiting = 0, lost = 0;
    for (const auto& attempt : line.all) {
        waiting += waits(attempt) ? 1 : 0;
        lost += attempt->answer == false ? 1 : 0;
    }
    CHECK(waiting == Attempts::waiting_label_max);
    CHECK(lost == more);
    CHECK(waits(line.all.back()));
    const auto other = line.enter(2);
    CHECK(waits(other));
    line.done(1, true);
    CHECK(called(other));
}

TEST_CASE("no more wait in all than the limit says") {
    Line line;
    const auto busy = line.enter(0);
    for (std::size_t i = 0; i < Attempts::waiting_max; ++i)
        CHECK(waits(line.enter(i + 1)));
    CHECK(line.enter(100'000)->answer == false);
    line.done(0, true);
    CHECK(waits(line.enter(100'000)));
}

TEST_CASE("after a wrong receipt its network rests and the others do not") {
    Line line;
    CHECK(called(line.enter(1)));
    line.done(1, false);
    const auto resting = line.enter(1);
    CHECK(waits(resting));
    CHECK(called(line.enter(2)));
    line.done(2, true);
    CHECK(waits(resting));
    CHECK(called(line.enter(3)));
}

TEST_CASE("the pause doubles with every wrong receipt up to its limit") {
    constexpr int guesses = 8;
    UnixMs pause = Attempts::pause_first_ms;
    for (int wrong = 1; wrong <= guesses; ++wrong) {
        INFO(wrong);
        Line early;
        CHECK(rests(early, 1, guess(early, wrong) + pause - 1));
        Line late;
        CHECK_FALSE(rests(late, 1, guess(late, wrong) + pause));
        pause = std::min(2 * pause, Attempts::pause_max_ms);
    }
    CHECK(pause == Attempts::pause_max_ms);
}

TEST_CASE("wrong receipts are forgiven in time") {
    constexpr int guesses = 8;
    const auto rests_after = [](UnixMs later) {
        Line line;
        const UnixMs now = guess(line, guesses) + Attempts::pause_max_ms + later;
        CHECK(called(line.enter(1, now)));
        line.done(1, false, now);
        return rests(line, 1, now + Attempts::pause_first_ms);
    };
    CHECK(rests_after(Attempts::forgiven_after_ms));
    CHECK_FALSE(rests_after(Attempts::forgiven_after_ms + 1));
}

TEST_CASE("a right receipt costs its network no pause, and does not forgive wrong ones") {
    Line line;
    CHECK(called(line.enter(1)));
    line.done(1, true);
    CHECK_FALSE(rests(line, 1, start));
    CHECK(called(line.enter(1)));
    line.done(1, false);
    CHECK(rests(line, 1, start));
}

TEST_CASE("the limits hold for those who rest") {
    Line line;
    CHECK(called(line.enter(1)));
    line.done(1, false);
    line.all.clear();
    for (std::size_t i = 0; i < Attempts::waiting_label_max + 3; ++i)
        line.enter(1);
    std::size_t lost = 0;
    for (const auto& attempt : line.all)
        lost += attempt->answer == false ? 1 : 0;
    CHECK(lost == 3);
}

TEST_CASE("a rest ends by itself and the attempt is called") {
    Line line;
    CHECK(called(line.enter(1)));
    line.done(1, false);
    const auto resting = line.enter(1, start + Attempts::pause_first_ms - 1);
    CHECK(waits(resting));
    line.io.restart();
    line.io.run();
    CHECK(called(resting));
}

TEST_CASE("when the server stops nobody waits or rests any longer") {
    Line line;
    CHECK(called(line.enter(1)));
    const auto waiting = line.enter(2);
    line.done(1, false);
    CHECK(called(waiting));
    const auto resting = line.enter(1);
    const auto behind = line.enter(3);
    line.attempts.stop();
    line.settle();
    CHECK(resting->answer == false);
    CHECK(behind->answer == false);
    CHECK(line.enter(4)->answer == false);
}
