#include "geo/vicinity.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace saiduan {
namespace {

constexpr std::uint32_t grid_levels = 6; // 64 cells a side, each the root of a small tree
constexpr std::uint32_t grid_side = 1U << grid_levels;
constexpr std::uint32_t levels_max = 11;   // cells of 1 km in 2,048
constexpr std::size_t leaf_picks = 12;     // so few need no further cells
constexpr std::size_t leaf_picks_max = 96; // so many at the last level are left to GEOS
constexpr std::size_t nodes_max = 1U << 21;
constexpr std::uint32_t branch = 0xffffffff, crowded = 0xfffffffe; // instead of a leaf's count
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double slack_km = 1e-6; // more than rounding can do

// The i-th of four, row by row from the south-west; its corners likewise.
Rectangle quarter(const Rectangle& r, std::uint32_t i) {
    const Plane half{r.half.x / 2, r.half.y / 2};
    return {
        {r.centre.x + (i & 1 ? half.x : -half.x), r.centre.y + (i & 2 ? half.y : -half.y)}, half
    };
}

Plane corner(const Rectangle& r, std::uint32_t i) {
    return {
        r.centre.x + (i & 1 ? r.half.x : -r.half.x), r.centre.y + (i & 2 ? r.half.y : -r.half.y)
    };
}

} // namespace

// A cell on the way down: parts index into its own picks.
struct Vicinity::Draft {
    std::vector<Part> parts;
    std::vector<std::uint32_t> picks;
};

class Vicinity::Builder {
public:
    Builder(Vicinity& out, const Options& options) : out_(out), options_(options) {}

    void build(const std::vector<std::uint32_t>& owners) {
        Draft all;
        for (std::uint32_t i = 0; i < owners.size(); ++i) {
            if (all.parts.empty() || all.parts.back().owner != owners[i])
                all.parts.push_back({owners[i], i, 0, Side::unsure});
            ++all.parts.back().count;
            all.picks.push_back(i);
        }
        out_.grid_.resize(std::size_t{grid_side} * grid_side);
        above_grid(all, out_.covered_, 0, 0, 0);
    }

private:
    void above_grid(
        const Draft& draft,
        const Rectangle& cell,
        std::uint32_t level,
        std::uint32_t x,
        std::uint32_t y
    ) {
        if (level == grid_levels) {
            const auto root = static_cast<std::uint32_t>(out_.nodes_.size());
            out_.nodes_.emplace_back();
            out_.grid_[std::size_t{y} * grid_side + x] = root;
            below_grid(draft, cell, level, root);
            return;
        }
        for (std::uint32_t i = 0; i < 4; ++i) {
            const Rectangle child = quarter(cell, i);
            above_grid(narrow(draft, child), child, level + 1, x * 2 + (i & 1), y * 2 + (i >> 1));
        }
    }

    void
    below_grid(const Draft& draft, const Rectangle& cell, std::uint32_t level, std::uint32_t node) {
        const bool last = level == levels_max || out_.nodes_.size() >= nodes_max;
        if (draft.picks.size() <= leaf_picks || last) {
            leaf(draft, node);
            return;
        }
        const auto first = static_cast<std::uint32_t>(out_.nodes_.size());
        out_.nodes_.resize(out_.nodes_.size() + 4);
        out_.nodes_[node] = {first, branch};
        for (std::uint32_t i = 0; i < 4; ++i) {
            const Rectangle child = quarter(cell, i);
            below_grid(narrow(draft, child), child, level + 1, first + i);
        }
    }

    void leaf(const Draft& draft, std::uint32_t node) {
        if (draft.picks.size() > leaf_picks_max) {
            out_.nodes_[node] = {0, crowded};
            return;
        }
        const auto base = static_cast<std::uint32_t>(out_.picks_.size());
        out_.nodes_[node] = {
            static_cast<std::uint32_t>(out_.parts_.size()),
            static_cast<std::uint32_t>(draft.parts.size())
        };
        for (Part part : draft.parts) {
            part.first += base;
            out_.parts_.push_back(part);
        }
        out_.picks_.insert(out_.picks_.end(), draft.picks.begin(), draft.picks.end());
    }

