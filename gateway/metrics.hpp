// What operations watch, in Prometheus' terms. No label ever comes from a reporter. Thread-safe.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <string>

namespace saiduan {

class Metrics {
public:
    Metrics();
    void complaint(const std::string& queue, const std::string& priority, double seconds);
    void refused(const std::string& problem);
    [[nodiscard]] std::string text(bool healthy) const;

private:
    prometheus::Registry registry_;
    prometheus::Family<prometheus::Counter>& complaints_;
    prometheus::Family<prometheus::Counter>& refused_;
    prometheus::Histogram& ack_;
};

} // namespace saiduan
