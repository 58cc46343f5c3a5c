// The tree twice: as the events make it and as the stored tiles of the lowest level do. Where they
// part, the signature tells which of them was altered.
#pragma once

#include "storage/sqlite/audit_parts.hpp"
#include "storage/trail/merkle.hpp"

namespace saiduan::auditing {

// An event whose leaf is not the hash in its tile.
struct Altered {
    TrailEvent event;
    std::string salt;
    Hash stored{};
};

class Trees {
public:
    // Fills in the roots of `claims` as their sizes are passed.
    Trees(Connection& db, std::vector<Claim>& claims);

    // The next leaf; nothing for an event that is missing or no event.
    void take(const std::optional<Hash>& leaf, const TrailEvent& event, const std::string& salt);

    [[nodiscard]] std::uint64_t size() const { return by_events_.tree.size(); }
    // In order, the first ones. An event that is missing is not among them.
    [[nodiscard]] const std::vector<Altered>& altered() const { return altered_; }
    // Stored tiles that differ from what one of the trees makes of it, the first ones.
    [[nodiscard]] const std::vector<std::string>& wrong_by_events() const {
        return by_events_.wrong;
    }
    [[nodiscard]] const std::vector<std::string>& wrong_by_tiles() const { return by_tiles_.wrong; }
    // "was edited …" or "has changed places …".
    [[nodiscard]] std::string what_happened(const Altered& altered) const;

private:
    struct Side {
        Tree tree;
        std::vector<std::string> wrong;
        void note(unsigned level, std::uint64_t n, std::string_view made, std::string_view stored);
    };

    void append(Side& side, const Hash& leaf);
    void compare_edge(Side& side);
    void reach_claims();
    [[nodiscard]] std::string stored(unsigned level, std::uint64_t n);

    Connection& db_;
    std::vector<Claim>& claims_;
    Side by_events_, by_tiles_;
    std::string tile_; // stored, of the lowest level, under the next leaf
    std::vector<Altered> altered_;
    std::vector<FullTile> completed_; // kept for its capacity
};

// Whether exactly the rows are there that a trail of `size` events, signed at `signed_size`, has.
void check_tile_rows(
    Connection& db, std::uint64_t size, std::uint64_t signed_size, Findings& findings
);

} // namespace saiduan::auditing