    // What of a cell's draft still matters in a smaller cell. No distance changes by more than
    // `radius` between the cell's centre and any of its points: so whatever is farther from the
    // centre than the nearest by two of them is the nearest nowhere in the cell.
    Draft narrow(const Draft& draft, const Rectangle& cell) {
        const double radius = std::hypot(cell.half.x, cell.half.y) + slack_km;
        measure(draft, cell.centre);
        Draft out;
        out.picks.reserve(draft.picks.size());
        out.parts.reserve(draft.parts.size());
        double nearest = infinity;
        for (std::size_t i = 0; i < draft.parts.size(); ++i) {
            Part part = draft.parts[i];
            if (part.side == Side::unsure && least_[i] > radius)
                part.side = options_.side ? options_.side(part.owner, cell.centre) : Side::outside;
            nearest = std::min(nearest, part.side == Side::inside ? -2 * radius : least_[i]);
            out.parts.push_back(part);
        }
        const double reach = options_.reach_km + radius;
        const double limit = std::max(nearest + 2 * radius, reach);
        for (std::size_t i = 0; i < out.parts.size(); ++i) {
            Part& part = out.parts[i];
            const Part& old = draft.parts[i];
            part.first = static_cast<std::uint32_t>(out.picks.size());
            if (part.side != Side::inside)
                for (std::uint32_t k = old.first; k < old.first + old.count; ++k)
                    if (far_[k] <= std::min(limit, least_[i] + 2 * radius))
                        out.picks.push_back(draft.picks[k]);
            part.count = static_cast<std::uint32_t>(out.picks.size()) - part.first;
        }
        if (out.picks.size() > leaf_picks)
            drop_beaten(out, cell, reach);
        std::erase_if(out.parts, [](const Part& p) {
            return p.side == Side::outside && p.count == 0;
        });
        return out;
    }

    // far_: of each pick from the point; least_: of each part.
    void measure(const Draft& draft, Plane point) {
        far_.resize(draft.picks.size());
        least_.assign(draft.parts.size(), infinity);
        for (std::size_t i = 0; i < draft.parts.size(); ++i) {
            const Part& part = draft.parts[i];
            for (std::uint32_t k = part.first; k < part.first + part.count; ++k) {
                far_[k] = saiduan::distance(point, out_.segments_[draft.picks[k]]);
                least_[i] = std::min(least_[i], far_[k]);
            }
        }
    }

    // Drops each line that some end of a line beats in the whole cell. The points nearer to one
    // point than to a line form a convex set (half-planes, one for each point of the line): a
    // point that beats a line in the four corners of a cell beats it everywhere between. Within
    // reach, only a part's own ends may beat its lines.
    void drop_beaten(Draft& draft, const Rectangle& cell, double reach) {
        std::array<Plane, 4> corners;
        for (std::uint32_t i = 0; i < 4; ++i)
            corners[i] = corner(cell, i);
        const std::span picks{draft.picks};
        champions_.clear();
        for (const Part& part : draft.parts)
            add_champions(picks.subspan(part.first, part.count), corners);
        std::vector<std::uint32_t> kept;
        kept.reserve(picks.size());
        for (std::size_t i = 0; i < draft.parts.size(); ++i) {
            Part& part = draft.parts[i];
            const auto own = std::span{champions_}.subspan(i * 4, 4);
            const auto first = static_cast<std::uint32_t>(kept.size());
            for (const std::uint32_t pick : picks.subspan(part.first, part.count)) {
                const Segment& s = out_.segments_[pick];
                FromCorners far{};
                for (std::size_t k = 0; k < 4; ++k)
                    far[k] = saiduan::distance(corners[k], s);
                if (beaten(far, own))
                    continue;
                if (draft.parts.size() == 1 || saiduan::distance(cell.centre, s) <= reach ||
                    !beaten(far, champions_))
                    kept.push_back(pick);
            }
            part.first = first;
            part.count = static_cast<std::uint32_t>(kept.size()) - first;
        }
        draft.picks = std::move(kept);
    }

