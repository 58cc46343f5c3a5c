// Any configuration file's text through the Reader.
#include "config/reader.hpp"
#include "config/time.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    using namespace saiduan;
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    (void)parse_rfc3339(text);
    const auto document = parse_json(text);
    if (!document)
        return 0;
    Reader in{*document};
    std::int64_t number = 0;
    std::string word;
    std::vector<std::string> list;
    in.integer("port", number, 0, 65535);
    in.text("name", word, 1, 10);
    in.texts("list", list, 4, 10);
    in.object("server", [&](Reader& server) { server.integer("port", number, 0, 65535); });
    in.objects("agencies", 4, [&](Reader& agency) { agency.text("key", word, 1, 15); });
    (void)in.finish();
    return 0;
}
