#include "storage/trail/entry.hpp"
#include "tests/trail/log.hpp"

#include <set>

using namespace saiduan;

namespace {

const TrailEvent event{1, 1'760'000'000'123, 0x0203, 17, 4, 2, "ab", "fact", std::string("\0s", 2)};
const std::string salt(salt_bytes, 's');

} // namespace

TEST_CASE("an event's bytes are laid out as AUDIT_FORMAT.md says") {
    CHECK(
        to_hex(event_bytes(event)) == "0000000000000001"
                                      "00000199c82cc07b"
                                      "0203"
                                      "0000000000000011"
                                      "0000000000000004"
                                      "0000000000000002"
                                      "000000026162"
                                      "0000000466616374"
                                      "000000020073"
    );
}

TEST_CASE("a leaf entry is laid out as AUDIT_FORMAT.md says") {
    LeafEntry entry = leaf_entry(event, salt);
    CHECK(entry.seq == 1);
    entry.at_ms = -2;
    entry.commitment.fill(0xc0);
    CHECK(
        to_hex(entry.bytes()) == "01"
                                 "0000000000000001"
                                 "fffffffffffffffe"
                                 "0203"
                                 "c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0"
    );
    CHECK(LeafEntry::parse(entry.bytes()).value() == entry);
}

TEST_CASE("the worked example of AUDIT_FORMAT.md comes out") {
    CHECK(
        to_hex(leaf_entry(event, salt).commitment) ==
        "c049e9eb79315756b6a5f45457ab4a2162a3ed801b8fefedc50750e01db41191"
    );
    CHECK(
        to_hex(leaf_hash(leaf_entry(event, salt).bytes())) ==
        "cccbcf30aa99b0d69aaf74cc2f25134fb530c72f48e41ccc06eaed67bd3ed3a8"
    );
}

TEST_CASE("a commitment covers every field, and where one ends and the next begins") {
    std::set<Hash> seen;
    const auto is_new = [&](TrailEvent changed) {
        return seen.insert(commitment(salt, event_bytes(changed))).second;
    };
    CHECK(is_new(event));
    const auto changed = [&](auto change) {
        TrailEvent copy = event;
        change(copy);
        return is_new(copy);
    };
    CHECK(changed([](TrailEvent& e) { e.seq = 2; }));
    CHECK(changed([](TrailEvent& e) { ++e.at_ms; }));
    CHECK(changed([](TrailEvent& e) { ++e.kind; }));
    CHECK(changed([](TrailEvent& e) { e.case_id = 0; }));
    CHECK(changed([](TrailEvent& e) { e.complaint = 0; }));
    CHECK(changed([](TrailEvent& e) { e.agency = 0; }));
    CHECK(changed([](TrailEvent& e) { std::swap(e.case_id, e.complaint); }));
    CHECK(changed([](TrailEvent& e) { e.actor = "a", e.fact = "bfact"; }));
    CHECK(changed([](TrailEvent& e) { e.actor = "abfact", e.fact = ""; }));
    CHECK(changed([](TrailEvent& e) { e.fact += e.sealed, e.sealed.clear(); }));
    const std::string other_salt(salt_bytes, 't');
    CHECK(seen.insert(commitment(other_salt, event_bytes(event))).second);
    CHECK(commitment(salt, event_bytes(event)) == sha256({"\x02", salt, event_bytes(event)}));
}

TEST_CASE("only what a leaf entry can be is read as one") {
    const std::string good = leaf_entry(event, salt).bytes();
    REQUIRE(LeafEntry::parse(good));
    for (std::size_t length = 0; length < good.size(); ++length)
        CHECK_FALSE(LeafEntry::parse(good.substr(0, length)));
    CHECK_FALSE(LeafEntry::parse(good + "x"));
    std::string changed = good;
    changed[0] = 2;
    CHECK_FALSE(LeafEntry::parse(changed));
    changed = good;
    changed[8] = 0; // seq 0
    CHECK_FALSE(LeafEntry::parse(changed));
}

TEST_CASE("a leaf entry says nothing of who, what or which case") {
    TrailEvent other = event;
    other.case_id = 99, other.actor = "someone else", other.fact = "another thing";
    const std::string a = leaf_entry(event, salt).bytes();
    const std::string b = leaf_entry(other, salt).bytes();
    CHECK(a.size() == leaf_entry_bytes);
    CHECK(a.substr(0, leaf_entry_bytes - hash_bytes) == b.substr(0, leaf_entry_bytes - hash_bytes));
}
