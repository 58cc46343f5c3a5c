// What other processes and a crash could take from the running server's memory.
#include "tests/service/talk.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace saiduan;
using namespace saiduan::test;

namespace {

namespace fs = std::filesystem;

constexpr uid_t nobody = 65'534;

std::string text_of(const fs::path& path) {
    std::ostringstream out;
    out << std::ifstream{path}.rdbuf();
    return out.str();
}

// The rest of the line that begins so.
std::string line_of(const std::string& text, const std::string& begin) {
    const std::size_t at = ("\n" + text).find("\n" + begin);
    return at == std::string::npos ? std::string{} : text.substr(at, text.find('\n', at) - at);
}

// The kernel gives a process that must not be dumped to root: its files in /proc say so. For a
// process of root's own nothing would show, so root starts the server as nobody.
class Nobodys {
public:
    Nobodys() {
        fs::permissions(folder_.path, fs::perms::all);
        fs::copy(
            SAIDUAN_SOURCE_DIR "/config", folder_.path + "/config", fs::copy_options::recursive
        );
        fs::copy_file(SAIDUAN_BINARY, folder_.path + "/saiduan");
        const std::string init = joined(command("init")) + " >/dev/null";
        REQUIRE(std::system(init.c_str()) == 0);
        std::vector<std::string> serve = command("serve");
        for (const char* word : {"--port", "0", "--operations-port", "0"})
            serve.emplace_back(word);
        process = std::make_unique<ServerProcess>(serve, folder_.path + "/log");
    }

    std::unique_ptr<ServerProcess> process;

private:
    [[nodiscard]] std::vector<std::string> command(const std::string& verb) const {
        std::vector<std::string> out;
        if (geteuid() == 0)
            out = {"/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"};
        for (const std::string& word :
             {folder_.path + "/saiduan",
              verb,
              std::string{"--data"},
              folder_.path + "/data",
              std::string{"--config"},
              folder_.path + "/config/saiduan.json"})
            out.push_back(word);
        return out;
    }
    static std::string joined(const std::vector<std::string>& words) {
        std::string out;
        for (const std::string& word : words)
            out += "'" + word + "' ";
        return out;
    }

    TempFolder folder_;
};

} // namespace

TEST_CASE("neither a crash nor another process of its user gets the server's memory") {
    const Nobodys server;
    const fs::path proc = "/proc/" + std::to_string(server.process->id());
    const uid_t user = geteuid() == 0 ? nobody : geteuid();
    const std::string runs_as = "Uid:\t" + std::to_string(user) + "\t";
    CHECK(line_of(text_of(proc / "status"), "Uid:").starts_with(runs_as));
    struct stat status{};
    REQUIRE(stat((proc / "mem").c_str(), &status) == 0);
    CHECK(status.st_uid == 0); // not dumpable
    std::istringstream limit{line_of(text_of(proc / "limits"), "Max core file size")};
    std::string word, soft, hard;
    limit >> word >> word >> word >> word >> soft >> hard;
    CHECK(soft == "0");
    CHECK(hard == "0");
    // Root may look: the pages that hold keys are left out of dumps all the same.
    if (geteuid() == 0)
        CHECK(text_of(proc / "smaps").find(" dd ") != std::string::npos);
}

TEST_CASE("the same look at a program that hides nothing finds it open") {
    const std::string as_nobody =
        geteuid() == 0 ? "setpriv --reuid=65534 --regid=65534 --clear-groups " : "";
    FILE* out = popen((as_nobody + "stat -c %u /proc/self/mem").c_str(), "r");
    REQUIRE(out);
    unsigned owner = 0;
    CHECK(std::fscanf(out, "%u", &owner) == 1);
    CHECK(pclose(out) == 0);
    CHECK(owner == (geteuid() == 0 ? nobody : geteuid()));
}
