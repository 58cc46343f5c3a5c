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

struct Settings {
    ServerSettings server;
    StorageSettings storage;
    FloodSettings flood;
    std::string agencies_file; // these four are resolved against the configuration's folder
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

    [[nodiscard]] const Target& target(Priority p) const {
        return targets[static_cast<std::size_t>(p)];
    }
    [[nodiscard]] bool known(std::string_view key) const;
    [[nodiscard]] std::vector<std::string> keys() const;
    [[nodiscard]] static Result<Agencies> load(const std::string& file);
};

// One line per error, ready for stderr.
[[nodiscard]] std::string to_lines(const Fault& fault);

} // namespace saiduan
