// audit verify: the auditor on the command line.
#include "storage/sqlite/audit.hpp"

#include "gateway/cli/commands.hpp"
#include "gateway/cli/open.hpp"
#include "storage/vault/key_file.hpp"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>

namespace saiduan {
namespace {

constexpr int exit_findings = 1;

// A note from a file; nothing when it cannot be read. One that is too long keeps a byte too many.
std::optional<std::string> read_note(const std::string& path) {
    std::ifstream in{path, std::ios::binary};
    if (!in)
        return std::nullopt;
    std::string text(note_bytes_max + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    return text;
}

// The log's key from the data folder's own, as serve signs with it.
Result<VerifierKey> own_key(const Settings& settings, const Paths& paths) {
    const Result<LockedKey> seed = read_key_file(keys_directory(settings, paths) + "/trail.key");
    if (!seed)
        return Fault{
            seed.error().code,
            fmt::format("trail.key: {}; or name the log's key with --vkey", seed.error().detail)
        };
    const auto signer = NoteSigner::make(
        settings.trail.origin,
        SignatureType::ed25519,
        std::span<const unsigned char, Key::size>{(*seed)->data(), Key::size}
    );
    if (!signer)
        return signer.error();
    return signer->key();
}

// The configuration tells where the keys are, the log's name and its witnesses; an auditor with
// --vkey needs none.
Result<std::vector<VerifierKey>> known_keys(const AuditOptions& options) {
    std::vector<VerifierKey> out;
    bool log_given = false;
    for (const std::string& vkey : options.vkeys) {
        const Result<VerifierKey> key = VerifierKey::parse(vkey);
        if (!key)
            return Fault{Errc::invalid, fmt::format("--vkey {}: {}", vkey, key.error().detail)};
        log_given = log_given || key->type() == SignatureType::ed25519;
        out.push_back(*key);
    }
    Settings settings;
    if (std::filesystem::exists(options.paths.config)) {
        auto loaded = Settings::load(options.paths.config);
        if (!loaded)
            return loaded.error();
        settings = std::move(*loaded);
    }
    for (const std::string& witness : settings.trail.witnesses)
        if (const auto key = VerifierKey::parse(witness))
            out.push_back(*key);
    if (log_given)
        return out;
    const Result<VerifierKey> own = own_key(settings, options.paths);
    if (!own)
        return own.error();
    out.push_back(*own);
    return out;
}

// A line a second on stderr, so that nobody takes a long audit for a hanging one.
auto second_by_second() {
    using Clock = std::chrono::steady_clock;
    return [next = Clock::now() + std::chrono::seconds{1}](
               std::string_view what, std::uint64_t done, std::uint64_t total
           ) mutable {
        if (Clock::now() < next)
            return;
        next = Clock::now() + std::chrono::seconds{1};
        std::cerr << fmt::format("reading {}: {} of {}\n", what, done, total);
    };
}

void print(const AuditReport& report) {
    for (const std::string& finding : report.findings)
        fmt::print("{}\n", finding);
    if (report.more > 0)
        fmt::print("and {} more\n", report.more);
    fmt::print("{} events, not yet signed: {}; ", report.events, report.unsigned_events);
    if (report.tables_compared)
        fmt::print("{} rows of other tables compared; ", report.rows);
    else
        fmt::print("other tables not compared, since the trail itself is not to be trusted; ");
    if (report.findings.empty())
        fmt::print("nothing wrong\n");
    else
        fmt::print("{} findings\n", report.findings.size() + report.more);
}

} // namespace

int audit_verify(const AuditOptions& options) {
    auto keys = known_keys(options);
    if (!keys)
        return fail(to_lines(keys.error()));
    AuditSubject subject;
    subject.database = database_file(options.paths);
    subject.keys = std::move(*keys);
    subject.beside = read_note(options.paths.data + "/checkpoint");
    subject.progress = second_by_second();
    if (!options.published.empty()) {
        subject.published = read_note(options.published);
        if (!subject.published)
            return fail(options.published + ": cannot be read");
    }
    const Result<AuditReport> report = audit(subject);
    if (!report)
        return fail(report.error().detail);
    print(*report);
    return report->findings.empty() ? 0 : exit_findings;
}

} // namespace saiduan
