#include "gateway/settings.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <filesystem>

namespace saiduan {
namespace {

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
    constexpr std::size_t path_max = 4096;
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
    in.text("agencies", s.agencies_file, 1, path_max);
    in.text("triage", s.triage_directory, 1, path_max);
    in.text("geo", s.geo_directory, 1, path_max);
    in.text("boundaries", s.boundaries_file, 0, path_max);
    if (auto bad = in.finish("the configuration"))
        return named(file, *bad);
    const auto folder = std::filesystem::path{file}.parent_path();
    for (std::string* path :
         {&s.agencies_file,
          &s.triage_directory,
          &s.geo_directory,
          &s.boundaries_file,
          &s.server.tls.certificate,
          &s.server.tls.key})
        if (!path->empty())
            *path = (folder / *path).string();
    return s;
}

bool Agencies::known(std::string_view key) const {
    return std::any_of(list.begin(), list.end(), [&](const Agency& a) { return a.key == key; });
}

std::vector<std::string> Agencies::keys() const {
    std::vector<std::string> out;
    for (const Agency& a : list)
        out.push_back(a.key);
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
        Agency a;
        agency.require("key");
        agency.text("key", a.key, 1, 15);
        if (out.known(a.key))
            agency.reject("key", "unique", "is used twice");
        agency.object("name", [&](Reader& name) {
            name.text("en", a.name_en, 1, 200);
            name.text("th", a.name_th, 1, 200);
        });
        out.list.push_back(std::move(a));
    });
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
