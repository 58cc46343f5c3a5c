// The program's configuration: plain structs with their defaults, read once at start.
#pragma once

#include "config/reader.hpp"
#include "triage/targets.hpp"
#include "triage/vocabulary.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace saiduan {

struct TlsSettings {
    std::string certificate; // PEM chain; empty: plain HTTP
    std::string key;         // PEM file
};

struct ServerSettings {
    std::string address = "127.0.0.1";
    int port = 8080; // 0: any free one
    std::string operations_address = "127.0.0.1";
    int operations_port = 9090;
    // Plain HTTP beyond loopback carries victims' words in the clear; a proxy in front is the
    // only good reason.
    bool allow_plain_http = false;
    int drain_s = 10;   // how long requests under way may take after SIGTERM
    int idle_s = 60;    // between requests
    int request_s = 30; // from the first byte to the last of one request, and its answer
    int connections_max = 10'000;
    TlsSettings tls;
};

struct StorageSettings {
    int queue_max = 10'000; // writes waiting; more are answered 503
    int batch_max = 1024;   // writes in one commit
    int readers = 2;
};

struct FloodSettings {
    int complaints_per_minute = 30; // of one network; what comes above sorts behind others
};

struct VaultSettings {
    // Folder of vault.key and trail.key, mode 0700; empty: keys/ in the data folder. Put it on
    // another disk: who steals the database alone then has no pepper to try receipts with.
    std::string keys_directory;
    int argon2_memory_kib = 19'456; // of a receipt (OWASP's minimum with two passes)
    int argon2_passes = 2;
    int receipts_ahead = 1000; // prepared in idle time
};

struct TrailSettings {
    std::string origin = "saiduan.invalid/trail"; // name of the log and of the key that signs it
    int checkpoint_s = 10;                        // between signed checkpoints
    std::vector<std::string> witnesses;           // vkeys whose cosignatures are accepted
};

// How long content is kept after the last case of a complaint was resolved.
struct RetentionRule {
    std::string outcome; // of the primary case
    int days = 0;
};

struct WithdrawalSettings {
    bool allowed = true;
    bool of_children = false; // a child's case goes on, whoever asks to end it
};

struct Settings {
    ServerSettings server;
    StorageSettings storage;
    FloodSettings flood;
    VaultSettings vault;
    TrailSettings trail;
    std::vector<RetentionRule> retention; // outcomes without a rule are kept
    WithdrawalSettings withdrawal;
    std::string agencies_file; // these five are resolved against the configuration's folder
    std::string locales_directory;
    std::string triage_directory;
    std::string geo_directory;
    std::string boundaries_file; // the operator's own provinces; empty: the shipped ones

    // Errors: every wrong field at once; plain HTTP on a public address.
    [[nodiscard]] static Result<Settings> load(const std::string& file);
};

struct Agency {
    std::string key; // as in queues and cases
    std::string name_en, name_th;
};

struct Agencies {
    std::vector<Agency> list;
    Calendar calendar; // of targets in working days
    Target targets[3]; // by Priority
    // Who must see when someone is in danger now, besides those who have the case.
    std::string danger = "police";
    // Without a queue; can open every complaint and moves none. Empty key: none can.
    Agency oversight;

    [[nodiscard]] const Target& target(Priority p) const {
        return targets[static_cast<std::size_t>(p)];
    }
    [[nodiscard]] bool known(std::string_view key) const;         // has a queue
    [[nodiscard]] std::vector<std::string> keys() const;          // oversight's too
    [[nodiscard]] const Agency* find(std::string_view key) const; // oversight too
    [[nodiscard]] static Result<Agencies> load(const std::string& file);
};

// One line per error, ready for stderr.
[[nodiscard]] std::string to_lines(const Fault& fault);

} // namespace saiduan
