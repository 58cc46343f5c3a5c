#include "storage/trail/entry.hpp"

#include "storage/trail/codec.hpp"

#include <cassert>

namespace saiduan {
namespace {

constexpr std::string_view commitment_prefix{"\x02", 1}; // 0x00 and 0x01 are the tree's

void put_field(std::string& out, std::string_view field) {
    assert(field.size() <= event_field_bytes_max);
    put_big_endian(out, field.size(), 4);
    out += field;
}

} // namespace

std::string event_bytes(const TrailEvent& event) {
    constexpr std::size_t fixed = 8 + 8 + 2 + 8 + 8 + 8 + 4 + 4 + 4;
    std::string out;
    out.reserve(fixed + event.actor.size() + event.fact.size() + event.sealed.size());
    put_big_endian(out, event.seq, 8);
    put_big_endian(out, static_cast<std::uint64_t>(event.at_ms), 8);
    put_big_endian(out, event.kind, 2);
    put_big_endian(out, event.case_id, 8);
    put_big_endian(out, event.complaint, 8);
    put_big_endian(out, event.agency, 8);
    put_field(out, event.actor);
    put_field(out, event.fact);
    put_field(out, event.sealed);
    return out;
}

Hash commitment(std::string_view salt, std::string_view event) {
    assert(salt.size() == salt_bytes);
    return sha256({commitment_prefix, salt, event});
}

std::string LeafEntry::bytes() const {
    std::string out;
    out.reserve(leaf_entry_bytes);
    put_big_endian(out, leaf_entry_version, 1);
    put_big_endian(out, seq, 8);
    put_big_endian(out, static_cast<std::uint64_t>(at_ms), 8);
    put_big_endian(out, kind, 2);
    out += bytes_of(commitment);
    assert(out.size() == leaf_entry_bytes);
    return out;
}

Result<LeafEntry> LeafEntry::parse(std::string_view bytes) {
    if (bytes.size() != leaf_entry_bytes)
        return malformed("a trail entry has 51 bytes");
    if (from_big_endian(bytes.substr(0, 1)) != leaf_entry_version)
        return malformed("a trail entry of a version we do not know");
    LeafEntry entry;
    entry.seq = from_big_endian(bytes.substr(1, 8));
    entry.at_ms = static_cast<std::int64_t>(from_big_endian(bytes.substr(9, 8)));
    entry.kind = static_cast<std::uint16_t>(from_big_endian(bytes.substr(17, 2)));
    entry.commitment = hash_at(bytes.substr(19), 0);
    if (entry.seq == 0)
        return malformed("trail entries are numbered from 1");
    return entry;
}

LeafEntry leaf_entry(const TrailEvent& event, std::string_view salt) {
    return {event.seq, event.at_ms, event.kind, commitment(salt, event_bytes(event))};
}

} // namespace saiduan
