// The commands of the saiduan program. Each returns the exit code: 0, or 2 for bad input after one
// clear line on stderr.
#pragma once

#include <string>
#include <vector>

namespace saiduan {

inline constexpr int exit_bad_input = 2;

struct Paths {
    std::string config = "config/saiduan.json";
    std::string data = "data"; // folder of the database; mode 0700
    std::string keys;          // folder of the keys; empty: as configured, or keys/ in `data`
};

[[nodiscard]] std::string database_file(const Paths& paths);

struct ServeOptions {
    Paths paths;
    int port = -1;            // -1: as configured
    int operations_port = -1; // -1: as configured
};
int serve(const ServeOptions& options);

// Creates the data folder and an empty database; `demo` adds tokens and complaints.
struct InitOptions {
    Paths paths;
    int demo = 0; // how many demo complaints; their tokens are printed
};
int init(const InitOptions& options);

struct TokenOptions {
    Paths paths;
    std::string agency, role, label;
    long long revoke = 0; // a token's number; 0: make one
    // Where the recovery key stands that init printed; "-" for standard input. Making a token hands
    // on the agency's key, which only this key, or a supervisor of the running server, can open.
    std::string recovery_key_file;
};
int token(const TokenOptions& options);

// One sealed file of everything a data folder needs; also while the server runs.
struct BackupOptions {
    Paths paths;
    std::string out; // never overwritten
};
int backup(const BackupOptions& options);

// A new data folder from a backup.
struct RestoreOptions {
    Paths paths; // `data` must not exist
    std::string from, recovery_key_file;
    std::string published; // file with the newest checkpoint anybody has seen
    std::string old_data;  // folder to take it from instead
    std::string roll_back; // why events that were signed are given up; empty: they are not
};
int restore(const RestoreOptions& options);

// Seals a data folder from before the vault.
int upgrade(const Paths& paths);

// Holds the database against its trail, beside a running server or without. 1 when something is
// wrong.
struct AuditOptions {
    Paths paths;
    std::string published;          // file with a checkpoint that somebody outside has kept
    std::vector<std::string> vkeys; // the log's; empty: from the data folder. Witnesses' too
};
int audit_verify(const AuditOptions& options);

// JSON lines from standard input to standard output.
int triage_lines(const Paths& paths);
int locate_lines(const Paths& paths, const std::string& boundaries);

int check_config(const Paths& paths);

// Prints one line to stderr and returns exit_bad_input.
int fail(const std::string& message);

} // namespace saiduan
