// Any body: JSON, then a complaint.
#include "triage/complaint.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const auto document = saiduan::parse_json({reinterpret_cast<const char*>(data), size});
    if (document)
        (void)saiduan::Complaint::parse(*document);
    return 0;
}
