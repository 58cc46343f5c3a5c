// The real program as a child process, for tests that need its sockets and signals.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace saiduan::test {

// Starts `arguments` (the program first), reads its two ready lines, and kills it when destroyed.
class ServerProcess {
public:
    // Its standard error is appended to `log`. Throws std::runtime_error, with what stands there,
    // when the child ends, or says nothing for a minute, before it is ready.
    ServerProcess(const std::vector<std::string>& arguments, const std::string& log);
    ServerProcess(const ServerProcess&) = delete;
    ServerProcess& operator=(const ServerProcess&) = delete;
    ~ServerProcess();

    [[nodiscard]] pid_t id() const { return pid_; }
    void signal(int number) const;
    // Waits for the end: the exit status, or minus the signal that ended it.
    int wait_exit();

    std::uint16_t port = 0;
    std::uint16_t operations_port = 0;

private:
    pid_t pid_ = -1;
    int output_ = -1; // stays open: the child must not die of a closed pipe
};

// `saiduan serve` on a data folder, on any free ports.
[[nodiscard]] std::vector<std::string>
serve_command(const std::string& data, const std::string& config);

} // namespace saiduan::test
