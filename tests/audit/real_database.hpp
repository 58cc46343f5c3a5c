// A data folder with a life behind it: made by the real program, used over HTTP, then stopped.
#pragma once

#include "tests/support/command.hpp"
#include "tests/support/station.hpp"

#include <string>

namespace saiduan::test {

class RealDatabase {
public:
    // Throws std::runtime_error when the program does not do what is asked of it.
    RealDatabase();

    [[nodiscard]] std::string data() const { return folder_.path + "/data"; }
    // The same folder as it was stopped once before, half way.
    [[nodiscard]] std::string older() const { return folder_.path + "/older"; }
    [[nodiscard]] std::string config() const { return folder_.path + "/config.json"; }
    // A folder of the test's own for copies.
    [[nodiscard]] std::string copies() const { return folder_.path; }
    // What `audit verify` said while the server ran: its exit code, 0 expected.
    [[nodiscard]] int beside_server() const { return beside_server_; }

private:
    void write_config() const;
    void live();

    TempFolder folder_;
    int beside_server_ = -1;
};

// Exit code and both outputs of a command line.
using Ended = CommandResult;

} // namespace saiduan::test
