#include "tests/support/server_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace saiduan::test {
namespace {

constexpr int start_timeout_ms = 60'000;

// The number after the last colon of the next line; 0 when none comes in time.
std::uint16_t read_port(int from) {
    std::string line;
    for (char c = 0; c != '\n'; line += c) {
        pollfd ready{from, POLLIN, 0};
        if (poll(&ready, 1, start_timeout_ms) != 1 || read(from, &c, 1) != 1)
            return 0;
    }
    const std::size_t colon = line.rfind(':');
    return colon == std::string::npos
               ? std::uint16_t{0}
               : static_cast<std::uint16_t>(std::atoi(line.c_str() + colon + 1));
}

} // namespace

ServerProcess::ServerProcess(const std::vector<std::string>& arguments, const std::string& log) {
    std::vector<char*> argv;
    for (const std::string& argument : arguments)
        argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        throw std::runtime_error("pipe");
    const int errors = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    pid_ = fork();
    if (pid_ == 0) {
        dup2(ends[1], STDOUT_FILENO);
        dup2(errors, STDERR_FILENO);
        execv(argv[0], argv.data());
        _exit(127);
    }
    close(ends[1]);
    close(errors);
    output_ = ends[0];
    port = read_port(output_);
    operations_port = read_port(output_);
    if (port != 0 && operations_port != 0)
        return;
    signal(SIGKILL);
    wait_exit();
    close(output_);
    std::ostringstream said;
    said << "the server ended before it was ready: " << std::ifstream{log}.rdbuf();
    throw std::runtime_error(said.str());
}

ServerProcess::~ServerProcess() {
    signal(SIGKILL);
    wait_exit();
    close(output_);
}

void ServerProcess::signal(int number) const {
    if (pid_ > 0)
        kill(pid_, number);
}

int ServerProcess::wait_exit() {
    if (pid_ <= 0)
        return 0;
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

std::vector<std::string> serve_command(const std::string& data, const std::string& config) {
    const std::string any_port = "0";
    return {
        SAIDUAN_BINARY,
        "serve",
        "--data",
        data,
        "--config",
        config,
        "--port",
        any_port,
        "--operations-port",
        any_port
    };
}

} // namespace saiduan::test
