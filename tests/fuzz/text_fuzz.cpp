// Any text through the shipped rules, telephone numbers included.
#include "triage/triage.hpp"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    static const auto rules = saiduan::Rules::load(SAIDUAN_SOURCE_DIR "/config/triage");
    saiduan::Complaint complaint;
    complaint.text.assign(reinterpret_cast<const char*>(data), size);
    complaint.reporter.emplace();
    complaint.reporter->phone = complaint.text.substr(0, 64);
    if ((*rules)->assess(complaint).queue.empty())
        std::abort();
    return 0;
}
