// The checkpoints an auditor has: in the database, beside it, and from outside.
#include "storage/sqlite/audit_parts.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace saiduan::auditing {
namespace {

constexpr const char* notes_sql = "SELECT size, at, note FROM checkpoints ORDER BY size DESC";
constexpr const char* time_sql = "SELECT at FROM events WHERE id = ?";

constexpr const char* in_database = "the checkpoint in the database";
constexpr const char* beside_it = "the checkpoint file beside the database";
constexpr const char* published = "the published checkpoint";

std::size_t signature_lines(std::string_view note) {
    const std::size_t blank = note.rfind("\n\n");
    return blank == std::string_view::npos
               ? 0
               : static_cast<std::size_t>(std::count(note.begin(), note.end(), '\n')) -
                     static_cast<std::size_t>(
                         std::count(note.begin(), note.begin() + static_cast<long>(blank) + 2, '\n')
                     );
}

// Nothing when the note is not one of the log's.
std::optional<Claim> claim(
    const char* name, std::string_view note, std::span<const VerifierKey> keys, Findings& findings
) {
    const auto opened = open_checkpoint(note, keys);
    if (!opened) {
        findings.add(fmt::format("{} is not good: {}", name, opened.error().detail));
        return std::nullopt;
    }
    return Claim{name, opened->checkpoint, {}, {}};
}

void check_row(
    Connection& db,
    const Query& row,
    const Claim& claim,
    std::span<const VerifierKey> keys,
    Findings& findings
) {
    const auto size = static_cast<std::int64_t>(claim.checkpoint.size);
    if (row.integer(0) != size)
        findings.add(
            fmt::format("checkpoints: the row says size {}, its note {}", row.integer(0), size)
        );
    Query time = db.query(time_sql);
    if (time.bind(size).step() && time.integer(0) != row.integer(1))
        findings.add(fmt::format(
            "checkpoints: at is {}, but event {} was at {}", row.integer(1), size, time.integer(0)
        ));
    const std::string note = row.text(2);
    const auto opened = open_checkpoint(note, keys);
    if (opened && opened->signatures.size() != signature_lines(note))
        findings.add(fmt::format(
            "{} carries a signature that no given key verifies; name the witness with --vkey",
            in_database
        ));
}

// The file may be behind: a crash may come between the commit and the file. It is never ahead.
void check_file(
    const Claim& file,
    std::string_view file_note,
    const Claim& row,
    std::string_view row_note,
    Findings& findings
) {
    const Checkpoint& there = file.checkpoint;
    if (there.size > row.checkpoint.size)
        findings.add(fmt::format(
            "{} is of size {}, the one in the database only of size {}: the database was put back "
            "to an older state, or its checkpoint was",
            beside_it,
            there.size,
            row.checkpoint.size
        ));
    if (there.size != row.checkpoint.size)
        return;
    while (!file_note.empty()) {
        const std::string_view line = file_note.substr(0, file_note.find('\n') + 1);
        if (line.empty() || row_note.find(line) == std::string_view::npos)
            return findings.add(
                fmt::format("{} has a line that the one in the database has lost", beside_it)
            );
        file_note.remove_prefix(line.size());
    }
}

} // namespace

std::vector<Claim> read_claims(Connection& db, const AuditSubject& subject, Findings& findings) {
    std::vector<Claim> out;
    std::string stored;
    {
        Query q = db.query(notes_sql);
        if (!q.step()) {
            findings.add("checkpoints: the signed checkpoint is missing");
        } else {
            stored = q.text(2);
            if (auto good = claim(in_database, stored, subject.keys, findings)) {
                check_row(db, q, *good, subject.keys, findings);
                out.push_back(std::move(*good));
            }
            while (q.step())
                findings.add(fmt::format(
                    "checkpoints: a second row, of size {}; only the newest is kept", q.integer(0)
                ));
        }
    }
    if (!subject.beside)
        findings.add(fmt::format("{} is missing", beside_it));
    else if (auto good = claim(beside_it, *subject.beside, subject.keys, findings)) {
        if (!out.empty())
            check_file(*good, *subject.beside, out.front(), stored, findings);
        out.push_back(std::move(*good));
    }
    if (subject.published)
        if (auto good = claim(published, *subject.published, subject.keys, findings))
            out.push_back(std::move(*good));
    return out;
}

} // namespace saiduan::auditing
