// A file that lives as long as its object.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>

namespace saiduan {

struct TempFile {
    explicit TempFile(const std::string& text) {
        const int file = ::mkstemp(path.data());
        ::close(file);
        std::ofstream{path} << text;
    }
    ~TempFile() { ::unlink(path.c_str()); }
    TempFile(const TempFile&) = delete;
    TempFile& operator=(const TempFile&) = delete;
    std::string path = "/tmp/saiduan-geo-XXXXXX";
};

} // namespace saiduan
