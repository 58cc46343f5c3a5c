#include "storage/statistics/response_times.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace saiduan {
namespace {

struct Group {
    ResponseTimes figures;
    std::vector<double> claim, contact, resolution;
};

double percentile(const std::vector<double>& sorted, double share) {
    const auto rank =
        static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
    return sorted[std::max<std::size_t>(rank, 1) - 1];
}

Spread spread(std::vector<double>& seconds) {
    if (seconds.empty())
        return {};
    std::sort(seconds.begin(), seconds.end());
    return {
        static_cast<std::int64_t>(seconds.size()),
        percentile(seconds, .5),
        percentile(seconds, .9),
        percentile(seconds, .99)
    };
}

std::string value_of(const CaseTimes& c, const std::string& dimension) {
    if (dimension == "agency")
        return c.agency;
    if (dimension == "priority")
        return std::string{word_of(c.priority, priority_words)};
    return c.province;
}

void add(std::vector<double>& list, const std::optional<UnixMs>& at, UnixMs since) {
    if (at)
        list.push_back(static_cast<double>(*at - since) / 1000);
}

} // namespace

std::vector<ResponseTimes> response_times(
    const std::vector<CaseTimes>& cases, const std::vector<std::string>& by, UnixMs now
) {
    std::map<std::vector<std::string>, Group> groups;
    for (const CaseTimes& c : cases) {
        std::vector<std::string> key;
        for (const std::string& dimension : by)
            key.push_back(value_of(c, dimension));
        Group& group = groups[key];
        group.figures.key = std::move(key);
        ++group.figures.cases;
        add(group.claim, c.claimed_at, c.received_at);
        add(group.contact, c.contacted_at, c.received_at);
        add(group.resolution, c.resolved_at, c.received_at);
        if (!c.claimed_at) {
            ++group.figures.waiting;
            const double waited = static_cast<double>(now - c.received_at) / 1000;
            group.figures.oldest_waiting_s = std::max(group.figures.oldest_waiting_s, waited);
        }
    }
    std::vector<ResponseTimes> out;
    for (auto& [key, group] : groups) {
        group.figures.claim = spread(group.claim);
        group.figures.first_contact = spread(group.contact);
        group.figures.resolution = spread(group.resolution);
        out.push_back(std::move(group.figures));
    }
    return out;
}

} // namespace saiduan
