#include "tests/support/station.hpp"

#include <sys/wait.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace saiduan::test {
namespace {

// The exit status; `text` gets what came on standard output.
int run_command(const std::string& command, std::string& text) {
    FILE* out = popen(command.c_str(), "r");
    if (!out)
        throw std::runtime_error("popen");
    char piece[256];
    while (std::fgets(piece, sizeof piece, out))
        text += piece;
    const int status = pclose(out);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

} // namespace

TempFolder::TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "saiduan-XXXXXX").string();
    if (!mkdtemp(name.data()))
        throw std::runtime_error("mkdtemp");
    path = name;
}

TempFolder::~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
}

Station::Station(std::string config) : config_(std::move(config)) {
    if (config_.empty())
        config_ = SAIDUAN_SOURCE_DIR "/config/saiduan.json";
    const std::string said = run("init");
    const std::size_t at = said.find("recovery key ");
    const std::size_t end = said.find('\n', at);
    if (at == std::string::npos || end == std::string::npos)
        throw std::runtime_error("init printed no recovery key");
    std::ofstream{recovery_key_file()} << said.substr(at + 13, end - at - 13) << '\n';
}

std::string Station::command(const std::string& arguments) const {
    return "'" SAIDUAN_BINARY "' " + arguments + " --data '" + folder_.path + "/data' --config '" +
           config_ + "'";
}

std::string Station::run(const std::string& arguments) const {
    std::string text;
    if (run_command(command(arguments), text) != 0)
        throw std::runtime_error("failed: saiduan " + arguments);
    while (!text.empty() && text.back() == '\n')
        text.pop_back();
    return text;
}

Station::Refusal Station::start_in_vain() const {
    Refusal out;
    out.status =
        run_command(command("serve --port 0 --operations-port 0") + " 2>&1 >/dev/null", out.said);
    return out;
}

std::string Station::token(const std::string& agency, const std::string& role) {
    static int count = 0;
    return run(
        "token --agency " + agency + " --role " + role + " --label " + role + "-" +
        std::to_string(++count) + " --recovery-key-file '" + recovery_key_file() + "'"
    );
}

void Station::start() {
    process_.reset();
    process_ = std::make_unique<ServerProcess>(
        std::vector<std::string>{
            SAIDUAN_BINARY,
            "serve",
            "--data",
            folder_.path + "/data",
            "--config",
            config_,
            "--port",
            "0",
            "--operations-port",
            "0"
        },
        log_file()
    );
}

int Station::stop() {
    process_->signal(SIGTERM);
    return process_->wait_exit();
}

} // namespace saiduan::test
