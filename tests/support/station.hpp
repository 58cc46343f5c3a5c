// A data folder of its own, and the real server on it: what service and crash tests start from.
#pragma once

#include "tests/support/command.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/server_process.hpp"

#include <memory>
#include <string>
#include <vector>

namespace saiduan::test {

// A folder that goes away with the object.
class TempFolder {
public:
    TempFolder();
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;
    ~TempFolder();

    std::string path;
};

class Station {
public:
    // Initialises the data folder. `config`: a configuration file; empty, the shipped one.
    explicit Station(std::string config = {});

    // Only while stopped. The secret.
    [[nodiscard]] std::string token(const std::string& agency, const std::string& role);
    // Ready when this returns. `environment`: NAME=VALUE each, added to this process's own.
    void start(const std::vector<std::string>& environment = {});
    // Runs a server that must not come up; what it wrote to standard error and its exit status.
    [[nodiscard]] CommandResult start_in_vain() const;
    // SIGTERM and wait: the exit status.
    int stop();

    // `saiduan audit verify`, against a published checkpoint if the file exists: its exit status.
    // What it finds goes to standard output when it finds anything.
    [[nodiscard]] int audit(const std::string& published) const;

    [[nodiscard]] std::uint16_t port() const { return process_->port; }
    [[nodiscard]] ServerProcess& process() { return *process_; }
    [[nodiscard]] std::string folder() const { return folder_.path; }
    [[nodiscard]] std::string data() const { return folder_.path + "/data"; }
    [[nodiscard]] std::string database() const { return data() + "/saiduan.db"; }
    // Standard error of every server started.
    [[nodiscard]] std::string log_file() const { return folder_.path + "/log"; }
    [[nodiscard]] std::string recovery_key_file() const { return folder_.path + "/recovery.txt"; }

private:
    [[nodiscard]] std::string command(const std::string& arguments) const;
    [[nodiscard]] std::string run(const std::string& arguments) const;

    TempFolder folder_;
    std::string config_;
    std::unique_ptr<ServerProcess> process_;
};

[[nodiscard]] inline HttpHeaders bearer(const std::string& token) {
    return {{"Authorization", "Bearer " + token}};
}

} // namespace saiduan::test
