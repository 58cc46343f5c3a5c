// Both auditors, the program's and tests/verifier/verify.py, against every way to alter a database
// that the program has made, used and stopped.
#include "storage/sqlite/audit.hpp"
#include "storage/sqlite/sqlite_store.hpp"
#include "storage/trail/checkpoint.hpp"
#include "storage/trail/entry.hpp"
#include "storage/trail/merkle.hpp"
#include "storage/trail/record.hpp"
#include "storage/vault/key_file.hpp"
#include "tests/audit/real_database.hpp"
#include "tests/audit/tampering.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <iostream>
#include <map>
#include <sstream>

namespace {

using namespace saiduan;
using namespace saiduan::test;
namespace fs = std::filesystem;

std::string text_of(const std::string& path) {
    std::ifstream in{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

// A copy of a stopped database, and the checkpoint file with it.
class Copy {
public:
    Copy(const std::string& from, std::string folder) : folder_(std::move(folder)) {
        fs::create_directory(folder_);
        fs::copy_file(from + "/saiduan.db", database());
        if (fs::exists(from + "/checkpoint"))
            fs::copy_file(from + "/checkpoint", checkpoint());
    }
    [[nodiscard]] const std::string& folder() const { return folder_; }
    [[nodiscard]] std::string database() const { return folder_ + "/saiduan.db"; }
    [[nodiscard]] std::string checkpoint() const { return folder_ + "/checkpoint"; }

private:
    std::string folder_;
};

// One database for all tests: making it takes seconds.
struct Scene {
    RealDatabase real;
    NoteSigner signer = load_signer();
    std::string vkey = signer.key().to_vkey();
    int copies = 0;

    NoteSigner load_signer() const {
        const auto seed = read_key_file(real.data() + "/keys/trail.key");
        REQUIRE(seed.has_value());
        auto made = NoteSigner::make(
            "saiduan.invalid/trail",
            SignatureType::ed25519,
            std::span<const unsigned char, Key::size>{(*seed)->data(), Key::size}
        );
        REQUIRE(made.has_value());
        return std::move(*made);
    }
    Copy copy(const std::string& from) {
        return {from, real.copies() + "/copy" + std::to_string(++copies)};
    }
    Copy copy() { return copy(real.data()); }
};

Scene& scene() {
    static Scene one;
    return one;
}

std::vector<std::string> findings(const Copy& copy, const std::string& published = "") {
    AuditSubject subject;
    subject.database = copy.database();
    subject.keys.push_back(scene().signer.key());
    if (fs::exists(copy.checkpoint()))
        subject.beside = text_of(copy.checkpoint());
    if (!published.empty())
        subject.published = text_of(published);
    const auto report = audit(subject);
    REQUIRE(report.has_value());
    return report->findings;
}

std::string lines(const std::vector<std::string>& texts) {
    std::string out;
    for (const std::string& text : texts)
        out += text + "\n";
    return out;
}

// What the second verifier finds in each folder; several at once, since starting it costs most.
std::map<std::string, std::vector<std::string>>
second_opinion(const std::vector<std::string>& folders, const std::string& published = "") {
    std::string command =
        "python3 '" SAIDUAN_SOURCE_DIR "/tests/verifier/verify.py' --vkey '" + scene().vkey + "'";
    if (!published.empty())
        command += " --published '" + published + "'";
    for (const std::string& folder : folders)
        command += " '" + folder + "'";
    const Ended ended = run_command(command + " 2>/dev/null"); // its progress
    REQUIRE_MESSAGE((ended.status == 0 || ended.status == 1), ended.said);
    std::map<std::string, std::vector<std::string>> out;
    std::istringstream in{ended.said};
    for (std::string line; std::getline(in, line);) {
        const std::size_t colon = line.find(": ");
        REQUIRE(colon != std::string::npos);
        std::vector<std::string>& found = out[line.substr(0, colon)];
        if (!line.ends_with(" findings")) // the summary
            found.push_back(line.substr(colon + 2));
    }
    REQUIRE(out.size() == folders.size());
    bool any = false;
    for (const auto& [folder, found] : out)
        any = any || !found.empty();
    CHECK(ended.status == (any ? 1 : 0));
    return out;
}

void check_clean(const Copy& copy, const std::string& published = "") {
    const auto ours = findings(copy, published);
    CHECK_MESSAGE(ours.empty(), lines(ours));
    const auto theirs = second_opinion({copy.folder()}, published).at(copy.folder());
    CHECK_MESSAGE(theirs.empty(), lines(theirs));
}

// Both find something, and ours says `word`.
void check_found(const Copy& copy, const std::string& word, const std::string& published = "") {
    const auto ours = findings(copy, published);
    CHECK_MESSAGE(lines(ours).find(word) != std::string::npos, word << " not in:\n" << lines(ours));
    CHECK(!second_opinion({copy.folder()}, published).at(copy.folder()).empty());
}

std::string last_event(const Copy& copy) {
    return Intruder{copy.database()}.value("SELECT max(id) FROM events");
}

} // namespace

TEST_CASE("an untouched database is clean, beside the running server and after its stop") {
    const RealDatabase& real = scene().real;
    CHECK(real.beside_server() == 0);
    check_clean(scene().copy());
    check_clean(scene().copy(real.older()));
    const std::string verify = "'" SAIDUAN_BINARY "' audit verify --data '" + real.data() + "'";
    const Ended own_key = run_command(verify + " --config '" + real.config() + "'");
    CHECK_MESSAGE(own_key.status == 0, own_key.said);
    CHECK(own_key.said.find("not yet signed: 0") != std::string::npos);
    CHECK(run_command(verify + " --vkey '" + scene().vkey + "'").status == 0);
    const Ended second =
        run_command("'" SAIDUAN_SOURCE_DIR "/tests/verifier/verify.py' '" + real.data() + "'");
    CHECK_MESSAGE(second.status == 0, second.said);
}

TEST_CASE("bad input is told from a bad database") {
    const std::string verify = "'" SAIDUAN_BINARY "' audit verify 2>&1 --data ";
    CHECK(run_command(verify + "/nowhere").status == 2);
    CHECK(run_command(verify + "'" + scene().real.data() + "' --vkey nonsense").status == 2);
    CHECK(run_command(verify + "'" + scene().real.data() + "' --published /nowhere").status == 2);
    const Copy copy = scene().copy();
    fs::resize_file(copy.database(), fs::file_size(copy.database()) / 2);
    const Ended torn =
        run_command(verify + "'" + copy.folder() + "' --vkey '" + scene().vkey + "'");
    CHECK(torn.status == 1);
    CHECK(torn.said.find("damaged") != std::string::npos);
    CHECK(!second_opinion({copy.folder()}).at(copy.folder()).empty());
}

TEST_CASE("every row edited, deleted, added or exchanged is found by both auditors") {
    const auto seed = std::random_device{}();
    std::cout << "seed " << seed << '\n';
    std::mt19937 random{seed};
    const auto all = tamperings(scene().copy().database(), random, 2);
    CHECK(all.size() > 200);
    std::map<std::string, const Tampering*> by_folder;
    for (const Tampering& one : all) {
        const Copy copy = scene().copy();
        try {
            Intruder{copy.database()}.run(one.sql);
        } catch (const std::exception& refused) {
            // SQLite itself forbids some: nobody can do that to a database.
            REQUIRE(std::string{refused.what()}.find("constraint failed") != std::string::npos);
            continue;
        }
        by_folder[copy.folder()] = &one;
        const auto found = lines(findings(copy));
        const std::string word = one.word == "checkpoints" ? "checkpoint" : one.word;
        CHECK_MESSAGE(found.find(word) != std::string::npos, one.name << ": found\n" << found);
    }
    std::vector<std::string> folders;
    for (const auto& [folder, one] : by_folder)
        folders.push_back(folder);
    for (const auto& [folder, found] : second_opinion(folders))
        CHECK_MESSAGE(!found.empty(), "verify.py misses: " << by_folder.at(folder)->name);
    for (const std::string& folder : folders)
        fs::remove_all(folder);
}

TEST_CASE("a trail whose end was cut off names the first event that is missing") {
    for (const int events : {1, 7}) {
        const Copy copy = scene().copy();
        const std::int64_t newest = std::stoll(last_event(copy));
        const std::string last = std::to_string(newest - events);
        Intruder{copy.database()}.run("DELETE FROM events WHERE id > " + last);
        check_found(copy, "event " + std::to_string(newest - events + 1) + " is missing");
    }
}

TEST_CASE("a complaint that was removed with all its rows and events is missed") {
    const Copy copy = scene().copy();
    Intruder intruder{copy.database()};
    const std::string c = intruder.value("SELECT max(id) FROM complaints");
    const std::string first = intruder.value("SELECT min(id) FROM events WHERE complaint = " + c);
    for (const char* table : {"marks", "idempotency", "cases", "events"})
        intruder.run("DELETE FROM " + std::string{table} + " WHERE complaint = " + c);
    intruder.run("DELETE FROM complaints WHERE id = " + c);
    check_found(copy, "event " + first + " is missing");
}

TEST_CASE("two events that changed places are named") {
    const Copy copy = scene().copy();
    Intruder{copy.database()}.run(
        "UPDATE events SET id = -1 WHERE id = 40; UPDATE events SET id = 40 WHERE id = 41;"
        "UPDATE events SET id = 41 WHERE id = -1"
    );
    check_found(copy, "event 40 stands in another's place: it was signed as event 41");
}

TEST_CASE("an event rewritten together with its tile is against the signature") {
    const Copy copy = scene().copy();
    Intruder intruder{copy.database()};
    intruder.run("UPDATE events SET actor = 'dispatcher/nobody' WHERE id = 3");
    // The forger makes the leaf again; the key he lacks.
    const auto row = intruder
                         .rows("SELECT at, kind, case_id, complaint, agency, fact, hex(salt)"
                               " FROM events WHERE id = 3 AND sealed IS NULL")
                         .at(0);
    TrailEvent event;
    event.seq = 3;
    event.at_ms = std::stoll(row[0]);
    event.kind = static_cast<std::uint16_t>(std::stoi(row[1]));
    event.case_id = std::stoull(row[2]);
    event.complaint = std::stoull(row[3]);
    event.agency = std::stoull(row[4]);
    event.actor = "dispatcher/nobody";
    event.fact = row[5].substr(1, row[5].size() - 2);
    std::string salt;
    for (std::size_t i = 1; i + 2 < row[6].size(); i += 2)
        salt += static_cast<char>(std::stoi(row[6].substr(i, 2), nullptr, 16));
    const Hash leaf = leaf_hash(leaf_entry(event, salt).bytes());
    // Quoted: X'…'.
    std::string tile = intruder.value("SELECT hashes FROM tiles WHERE level = 0 AND n = 0");
    tile.replace(2 + 2 * 2 * hash_bytes, 2 * hash_bytes, to_hex(bytes_of(leaf)));
    intruder.run("UPDATE tiles SET hashes = " + tile + " WHERE level = 0 AND n = 0");
    check_found(copy, "the trail was written anew");
}

TEST_CASE("a database put back to an older state is noticed by the checkpoint file") {
    const RealDatabase& real = scene().real;
    const Copy copy = scene().copy(real.older());
    fs::copy_file(
        real.data() + "/checkpoint", copy.checkpoint(), fs::copy_options::overwrite_existing
    );
    check_found(copy, "is missing: the checkpoint file beside the database covers");
    fs::remove(copy.checkpoint());
    check_found(copy, "the checkpoint file beside the database is missing");
}

TEST_CASE("a database put back together with its checkpoint file needs a published one") {
    const RealDatabase& real = scene().real;
    const Copy copy = scene().copy(real.older());
    check_clean(copy);
    check_found(copy, "the published checkpoint covers", real.data() + "/checkpoint");
    check_clean(scene().copy(), real.older() + "/checkpoint");
}

TEST_CASE("a published checkpoint of another trail is not of this one") {
    const std::string forged = scene().real.copies() + "/forged";
    const auto note =
        sign_note(Checkpoint{"saiduan.invalid/trail", 5, Hash{}}.text(), scene().signer);
    REQUIRE(note.has_value());
    std::ofstream{forged} << *note;
    check_found(scene().copy(), "the published checkpoint is not of this trail", forged);
}

TEST_CASE("a checkpoint file that a crash left behind is no finding") {
    const Copy copy = scene().copy();
    fs::copy_file(
        scene().real.older() + "/checkpoint",
        copy.checkpoint(),
        fs::copy_options::overwrite_existing
    );
    check_clean(copy);
}

TEST_CASE("triggers, views and indexes that are not ours are found before anything is read") {
    for (const char* sql :
         {"CREATE TRIGGER t AFTER INSERT ON cases BEGIN DELETE FROM events; END",
          "CREATE VIEW v AS SELECT 1",
          "ALTER TABLE agencies ADD COLUMN note TEXT",
          "DROP INDEX marks_of_complaint",
          "CREATE TABLE more (id INTEGER PRIMARY KEY) STRICT"}) {
        const Copy copy = scene().copy();
        Intruder{copy.database()}.run(sql);
        check_found(copy, "schema: ");
    }
}

TEST_CASE("purged idempotency keys are accounted for, and no others may go") {
    const Copy copy = scene().copy();
    const auto open = [&] {
        SqliteConfig config;
        config.path = copy.database();
        config.signer = &scene().signer;
        config.checkpoint_file = copy.checkpoint();
        auto store = open_sqlite(config);
        REQUIRE(store.has_value());
        return std::move(*store);
    };
    const auto middle = std::stoll(Intruder{copy.database()}.value(
        "SELECT created_at FROM idempotency ORDER BY created_at LIMIT 1 OFFSET 3"
    ));
    {
        const auto store = open();
        std::promise<Result<int>> purged;
        store->purge_idempotency(middle, [&](Result<int> n) { purged.set_value(std::move(n)); });
        CHECK(purged.get_future().get().value() > 0);
        store->stop();
    }
    check_clean(copy);
    Intruder{copy.database()}.run(
        "DELETE FROM idempotency WHERE id = (SELECT max(id) FROM idempotency)"
    );
    check_found(copy, "idempotency");
}
