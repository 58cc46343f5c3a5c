// Running the program, or any command, to its end: what it said and how it ended.
#pragma once

#include <sys/wait.h>

#include <cstdio>
#include <stdexcept>
#include <string>

namespace saiduan::test {

struct CommandResult {
    int status = -1;  // exit status
    std::string said; // both outputs
};

// Through the shell; throws when there is none, or when a signal ended the command.
[[nodiscard]] inline CommandResult run_command(const std::string& line) {
    CommandResult out;
    FILE* pipe = popen(("( " + line + " ) 2>&1").c_str(), "r");
    if (!pipe)
        throw std::runtime_error("popen");
    char piece[512];
    while (const std::size_t got = std::fread(piece, 1, sizeof piece, pipe))
        out.said.append(piece, got);
    const int status = pclose(pipe);
    if (!WIFEXITED(status))
        throw std::runtime_error("did not exit: " + line);
    out.status = WEXITSTATUS(status);
    return out;
}

// The program with these arguments, and the shipped configuration.
[[nodiscard]] inline CommandResult
run_saiduan(const std::string& arguments, const std::string& before = {}) {
    return run_command(
        before + "'" SAIDUAN_BINARY "' " + arguments +
        " --config '" SAIDUAN_SOURCE_DIR "/config/saiduan.json'"
    );
}

} // namespace saiduan::test
