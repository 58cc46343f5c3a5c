#include "tests/support/station.hpp"

#include <sys/wait.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace saiduan::test {

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

std::string Station::run(const std::string& arguments) const {
    const std::string command = "'" SAIDUAN_BINARY "' " + arguments + " --data '" + folder_.path +
                                "/data' --config '" + config_ + "'";
    FILE* out = popen(command.c_str(), "r");
    std::string text;
    char piece[256];
    while (out && std::fgets(piece, sizeof piece, out))
        text += piece;
    if (!out || pclose(out) != 0)
        throw std::runtime_error("failed: saiduan " + arguments);
    while (!text.empty() && text.back() == '\n')
        text.pop_back();
    return text;
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
    process_ = std::make_unique<ServerProcess>(std::vector<std::string>{
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
    });
}

int Station::stop() {
    process_->signal(SIGTERM);
    return process_->wait_exit();
}

int Station::audit(const std::string& published) const {
    std::string command = "'" SAIDUAN_BINARY "' audit verify --data '" + folder_.path +
                          "/data' --config '" + config_ + "'";
    if (std::filesystem::exists(published))
        command += " --published '" + published + "'";
    const int status = std::system(command.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

} // namespace saiduan::test
