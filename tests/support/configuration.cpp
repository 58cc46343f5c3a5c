#include "tests/support/configuration.hpp"

#include <filesystem>
#include <fstream>

namespace saiduan::test {

Configuration::Configuration() {
    std::filesystem::copy(
        SAIDUAN_SOURCE_DIR "/config",
        folder_.path + "/config",
        std::filesystem::copy_options::recursive
    );
    edit("saiduan.json", [](Json& settings) {
        settings["vault"] = {
            {"argon2_memory_kib", 64}, {"argon2_passes", 1}, {"receipts_ahead", 8}
        };
    });
}

Json Configuration::read(const std::string& name) const {
    std::ifstream in{path(name)};
    return Json::parse(in);
}

void Configuration::edit(const std::string& name, const std::function<void(Json&)>& change) const {
    Json document = read(name);
    change(document);
    std::ofstream{path(name), std::ios::trunc} << document.dump(2) << '\n';
}

} // namespace saiduan::test
