#include "gateway/metrics.hpp"

#include <prometheus/text_serializer.h>

namespace saiduan {

Metrics::Metrics()
    : complaints_(prometheus::BuildCounter()
                      .Name("saiduan_complaints_received_total")
                      .Help("Complaints acknowledged, by primary queue and priority.")
                      .Register(registry_)),
      refused_(prometheus::BuildCounter()
                   .Name("saiduan_complaints_refused_total")
                   .Help("Complaints answered with a problem, by problem.")
                   .Register(registry_)),
      ack_(prometheus::BuildHistogram()
               .Name("saiduan_ack_duration_seconds")
               .Help("From the whole request read to the commit on disk.")
               .Register(registry_)
               .Add(
                   {},
                   prometheus::Histogram::BucketBoundaries{
                       .0005, .001, .0025, .005, .01, .025, .05, .1, .5, 1, 5
                   }
               )) {}

void Metrics::complaint(const std::string& queue, const std::string& priority, double seconds) {
    complaints_.Add({{"queue", queue}, {"priority", priority}}).Increment();
    ack_.Observe(seconds);
}

void Metrics::refused(const std::string& problem) {
    refused_.Add({{"problem", problem}}).Increment();
}

std::string Metrics::text(bool healthy) const {
    std::string out = prometheus::TextSerializer{}.Serialize(registry_.Collect());
    out += "# HELP saiduan_store_healthy Whether the store can write.\n"
           "# TYPE saiduan_store_healthy gauge\nsaiduan_store_healthy ";
    return out + (healthy ? "1\n" : "0\n");
}

} // namespace saiduan
