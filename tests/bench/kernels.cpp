// Triage and geography on one core: calls a second, as JSON, for ./dev bench.
#include "geo/atlas.hpp"
#include "triage/triage.hpp"

#include <chrono>
#include <cstdio>
#include <fstream>
#include <random>

namespace {

using namespace saiduan;

template <class Work>
double per_second(Work work) {
    constexpr std::chrono::seconds length{2};
    const auto began = std::chrono::steady_clock::now();
    std::size_t calls = 0;
    while (std::chrono::steady_clock::now() - began < length)
        for (int i = 0; i < 16; ++i, ++calls)
            work(calls);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    return static_cast<double>(calls) / took.count();
}

} // namespace

int main() {
    const auto rules = Rules::load(SAIDUAN_SOURCE_DIR "/config/triage");
    const auto atlas = Atlas::load(SAIDUAN_SOURCE_DIR "/config/geo");
    std::ifstream file{SAIDUAN_SOURCE_DIR "/tests/data/narratives.jsonl"};
    std::vector<Complaint> complaints;
    for (std::string line; std::getline(file, line);) {
        const auto row = parse_json(line);
        if (!row)
            return 1;
        complaints.emplace_back().text = (*row)["text"];
    }
    if (!rules || !atlas || complaints.empty())
        return 1;
    std::mt19937 random{1};
    std::uniform_real_distribution<double> latitude{6, 20}, longitude{98, 105};
    std::vector<Point> points(1 << 20); // drawn before: a draw costs a tenth of a call
    for (Point& p : points)
        p = {latitude(random), longitude(random), 30};
    std::size_t sink = 0;
    const double triage = per_second([&](std::size_t i) {
        sink += (*rules)->assess(complaints[i % complaints.size()]).reasons.size();
    });
    const double locate = per_second([&](std::size_t i) {
        sink += (*atlas)->locate(points[i % points.size()]).province.size();
    });
    std::printf(
        "{\"triage_per_s\": %.0f, \"locate_per_s\": %.0f, \"sink\": %zu}\n", triage, locate, sink
    );
}
