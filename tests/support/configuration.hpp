// The shipped configuration, copied so that a test may change it.
#pragma once

#include "config/reader.hpp"
#include "tests/support/station.hpp"

#include <functional>
#include <string>

namespace saiduan::test {

// Receipts are cheap to try and few are prepared, unless a test says otherwise: hundreds of servers
// are started, and Argon2id at its shipped price would keep the machine busy behind all of them.
class Configuration {
public:
    Configuration();

    [[nodiscard]] std::string file() const { return path("saiduan.json"); }
    [[nodiscard]] std::string path(const std::string& name) const {
        return folder_.path + "/config/" + name;
    }
    [[nodiscard]] Json read(const std::string& name) const;
    void edit(const std::string& name, const std::function<void(Json&)>& change) const;

private:
    TempFolder folder_;
};

} // namespace saiduan::test
