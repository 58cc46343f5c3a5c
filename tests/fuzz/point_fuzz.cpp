// Any coordinates in range.
#include "geo/atlas.hpp"

#include <cmath>
#include <cstdlib>
#include <cstring>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    static const auto atlas = saiduan::Atlas::load(SAIDUAN_SOURCE_DIR "/config/geo");
    double number[3];
    if (size < sizeof number)
        return 0;
    std::memcpy(number, data, sizeof number);
    const auto fit = [](double v, double max) { return std::isfinite(v) ? std::fmod(v, max) : 0; };
    const saiduan::Point point{
        fit(number[0], 90), fit(number[1], 180), std::abs(fit(number[2], 100'000))
    };
    const saiduan::Place place = (*atlas)->locate(point);
    if (place.certain && place.province.empty())
        std::abort();
    return 0;
}
