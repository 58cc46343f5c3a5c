// The command line: help, streams of JSON lines, and errors of one line with exit 2.
#include "tests/support/configuration.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

using namespace saiduan;
using namespace saiduan::test;

namespace {

constexpr const char* commands[] = {
    "serve",
    "init",
    "demo",
    "token",
    "backup",
    "restore",
    "upgrade",
    "audit",
    "audit verify",
    "triage",
    "locate",
    "config",
    "config check"
};

// Without the shipped configuration, which run_saiduan adds.
CommandResult saiduan_with(const std::string& arguments) {
    return run_command("'" SAIDUAN_BINARY "' " + arguments);
}

// The program's answer to `lines` on standard input; what it says about itself goes to `said`.
std::vector<Json> stream(const std::string& arguments, const std::string& lines, int status) {
    const TempFolder folder;
    std::ofstream{folder.path + "/in"} << lines;
    const CommandResult result =
        run_saiduan(arguments, "exec <'" + folder.path + "/in' 2>/dev/null; ");
    CHECK(result.status == status);
    std::vector<Json> out;
    std::istringstream text{result.said};
    for (std::string line; std::getline(text, line);)
        out.push_back(Json::parse(line));
    return out;
}

std::ptrdiff_t lines_of(const std::string& text) {
    return std::count(text.begin(), text.end(), '\n');
}

void check_one_line(const CommandResult& result, const std::string& word) {
    INFO(result.said);
    CHECK(result.status == 2);
    CHECK(lines_of(result.said) == 1);
    CHECK(result.said.starts_with("saiduan: "));
    CHECK(result.said.find(word) != std::string::npos);
}

} // namespace

TEST_CASE("every command says how it is used") {
    for (const std::string command : commands) {
        const CommandResult help = saiduan_with(command + " --help");
        INFO(help.said);
        CHECK(help.status == 0);
        CHECK(help.said.find("saiduan " + command) != std::string::npos);
    }
    const CommandResult help = saiduan_with("--help");
    for (const std::string command : commands)
        if (command.find(' ') == std::string::npos)
            CHECK(help.said.find("  " + command + " ") != std::string::npos);
}

TEST_CASE("what is wrong on the command line is one line on standard error and exit 2") {
    const TempFolder folder;
    check_one_line(saiduan_with("srve"), "--help");
    check_one_line(saiduan_with("serve --prt 1"), "--prt");
    check_one_line(saiduan_with("serve --port 70000"), "--port");
    check_one_line(saiduan_with("config check --config '" + folder.path + "/none'"), "none");
    check_one_line(run_saiduan("token --data '" + folder.path + "/none'"), "none");
    const std::string data = " --data '" + folder.path + "/data'";
    CHECK(run_saiduan("init" + data).status == 0);
    check_one_line(run_saiduan("init" + data), folder.path);
    check_one_line(run_saiduan("demo" + data), folder.path);
    check_one_line(run_saiduan("token --agency labor --role dispatcher --label x" + data), "labor");
}

TEST_CASE("config check names every wrong field at once, with what would be right") {
    const Configuration configuration;
    const std::string check = "config check --config '" + configuration.file() + "'";
    CHECK(saiduan_with(check).status == 0);
    configuration.edit("saiduan.json", [](Json& all) {
        all["server"]["prot"] = 8080;
        all["server"]["address"] = "0.0.0.0";
        all["storage"]["readers"] = -1;
        all["trail"]["checkpoint_s"] = "ten";
    });
    const CommandResult wrong = saiduan_with(check);
    INFO(wrong.said);
    CHECK(wrong.status == 2);
    for (const char* word :
         {"/server/prot", R"(did you mean "port")", "/storage/readers", "-1", "/trail/checkpoint_s"
         })
        CHECK(wrong.said.find(word) != std::string::npos);
    CHECK(lines_of(wrong.said) >= 3);
}

TEST_CASE("plain HTTP beyond loopback is refused unless it is allowed by name") {
    const Configuration configuration;
    const std::string check = "config check --config '" + configuration.file() + "'";
    configuration.edit("saiduan.json", [](Json& all) { all["server"]["address"] = "0.0.0.0"; });
    const CommandResult refused = saiduan_with(check);
    CHECK(refused.status == 2);
    CHECK(refused.said.find("allow_plain_http") != std::string::npos);
    configuration.edit("saiduan.json", [](Json& all) { all["server"]["allow_plain_http"] = true; });
    CHECK(saiduan_with(check).status == 0);
}

TEST_CASE("triage answers each line in its turn, and a wrong line loses no other") {
    const auto out = stream(
        "triage",
        R"({"id":1,"text":"They beat us and locked us in"})"
        "\nnot JSON\n"
        R"({"id":"c","text":"นายจ้างไม่จ่ายค่าแรง"})"
        "\n"
        R"({"id":4,"txt":"x"})",
        2
    );
    REQUIRE(out.size() == 4);
    CHECK(out[0].at("id") == 1);
    CHECK(out[0].at("queue") == "police");
    CHECK(out[1].contains("error"));
    CHECK(out[2].at("id") == "c");
    CHECK(out[2].at("language") == "th");
    CHECK(out[3].at("id") == 4);
    CHECK(out[3].at("errors").size() == 2);
    CHECK(stream("triage", "", 0).empty());
}

TEST_CASE("locate answers each line in its turn") {
    const auto out = stream(
        "locate",
        R"({"id":1,"latitude":13.5475,"longitude":100.2744})"
        "\n"
        R"({"id":2,"latitude":91,"longitude":"x"})"
        "\n",
        2
    );
    REQUIRE(out.size() == 2);
    CHECK(out[0].at("province") == "TH-74");
    CHECK(out[1].at("errors").size() == 2);
}
