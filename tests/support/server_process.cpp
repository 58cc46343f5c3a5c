#include "tests/support/server_process.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

namespace saiduan::test {
namespace {

std::uint16_t read_port(FILE* out) {
    char line[256];
    if (!std::fgets(line, sizeof line, out))
        return 0;
    const std::string text = line;
    const std::size_t colon = text.rfind(':');
    return colon == std::string::npos
               ? std::uint16_t{0}
               : static_cast<std::uint16_t>(std::atoi(text.c_str() + colon + 1));
}

} // namespace

ServerProcess::ServerProcess(const std::vector<std::string>& arguments) {
    std::vector<char*> argv;
    for (const std::string& argument : arguments)
        argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    int ends[2];
    if (pipe(ends) != 0)
        throw std::runtime_error("pipe");
    pid_ = fork();
    if (pid_ == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execv(argv[0], argv.data());
        _exit(127);
    }
    close(ends[1]);
    FILE* out = fdopen(ends[0], "r");
    port = read_port(out);
    operations_port = read_port(out);
    std::fclose(out);
    if (port != 0 && operations_port != 0)
        return;
    signal(SIGKILL);
    wait_exit();
    throw std::runtime_error("the server ended before it was ready");
}

ServerProcess::~ServerProcess() {
    signal(SIGKILL);
    wait_exit();
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

} // namespace saiduan::test
