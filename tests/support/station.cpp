#include "tests/support/station.hpp"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
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

std::string Station::command(const std::string& arguments) const {
    return "'" SAIDUAN_BINARY "' " + arguments + " --data '" + folder_.path + "/data' --config '" +
           config_ + "'";
}

std::string Station::run(const std::string& arguments) const {
    CommandResult result = run_command(command(arguments));
    if (result.status != 0)
        throw std::runtime_error("failed: saiduan " + arguments + ": " + result.said);
    std::string& text = result.said;
    while (!text.empty() && text.back() == '\n')
        text.pop_back();
    return text;
}

CommandResult Station::start_in_vain() const {
    return run_command(command("serve --port 0 --operations-port 0") + " >/dev/null");
}

std::string Station::token(const std::string& agency, const std::string& role) {
    static int count = 0;
    return run(
        "token --agency " + agency + " --role " + role + " --label " + role + "-" +
        std::to_string(++count) + " --recovery-key-file '" + recovery_key_file() + "'"
    );
}

void Station::start(const std::vector<std::string>& environment) {
    process_.reset();
    std::vector<std::string> command = serve_command(folder_.path + "/data", config_);
    if (!environment.empty()) {
        command.insert(command.begin(), environment.begin(), environment.end());
        command.insert(command.begin(), "/usr/bin/env");
    }
    process_ = std::make_unique<ServerProcess>(command, log_file());
}

int Station::stop() {
    process_->signal(SIGTERM);
    return process_->wait_exit();
}

int Station::audit(const std::string& published) const {
    const bool given = std::filesystem::exists(published);
    const std::string verify =
        command("audit verify" + (given ? " --published '" + published + "'" : std::string{}));
    const CommandResult result = run_command(verify);
    if (result.status != 0)
        std::cout << result.said;
    return result.status;
}

} // namespace saiduan::test
