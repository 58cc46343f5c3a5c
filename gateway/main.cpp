// The command line of saiduan.
#include "gateway/cli/commands.hpp"

#include <CLI/CLI.hpp>
#include <sodium.h>

#include <csignal>
#include <iostream>

namespace {

using namespace saiduan;

void add_paths(CLI::App& command, Paths& paths, bool data) {
    command.add_option("--config", paths.config, "configuration file")->capture_default_str();
    if (data)
        command.add_option("--data", paths.data, "data folder")->capture_default_str();
}

void add_restore(CLI::App& app, RestoreOptions& options, int& code) {
    CLI::App& command = *app.add_subcommand("restore", "make a new data folder from a backup");
    command.add_option("--config", options.paths.config, "configuration file")
        ->capture_default_str();
    command.add_option("--data", options.paths.data, "data folder to make")->required();
    command.add_option("--from", options.from, "the backup")->required();
    command
        .add_option(
            "--recovery-key-file",
            options.recovery_key_file,
            "file with the recovery key that init printed, - for standard input"
        )
        ->required();
    command.add_option(
        "--published", options.published, "newest checkpoint that anybody has, to see what is lost"
    );
    command.add_option("--old-data", options.old_data, "old data folder, to take it from instead");
    command.add_option(
        "--roll-back",
        options.roll_back,
        "why signed events are given up; the log gets a new key and name"
    );
    command.callback([&] { code = restore(options); });
}

int run(int argc, char** argv) {
    CLI::App app{"Saiduan: complaint and hotline intake for victims of trafficking and exploitation"
    };
    app.require_subcommand(1);
    int code = 0;

    ServeOptions serve_options;
    CLI::App& serve_command =
        *app.add_subcommand("serve", "take complaints until SIGTERM; SIGHUP reloads rules");
    add_paths(serve_command, serve_options.paths, true);
    serve_command.add_option("--port", serve_options.port, "public port, 0: any free one")
        ->check(CLI::Range(0, 65535));
    serve_command
        .add_option(
            "--operations-port", serve_options.operations_port, "port of /livez /readyz /metrics"
        )
        ->check(CLI::Range(0, 65535));
    serve_command.callback([&] { code = serve(serve_options); });

    InitOptions init_options;
    CLI::App& init_command = *app.add_subcommand("init", "make a data folder");
    add_paths(init_command, init_options.paths, true);
    init_command.callback([&] { code = init(init_options); });

    InitOptions demo_options;
    demo_options.demo = 40;
    CLI::App& demo_command =
        *app.add_subcommand("demo", "make a data folder with demo tokens and fictional complaints");
    add_paths(demo_command, demo_options.paths, true);
    demo_command.add_option("--complaints", demo_options.demo, "how many")
        ->capture_default_str()
        ->check(CLI::Range(1, 1'000'000));
    demo_command.callback([&] { code = init(demo_options); });

    TokenOptions token_options;
    CLI::App& token_command =
        *app.add_subcommand("token", "make or revoke a staff token; prints the secret once");
    add_paths(token_command, token_options.paths, true);
    token_command.add_option("--agency", token_options.agency, "labour, police, ticac, …");
    token_command.add_option("--role", token_options.role, "dispatcher, supervisor or analyst");
    token_command.add_option("--label", token_options.label, "who holds it, as shown in the trail");
    token_command.add_option(
        "--recovery-key-file",
        token_options.recovery_key_file,
        "file with the recovery key that init printed, - for standard input"
    );
    token_command.footer("While the server runs, a supervisor makes tokens: POST /v1/tokens");
    token_command.add_option("--revoke", token_options.revoke, "number of the token to revoke");
    token_command.callback([&] { code = token(token_options); });

    BackupOptions backup_options;
    CLI::App& backup_command =
        *app.add_subcommand("backup", "write a sealed, checked backup; also while the server runs");
    add_paths(backup_command, backup_options.paths, true);
    backup_command.add_option("--out", backup_options.out, "file to write; never overwritten")
        ->required();
    backup_command.callback([&] { code = backup(backup_options); });

    RestoreOptions restore_options;
    add_restore(app, restore_options, code);

    Paths upgrade_paths;
    CLI::App& upgrade_command = *app.add_subcommand(
        "upgrade", "seal a data folder from before the vault; the server must not run"
    );
    add_paths(upgrade_command, upgrade_paths, true);
    upgrade_command.callback([&] { code = upgrade(upgrade_paths); });

    AuditOptions audit_options;
    CLI::App& audit_command = *app.add_subcommand("audit", "hold the record against its trail");
    audit_command.require_subcommand(1);
    CLI::App& verify_command = *audit_command.add_subcommand(
        "verify", "name what was edited, added or lost; exit 1 if anything"
    );
    add_paths(verify_command, audit_options.paths, true);
    verify_command.add_option(
        "--published", audit_options.published, "file with a checkpoint kept elsewhere"
    );
    verify_command.add_option(
        "--vkey", audit_options.vkeys, "verifier key of the log, and of each witness"
    );
    verify_command.callback([&] { code = audit_verify(audit_options); });

    Paths lines;
    std::string boundaries;
    CLI::App& triage_command =
        *app.add_subcommand("triage", "assess complaints, JSON lines in and out");
    add_paths(triage_command, lines, false);
    triage_command.footer(
        "Example: echo '{\"id\":1,\"text\":\"They do not pay us\"}' | saiduan triage"
    );
    triage_command.callback([&] { code = triage_lines(lines); });
    CLI::App& locate_command =
        *app.add_subcommand("locate", "place coordinates, JSON lines in and out");
    add_paths(locate_command, lines, false);
    locate_command.add_option("--boundaries", boundaries, "own provinces as GeoJSON (.gz too)");
    locate_command.footer(
        "Example: echo '{\"id\":1,\"latitude\":13.75,\"longitude\":100.5}' | saiduan locate"
    );
    locate_command.callback([&] { code = locate_lines(lines, boundaries); });

    CLI::App& config_command = *app.add_subcommand("config", "work with the configuration");
    config_command.require_subcommand(1);
    CLI::App& check_command = *config_command.add_subcommand(
        "check", "name every error in the configuration, exit 2 if any"
    );
    add_paths(check_command, lines, false);
    check_command.callback([&] { code = check_config(lines); });

    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp& e) {
        return app.exit(e);
    } catch (const CLI::CallForAllHelp& e) {
        return app.exit(e);
    } catch (const CLI::ParseError& e) {
        return fail(std::string{e.what()} + " (see saiduan --help)");
    }
    return code;
}

} // namespace

int main(int argc, char** argv) {
    if (sodium_init() < 0)
        return fail("the random number generator is not available");
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN); // a file limit is a full disk, not a reason to die
    try {
        return run(argc, argv);
    } catch (const std::exception& e) {
        std::cerr << "saiduan: " << e.what() << '\n';
        return 1;
    }
}
