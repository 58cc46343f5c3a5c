// Any coordinates in range: what is prepared must equal what GEOS says.
#include "geo/atlas.hpp"

#include <cmath>
#include <cstdlib>
#include <cstring>

namespace {

using saiduan::Atlas;

const Atlas& atlas(Atlas::Answers answers) {
    static const auto prepared = Atlas::load(SAIDUAN_SOURCE_DIR "/config/geo");
    static const auto exact =
        Atlas::load(SAIDUAN_SOURCE_DIR "/config/geo", "", Atlas::Answers::exact);
    return answers == Atlas::Answers::prepared ? **prepared : **exact;
}

} // namespace

// Loading takes seconds under a sanitizer: it must not count as the first input's time.
extern "C" int LLVMFuzzerInitialize(int*, char***) {
    (void)atlas(Atlas::Answers::prepared);
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    double number[3];
    if (size < sizeof number)
        return 0;
    std::memcpy(number, data, sizeof number);
    const auto fit = [](double v, double max) { return std::isfinite(v) ? std::fmod(v, max) : 0; };
    const saiduan::Point point{
        fit(number[0], 90), fit(number[1], 180), std::abs(fit(number[2], 100'000))
    };
    const saiduan::Place place = atlas(Atlas::Answers::prepared).locate(point);
    if (place.certain && place.province.empty())
        std::abort();
    if (place != atlas(Atlas::Answers::exact).locate(point))
        std::abort();
    return 0;
}
