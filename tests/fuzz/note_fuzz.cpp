// The trail's parsers. The first byte says which; what one accepts, its writer must write again.
#include "storage/trail/entry.hpp"
#include "storage/trail/proof.hpp"
#include "storage/trail/tiles.hpp"

#include <cstdlib>

using namespace saiduan;

namespace {

void require(bool holds) {
    if (!holds)
        std::abort();
}

// The keys of the notes in the corpus, and their witness.
const std::vector<VerifierKey>& known_keys() {
    static const std::vector<VerifierKey> keys{
        VerifierKey::parse("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
            .value(),
        VerifierKey::parse(
            "intake.example.org/audit+8cd25d69+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
        )
            .value(),
        VerifierKey::parse(
            "witness.example.org/w1+cfcd1a67+BAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
        )
            .value(),
    };
    return keys;
}

void note(std::string_view bytes) {
    if (const auto opened = open_note(bytes, known_keys())) {
        require(bytes.starts_with(opened->text + "\n"));
        require(!opened->signatures.empty());
    }
    (void)open_checkpoint(bytes, known_keys());
    constexpr std::string_view line = "— a AAAAAAA=\n";
    if (const auto longer = add_signature(bytes, line))
        require(*longer == std::string{bytes} + std::string{line});
    constexpr std::string_view good = "text\n\n— a AAAAAAA=\n";
    if (const auto signed_by = add_signature(good, bytes))
        require(signed_by->starts_with(good) && add_signature(*signed_by, "— c AAAAAAA="));
}

void checkpoint(std::string_view bytes) {
    if (const auto parsed = Checkpoint::parse(bytes))
        require(parsed->text() == bytes);
}

void vkey(std::string_view bytes) {
    if (const auto parsed = VerifierKey::parse(bytes))
        require(parsed->to_vkey() == bytes);
}

void proof(std::string_view bytes) {
    if (const auto parsed = TrailProof::parse(bytes)) {
        require(parsed->text() == bytes);
        (void)parsed->verify("entry", known_keys());
    }
}

void tile(std::string_view bytes) {
    if (const auto parsed = TileId::parse(bytes)) {
        require(parsed->path() == bytes);
        (void)tile_within(*parsed, tree_size_max);
    }
}

void entry(std::string_view bytes) {
    if (const auto parsed = LeafEntry::parse(bytes))
        require(parsed->bytes() == bytes);
}

// The number of entries less one, then the bundle.
void bundle(std::string_view bytes) {
    if (bytes.empty())
        return;
    const unsigned width = static_cast<unsigned char>(bytes.front()) + 1U;
    bytes.remove_prefix(1);
    if (const auto parsed = parse_bundle(bytes, width)) {
        std::string again;
        for (const std::string_view part : *parsed)
            add_to_bundle(again, part);
        require(parsed->size() == width && again == bytes);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    if (size == 0)
        return 0;
    const std::string_view bytes{reinterpret_cast<const char*>(data) + 1, size - 1};
    switch (data[0]) {
    case 'n':
        note(bytes);
        break;
    case 'c':
        checkpoint(bytes);
        break;
    case 'k':
        vkey(bytes);
        break;
    case 'p':
        proof(bytes);
        break;
    case 't':
        tile(bytes);
        break;
    case 'e':
        entry(bytes);
        break;
    case 'b':
        bundle(bytes);
        break;
    default:
        return -1; // not worth keeping
    }
    return 0;
}
