// What an agency's token opens of a stolen data folder. The thief does everything with libsodium
// himself, as the formats say, and tries every key on every lock.
#include "tests/service/reporter.hpp"
#include "tests/support/database.hpp"

#include <sodium.h>

#include <set>

using namespace saiduan;
using namespace saiduan::test;

namespace {

using Bytes = std::string;
using Set = std::set<Bytes>;

constexpr std::size_t key_size = 32;
constexpr std::size_t nonce_size = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_size = crypto_aead_xchacha20poly1305_ietf_ABYTES;

const unsigned char* raw(const Bytes& bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* raw(Bytes& bytes) {
    return reinterpret_cast<unsigned char*>(bytes.data());
}

// BLAKE2b of the word "credential", its length before it, and the token's text.
Bytes private_key_of(const std::string& token) {
    const unsigned char none[key_size] = {};
    unsigned char personal[crypto_generichash_blake2b_PERSONALBYTES] = {};
    const std::string_view words = "saiduan hash1";
    std::copy(words.begin(), words.end(), personal);
    const Bytes said = "\x0a"
                       "credential" +
                       token;
    unsigned char seed[key_size], public_key[key_size];
    crypto_generichash_blake2b_salt_personal(
        seed, sizeof seed, raw(said), said.size(), none, sizeof none, nullptr, personal
    );
    Bytes out(key_size, '\0');
    crypto_box_seed_keypair(public_key, raw(out), seed);
    return out;
}

// What of the boxes one of the private keys opens.
Set unboxed(const Set& private_keys, const std::vector<Database::Row>& boxes) {
    Set out;
    for (const Bytes& key : private_keys)
        for (const Database::Row& box : boxes) {
            if (box[0].size() != crypto_box_SEALBYTES + key_size)
                continue;
            unsigned char public_key[key_size];
            crypto_scalarmult_base(public_key, raw(key));
            Bytes plain(key_size, '\0');
            if (crypto_box_seal_open(
                    raw(plain), raw(box[0]), box[0].size(), public_key, raw(key)
                ) == 0)
                out.insert(plain);
        }
    return out;
}

Bytes big_endian(std::uint64_t number) {
    Bytes out;
    for (int shift = 56; shift >= 0; shift -= 8)
        out += static_cast<char>(number >> shift);
    return out;
}

// The additional data of a sealed thing.
Bytes binding(
    const Bytes& magic_and_key,
    const Bytes& table,
    const Bytes& field,
    std::uint64_t complaint,
    std::uint64_t version
) {
    return magic_and_key + static_cast<char>(table.size()) + table +
           static_cast<char>(field.size()) + field + big_endian(complaint) + big_endian(version);
}

// Nonce, ciphertext and tag; nothing when they are not of this key and binding.
std::optional<Bytes> decrypted(const Bytes& key, const Bytes& bound, const Bytes& sealed) {
    if (sealed.size() < nonce_size + tag_size)
        return std::nullopt;
    const Bytes text = sealed.substr(nonce_size);
    Bytes plain(text.size() - tag_size, '\0');
    const int code = crypto_aead_xchacha20poly1305_ietf_decrypt(
        raw(plain),
        nullptr,
        nullptr,
        raw(text),
        text.size(),
        raw(bound),
        bound.size(),
        raw(sealed),
        raw(key)
    );
    return code == 0 ? std::optional{plain} : std::nullopt;
}

// A grant as it was before the complaint's shred key veiled it: its own inverse.
Bytes unveiled(const Bytes& grant, const Bytes& shred) {
    Bytes out = grant;
    crypto_stream_xchacha20_xor(
        raw(out) + nonce_size,
        raw(grant) + nonce_size,
        grant.size() - nonce_size,
        raw(grant),
        raw(shred)
    );
    return out;
}

// Data keys: every epoch key on every grant there is, for each epoch it may have been made in.
Set granted(const Set& epoch_keys, const Database& database) {
    const auto grants =
        database.rows("SELECT c.key, complaint, s.key FROM cases c"
                      " JOIN complaints p ON p.id = c.complaint"
                      " JOIN shred_keys s ON s.id = p.shred"
                      " UNION ALL SELECT oversight_key, p.id, s.key FROM complaints p"
                      " JOIN shred_keys s ON s.id = p.shred"
                      " UNION ALL SELECT receipt_key, p.id, s.key FROM complaints p"
                      " JOIN shred_keys s ON s.id = p.shred");
    Set out;
    for (const Bytes& key : epoch_keys)
        for (const Database::Row& grant : grants)
            for (const Database::Row& epoch : database.rows("SELECT id FROM epochs")) {
                const Bytes header = "SDWK\x01" + big_endian(0);
                const Bytes bound =
                    binding(header, "cases", "key", std::stoull(grant[1]), std::stoull(epoch[0]));
                if (auto plain = decrypted(key, bound, unveiled(grant[0], grant[2])))
                    out.insert(*plain);
            }
    return out;
}

// The complaints whose content one of the keys opens, by number.
std::map<std::string, Bytes> contents(const Set& data_keys, const Database& database) {
    constexpr std::size_t header_size = 4 + 1 + 8;
    std::map<std::string, Bytes> out;
    for (const Bytes& key : data_keys)
        for (const Database::Row& row : database.rows("SELECT id, sealed FROM complaints")) {
            const Bytes header = row[1].substr(0, header_size);
            const Bytes bound = binding(header, "complaints", "sealed", std::stoull(row[0]), 1);
            if (auto plain = decrypted(key, bound, row[1].substr(header_size)))
                out[row[0]] = *plain;
        }
    return out;
}

// Everything that token and data folder give together.
std::map<std::string, Bytes> opened_with(const std::string& token, const Database& database) {
    Set keys{private_key_of(token)};
    const auto boxes = database.rows("SELECT sealed FROM key_copies"
                                     " UNION ALL SELECT recovery FROM agency_keys"
                                     " UNION ALL SELECT sealed FROM epochs");
    // Whatever opens may itself be a key to more.
    for (Set more = unboxed(keys, boxes); !more.empty();) {
        Set fresh;
        for (const Bytes& key : more)
            if (keys.insert(key).second)
                fresh.insert(key);
        more = unboxed(fresh, boxes);
    }
    Set data_keys = granted(keys, database);
    data_keys.insert(keys.begin(), keys.end());
    return contents(data_keys, database);
}

constexpr std::string_view labour_words = "Our wages are not paid, marker plintovarsk";
constexpr std::string_view police_words = "My sister was kidnapped and is missing";

} // namespace

TEST_CASE("with one agency's token a stolen data folder opens that agency's complaints only") {
    REQUIRE(sodium_init() >= 0);
    const Configuration configuration;
    Station station{configuration.file()};
    const std::string labour = station.token("labour", "supervisor");
    const std::string police = station.token("police", "supervisor");
    const std::string analyst = station.token("labour", "analyst");
    const std::string auditor = station.token("oversight", "auditor");
    station.start();
    HttpClient client{station.port()};
    const auto filed = [&](std::string_view words) {
        return file(client, Json{{"text", words}}.dump());
    };
    const FiledComplaint of_labour = filed(labour_words);
    const FiledComplaint of_police = filed(police_words);
    REQUIRE(of_labour.answer.at("queue") == "labour");
    REQUIRE(of_police.answer.at("queue") == "police");
    REQUIRE(of_police.answer.at("notified").empty());
    // More keys to try: a note of the police, a new generation of labour's own.
    const Json line = line_of(client, police, "police", of_police.id);
    REQUIRE(step_case(client, police, line, "notes", {{"text", "seen"}}).status == 200);
    REQUIRE(client.ask("POST", "/v1/key-rotations", bearer(labour)).status == 202);
    const FiledComplaint later = filed(labour_words);
    CHECK(station.stop() == 0);

    const Database database{station.database()};
    const auto numbers = [&](const std::string& token) {
        std::set<std::string> out;
        for (const auto& [number, content] : opened_with(token, database))
            out.insert(number);
        return out;
    };
    const auto with_labour = opened_with(labour, database);
    REQUIRE(with_labour.contains(of_labour.id));
    CHECK(with_labour.at(of_labour.id).find(labour_words) != std::string::npos);
    CHECK(numbers(labour) == std::set{of_labour.id, later.id});
    CHECK(numbers(police) == std::set{of_police.id});
    CHECK(numbers(auditor) == std::set{of_labour.id, of_police.id, later.id});
    CHECK(numbers(analyst).empty());
    CHECK(numbers("sd_nobody").empty());
}
