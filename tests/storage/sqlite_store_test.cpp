// What only the engine on a disk can promise: one process, bounded queues, and files that cannot
// be put back unnoticed. What every engine promises is in *_contract_test.cpp.
#include "storage/sqlite/connection.hpp"
#include "tests/support/store_line.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>

using namespace saiduan;

namespace {

namespace fs = std::filesystem;

// No file of this process grows beyond `bytes` while it lives; writing more fails with EFBIG.
class SmallDisk {
public:
    explicit SmallDisk(std::uintmax_t bytes) : signal_(std::signal(SIGXFSZ, SIG_IGN)) {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit small{static_cast<rlim_t>(bytes), before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &small);
    }
    ~SmallDisk() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        (void)std::signal(SIGXFSZ, signal_);
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;

private:
    using Handler = void (*)(int);
    Handler signal_;
    rlimit before_{};
};

std::string bytes_of(const std::string& path) {
    std::ifstream in{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

} // namespace

TEST_CASE_FIXTURE(SqliteLine, "a second process cannot open the same file") {
    CHECK(open_again().error().code == Errc::conflict);
    CHECK(file({}).has_value());
}

TEST_CASE_FIXTURE(SqliteLine, "a full queue refuses at once instead of growing") {
    close();
    auto small = *open_again(1);
    std::atomic<int> overloaded = 0, answered = 0;
    constexpr int sent = 2000;
    for (int i = 0; i < sent; ++i)
        small->note(notice(), [&](const Result<std::int64_t>& r) {
            overloaded += r.has_error() && r.error().code == Errc::overloaded;
            ++answered;
        });
    small->stop();
    CHECK(answered == sent);
    CHECK(overloaded > 0);
    CHECK(overloaded < sent);
}

TEST_CASE_FIXTURE(SqliteLine, "a copy of the files from a crash opens with all that was answered") {
    for (int i = 0; i < 20; ++i)
        (void)*file({.at = i, .key = "k" + std::to_string(i)});
    const std::string checkpoint = sign();
    (void)*file({});
    const fs::path crashed = path() + ".crashed";
    for (const char* part : {"", "-wal"})
        fs::copy_file(path() + part, crashed.string() + part);
    close(); // the copies know nothing of a stop
    for (const char* part : {"", "-wal"})
        fs::rename(crashed.string() + part, path() + part);
    fs::remove(path() + "-shm");
    std::ofstream{checkpoint_path()} << checkpoint;
    reopen();
    CHECK(queue("labour").size() == 21);
    CHECK(file({.key = "k7"})->replayed);
    CHECK(store().checkpoint() == checkpoint);
    CHECK(sign() != checkpoint);
}

TEST_CASE_FIXTURE(SqliteLine, "a database put back to an older copy is refused") {
    (void)*file({});
    close();
    const std::string old = path() + ".old";
    fs::copy_file(path(), old);
    reopen();
    (void)*file({});
    close(); // signs: the checkpoint beside the database knows of the second complaint
    fs::rename(path(), path() + ".new");
    fs::rename(old, path());
    const auto refused = open_again();
    REQUIRE(refused.has_error());
    CHECK(refused.error().code == Errc::unavailable);
    CHECK(refused.error().detail.find("trail") != std::string::npos);
    fs::rename(path() + ".new", path());
    CHECK(open_again().has_value());
}

TEST_CASE_FIXTURE(SqliteLine, "a checkpoint that somebody else signed is refused") {
    (void)*file({});
    const std::string note = sign();
    close();
    std::string forged = note;
    forged.replace(forged.find('\n') + 1, 1, "9"); // another size
    std::ofstream{checkpoint_path()} << forged;
    CHECK(open_again().error().code == Errc::unavailable);
    std::ofstream{checkpoint_path()} << note;
    CHECK(open_again().has_value());
}

TEST_CASE_FIXTURE(
    SqliteLine, "after a failing disk nothing is answered as stored until a restart"
) {
    (void)*file({.key = "before"});
    {
        const SmallDisk full{1}; // not a byte more
        CHECK(file({.key = "lost"}).error().code == Errc::unavailable);
    }
    CHECK_FALSE(store().healthy());
    // The disk is well again, but nobody knows what is on it.
    CHECK(file({}).error().code == Errc::unavailable);
    CHECK(ask(&Store::sign, 0).error().code == Errc::unavailable);
    CHECK(queue("labour").size() == 1);
    reopen();
    CHECK(store().healthy());
    CHECK(queue("labour").size() == 1);
    CHECK(file({.key = "before"})->replayed);
    CHECK_FALSE(file({.key = "lost"})->replayed);
}

TEST_CASE_FIXTURE(SqliteLine, "erased content is in none of the files") {
    const std::string marks = "0123456789abcdef";
    const ComplaintId id = file({.marks = marks})->complaint;
    const Filing other = filing({});
    (void)*ask(&Store::index_marks, 10);
    const std::string sealed = open(1, staff("labour"))->sealed;
    const auto found = [&](const std::string& bytes) {
        int files = 0;
        for (const char* part : {"", "-wal"}) {
            std::ifstream in{path() + part, std::ios::binary};
            const std::string all{std::istreambuf_iterator<char>{in}, {}};
            files += all.find(bytes) != std::string::npos;
        }
        return files;
    };
    CHECK(found(sealed) > 0);
    CHECK(found(marks) > 0);
    REQUIRE(erase(id).has_value());
    CHECK(found(sealed) == 0);
    CHECK(found(marks) == 0);
}

// SQLite zeroes what is deleted, but a row that has moved to another page leaves its old bytes.
// What must be gone is the shred key, and what the data keys are stored as must be useless without
// it.
TEST_CASE_FIXTURE(
    SqliteLine, "an erased complaint's shred key is nowhere in the files, wherever rows moved"
) {
    constexpr CaseId filed = 400;
    const Actor me = staff("labour", "supervisor");
    for (CaseId id = 1; id <= filed; ++id)
        (void)*file({.at = id, .pending = id % 3 == 0});
    std::vector<std::string> wrapped;
    for (CaseId id = 1; id <= filed; ++id) {
        // In another order than they were filed: their rows grow, and pages split.
        const auto view = open((id * 7) % filed + 1, me);
        wrapped.push_back(view->key.wrapped.substr(24));
        resolve(view->summary.id, me, 1'000'000'000'000 + id);
    }
    std::vector<std::string> shreds;
    {
        Connection db{path(), Access::audit, true};
        Query q = db.query("SELECT key FROM shred_keys");
        while (q.step())
            shreds.push_back(q.text(0));
    }
    const auto found = [&](const std::vector<std::string>& secrets) {
        const std::string files = bytes_of(path()) + bytes_of(path() + "-wal");
        return std::count_if(secrets.begin(), secrets.end(), [&](const std::string& secret) {
            return files.find(secret) != std::string::npos;
        });
    };
    REQUIRE(shreds.size() == filed);
    CHECK(found(shreds) == filed);
    CHECK(found(wrapped) == 0);
    for (ComplaintId id = 1; id <= filed; ++id)
        REQUIRE(erase(id).has_value());
    CHECK(found(shreds) == 0);
}

TEST_CASE_FIXTURE(
    SqliteLine, "an erasure beside a long reader leaves the log with the next commit"
) {
    (void)*file({});
    const Actor me = staff("labour", "supervisor");
    resolve(1, me, 10);
    std::string shred;
    {
        Connection reader{path(), Access::audit, true};
        reader.execute("BEGIN");
        Query q = reader.query("SELECT key FROM shred_keys");
        REQUIRE(q.step());
        shred = q.text(0);
        REQUIRE(erase(1).has_value());
        CHECK((bytes_of(path()) + bytes_of(path() + "-wal")).find(shred) != std::string::npos);
    }
    (void)note();
    CHECK((bytes_of(path()) + bytes_of(path() + "-wal")).find(shred) == std::string::npos);
}

TEST_CASE_FIXTURE(SqliteLine, "a row that somebody broke fails its own job and no other") {
    const ComplaintId id = file({})->complaint;
    Connection{path(), Access::write, true}.execute("UPDATE shred_keys SET key = x'00'");
    constexpr int sent = 200;
    std::atomic<int> refused = 0, answered = 0;
    std::promise<bool> opened;
    for (int i = 0; i < sent; ++i) {
        if (i == sent / 2) {
            Report danger{id, EventKind::endangered, "", 0, true, {}};
            danger.opens = {{"police", filing({.agencies = {"police"}}).cases.at(0).grant}};
            store().report(danger, [&](const Result<ComplaintId>& r) {
                opened.set_value(r.has_value());
            });
        }
        store().note(notice(), [&](const Result<std::int64_t>& r) {
            refused += r.has_error();
            ++answered;
        });
    }
    CHECK_FALSE(opened.get_future().get());
    close();
    CHECK(answered == sent);
    CHECK(refused == 0);
}
