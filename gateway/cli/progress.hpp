// A line on stderr for what takes longer than a second; silent for what does not.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>

namespace saiduan {

class ProgressLine {
public:
    explicit ProgressLine(std::string what) : what_(std::move(what)) {}
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;
    ~ProgressLine() {
        if (shown_)
            std::fputc('\n', stderr);
    }

    void operator()(std::uint64_t done, std::uint64_t all) {
        const auto now = std::chrono::steady_clock::now();
        if (now - last_ < std::chrono::seconds{1} || all == 0)
            return;
        last_ = now;
        shown_ = true;
        const auto percent = static_cast<unsigned>(done * 100 / all);
        std::fprintf(stderr, "\r%s %u %%", what_.c_str(), percent);
        std::fflush(stderr);
    }

private:
    std::string what_;
    std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
    bool shown_ = false;
};

} // namespace saiduan