    // How far something is from the four corners of a cell.
    using FromCorners = std::array<double, 4>;

    // For each corner the nearest end of a line: such ends beat the most.
    void add_champions(std::span<const std::uint32_t> picks, const std::array<Plane, 4>& corners) {
        std::array<Plane, 4> best;
        FromCorners least{infinity, infinity, infinity, infinity};
        for (const std::uint32_t pick : picks)
            for (const Plane end : {out_.segments_[pick].a, out_.segments_[pick].b})
                for (std::size_t i = 0; i < 4; ++i) {
                    const double dx = end.x - corners[i].x, dy = end.y - corners[i].y;
                    if (const double square = dx * dx + dy * dy; square < least[i]) {
                        least[i] = square;
                        best[i] = end;
                    }
                }
        for (const Plane end : best) {
            FromCorners& far = champions_.emplace_back();
            for (std::size_t i = 0; i < 4; ++i)
                far[i] = picks.empty() ? infinity : saiduan::distance(corners[i], end);
        }
    }

    static bool beaten(const FromCorners& line, std::span<const FromCorners> by) {
        for (const FromCorners& end : by)
            if (end[0] + slack_km < line[0] && end[1] + slack_km < line[1] &&
                end[2] + slack_km < line[2] && end[3] + slack_km < line[3])
                return true;
        return false;
    }

    Vicinity& out_;
    const Options& options_;
    std::vector<double> far_, least_;
    std::vector<FromCorners> champions_; // four for each part
};

Vicinity::Vicinity(
    std::vector<Segment> segments,
    const std::vector<std::uint32_t>& owners,
    Rectangle covered,
    const Options& options
)
    : segments_(std::move(segments)), covered_(covered) {
    Builder{*this, options}.build(owners);
    nodes_.shrink_to_fit();
    parts_.shrink_to_fit();
    picks_.shrink_to_fit();
}

std::optional<std::span<const Vicinity::Part>> Vicinity::at(Plane point) const {
    const double x = (point.x - covered_.centre.x) / covered_.half.x; // -1 to 1
    const double y = (point.y - covered_.centre.y) / covered_.half.y;
    if (!(std::fabs(x) < 1 && std::fabs(y) < 1))
        return std::nullopt;
    // The cell's number at the finest level; its leading bits lead down from the root.
    constexpr std::uint32_t finest = 1U << levels_max;
    const auto number = [](double v) {
        return std::min(static_cast<std::uint32_t>((v + 1) / 2 * finest), finest - 1);
    };
    const std::uint32_t column = number(x), row = number(y);
    std::uint32_t shift = levels_max - grid_levels;
    const Node* node = &nodes_[grid_[std::size_t{row >> shift} * grid_side + (column >> shift)]];
    while (node->count == branch) {
        --shift;
        node = &nodes_[node->first + (column >> shift & 1) + (row >> shift & 1) * 2];
    }
    if (node->count == crowded)
        return std::nullopt;
    return std::span{parts_}.subspan(node->first, node->count);
}

double Vicinity::distance(const Part& part, Plane point) const {
    double least = std::numeric_limits<double>::infinity();
    for (std::uint32_t k = part.first; k < part.first + part.count; ++k)
        least = std::min(least, saiduan::distance(point, segments_[picks_[k]]));
    return least;
}

std::size_t Vicinity::bytes() const {
    return segments_.size() * sizeof(Segment) + grid_.size() * 4 + nodes_.size() * sizeof(Node) +
           parts_.size() * sizeof(Part) + picks_.size() * 4;
}

} // namespace saiduan
