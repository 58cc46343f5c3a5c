#include "gateway/settings.hpp"

#include "storage/trail/note.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <filesystem>

namespace saiduan {
namespace {

constexpr std::size_t path_max = 4096;

void read_server(Reader& in, ServerSettings& s) {
    in.text("address", s.address, 1, 64);
    in.integer("port", s.port, 0, 65535);
    in.text("operations_address", s.operations_address, 1, 64);
    in.integer("operations_port", s.operations_port, 0, 65535);
    in.boolean("allow_plain_http", s.allow_plain_http);
    in.integer("drain_s", s.drain_s, 0, 300);
    in.integer("idle_s", s.idle_s, 1, 3600);
    in.integer("request_s", s.request_s, 1, 300);
    in.integer("connections_max", s.connections_max, 1, 100'000);
    in.object("tls", [&](Reader& tls) {
        tls.require("certificate");
        tls.require("key");
        tls.text("certificate", s.tls.certificate, 1, 4096);
        tls.text("key", s.tls.key, 1, 4096);
    });
    boost::system::error_code bad;
    const auto address = boost::asio::ip::make_address(s.address, bad);
    if (bad)
        in.reject("address", "format", "must be an IP address");
    else if (!address.is_loopback() && s.tls.certificate.empty() && !s.allow_plain_http)
        in.reject(
            "address",
            "insecure",
            "is not loopback: configure tls, or set allow_plain_http behind a TLS proxy"
        );
    if (boost::asio::ip::make_address(s.operations_address, bad); bad)
        in.reject("operations_address", "format", "must be an IP address");
}

void read_vault(Reader& in, VaultSettings& s) {
    in.text("keys", s.keys_directory, 1, path_max);
    in.integer("argon2_memory_kib", s.argon2_memory_kib, 8, 4'194'304);
    in.integer("argon2_passes", s.argon2_passes, 1, 100);
    in.integer("receipts_ahead", s.receipts_ahead, 0, 100'000);
}

void read_trail(Reader& in, TrailSettings& s) {
    constexpr std::size_t origin_max = 200, witnesses_max = 16, vkey_max = 400;
    if (in.text("origin", s.origin, 1, origin_max) && !valid_key_name(s.origin))
        in.reject("origin", "format", "must have no spaces and no +, like example.org/trail");
    in.integer("checkpoint_s", s.checkpoint_s, 1, 86'400);
    if (in.texts("witnesses", s.witnesses, witnesses_max, vkey_max))
        for (const std::string& witness : s.witnesses)
            if (const auto key = VerifierKey::parse(witness);
                !key || key->type() != SignatureType::cosignature)
                in.reject("witnesses", "format", "must be verifier keys of cosigners (type 04)");
}

void read_retention(Reader& in, std::vector<RetentionRule>& rules) {
    constexpr std::int64_t days_max = 36'525;
    for (const std::string& outcome : in.keys()) {
        RetentionRule rule{outcome, 0};
        if (in.integer(outcome, rule.days, 1, days_max))
            rules.push_back(rule);
    }
}

Agency read_agency(Reader& in) {
    constexpr std::size_t key_max = 15, name_max = 200;
    Agency a;
    in.require("key");
    in.text("key", a.key, 1, key_max);
    in.object("name", [&](Reader& name) {
        name.text("en", a.name_en, 1, name_max);
        name.text("th", a.name_th, 1, name_max);
    });
    return a;
}

Fault named(const std::string& file, Fault fault) {
    fault.detail = file + ": " + fault.detail;
    return fault;
}

} // namespace

Result<Settings> Settings::load(const std::string& file) {
    const Result<Json> document = read_json_file(file);
    if (!document)
        return document.error();
    Settings s;
    s.agencies_file = "agencies.json";
    s.triage_directory = "triage";
    s.geo_directory = "geo";
    s.locales_directory = "locales";
    Reader in{*document};
    in.object("server", [&](Reader& server) { read_server(server, s.server); });
    in.object("storage", [&](Reader& storage) {
        storage.integer("queue_max", s.storage.queue_max, 1, 1'000'000);
        storage.integer("batch_max", s.storage.batch_max, 1, 100'000);
        storage.integer("readers", s.storage.readers, 1, 64);
    });
    in.object("flood", [&](Reader& flood) {
        flood.integer("complaints_per_minute", s.flood.complaints_per_minute, 1, 1'000'000);
    });
    in.object("vault", [&](Reader& vault) { read_vault(vault, s.vault); });
    in.object("trail", [&](Reader& trail) { read_trail(trail, s.trail); });
    in.object("retention_days", [&](Reader& rules) { read_retention(rules, s.retention); });
    in.object("withdrawal", [&](Reader& withdrawal) {
        withdrawal.boolean("allowed", s.withdrawal.allowed);
        withdrawal.boolean("of_children", s.withdrawal.of_children);
    });
    in.text("agencies", s.agencies_file, 1, path_max);
    in.text("locales", s.locales_directory, 1, path_max);
    in.text("triage", s.triage_directory, 1, path_max);
    in.text("geo", s.geo_directory, 1, path_max);
    in.text("boundaries", s.boundaries_file, 0, path_max);
    if (auto bad = in.finish("the configuration"))
        return named(file, *bad);
    const auto folder = std::filesystem::path{file}.parent_path();
    for (std::string* path :
         {&s.agencies_file,
          &s.locales_directory,
          &s.vault.keys_directory,
          &s.triage_directory,
          &s.geo_directory,
          &s.boundaries_file,
          &s.server.tls.certificate,
          &s.server.tls.key})
        if (!path->empty())
            *path = (folder / *path).string();
    return s;
}

const Agency* Agencies::find(std::string_view key) const {
    const auto it =
        std::find_if(list.begin(), list.end(), [&](const Agency& a) { return a.key == key; });
    if (it != list.end())
        return &*it;
    return !oversight.key.empty() && oversight.key == key ? &oversight : nullptr;
}

bool Agencies::known(std::string_view key) const {
    return std::any_of(list.begin(), list.end(), [&](const Agency& a) { return a.key == key; });
}

std::vector<std::string> Agencies::keys() const {
    std::vector<std::string> out;
    for (const Agency& a : list)
        out.push_back(a.key);
    if (!oversight.key.empty())
        out.push_back(oversight.key);
    return out;
}

Result<Agencies> Agencies::load(const std::string& file) {
    const Result<Json> document = read_json_file(file);
    if (!document)
        return document.error();
    constexpr std::size_t agencies_max = 100;
    Agencies out;
    Reader in{*document};
    in.require("agencies");
    in.objects("agencies", agencies_max, [&](Reader& agency) {
        Agency a = read_agency(agency);
        if (out.known(a.key))
            agency.reject("key", "unique", "is used twice");
        out.list.push_back(std::move(a));
    });
    in.text("danger", out.danger, 1, 15);
    in.object("oversight", [&](Reader& agency) { out.oversight = read_agency(agency); });
    if (!out.known(out.danger))
        in.reject("danger", "choice", "must be the key of an agency of this file");
    if (out.known(out.oversight.key))
        in.reject("oversight", "choice", "must not be the key of an agency with a queue");
    in.require("targets");
    in.object("targets", [&](Reader& targets) {
        for (const auto& [word, priority] : priority_words) {
            Target& t = out.targets[static_cast<std::size_t>(priority)];
            targets.require(word);
            targets.object(word, [&t](Reader& target) { t = Target::read(target); });
        }
    });
    const auto in_days = [](const Target& t) { return t.claim_working_days > 0; };
    if (std::any_of(std::begin(out.targets), std::end(out.targets), in_days))
        in.require("calendar");
    in.object("calendar", [&](Reader& calendar) { out.calendar = Calendar::read(calendar); });
    if (auto bad = in.finish("the agencies"))
        return named(file, *bad);
    if (out.list.empty())
        return Fault{Errc::invalid, file + ": at least one agency is needed"};
    return out;
}

std::string to_lines(const Fault& fault) {
    std::string out = fault.detail;
    for (const FieldError& e : fault.fields)
        out += "\n  " + (e.pointer.empty() ? std::string{"/"} : e.pointer) + "  " + e.detail;
    return out;
}

} // namespace saiduan
