#include "tests/service/reporter.hpp"
#include "tests/support/database.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <thread>

using namespace saiduan;
using namespace saiduan::test;

namespace {

std::string digits_of(const std::string& receipt) {
    std::string out = receipt;
    std::erase(out, ' ');
    return out;
}

char next_digit(char digit, int by = 1) {
    return static_cast<char>('0' + (digit - '0' + by) % 10);
}

// Puts the two check digits right again: ISO 7064 MOD 97-10, the whole leaves 1.
std::string checked(std::string digits) {
    int rest = 0;
    for (const char digit : digits.substr(0, 22))
        rest = (rest * 10 + (digit - '0')) % 97;
    const int check = 98 - rest * 100 % 97;
    digits[22] = static_cast<char>('0' + check / 10);
    digits[23] = static_cast<char>('0' + check % 10);
    return digits;
}

// A receipt of the same complaint that nobody was given.
std::string wrong(const std::string& receipt, int by = 1) {
    std::string digits = digits_of(receipt);
    for (std::size_t i = 21; by > 0; --i, by /= 10)
        digits[i] = next_digit(digits[i], by % 10);
    return checked(digits);
}

// A well-formed receipt whose complaint does not exist.
std::string unknown(const std::string& receipt) {
    std::string digits = digits_of(receipt);
    digits[3] = next_digit(digits[3], 2); // the first group stays even
    return checked(digits);
}

// The digits as another script writes them; `zero` is its nought in UTF-8.
std::string in_script(const std::string& receipt, std::string zero) {
    std::string out;
    for (const char c : receipt) {
        std::string digit = zero;
        digit.back() = static_cast<char>(digit.back() + (c - '0'));
        out += c == ' ' ? "-" : digit;
    }
    return out;
}

HttpHeaders without_date(const HttpAnswer& answer) {
    HttpHeaders out;
    for (const auto& [name, value] : answer.headers)
        if (name != "date")
            out.emplace_back(name, value);
    return out;
}

// A line that is full answers 503: whoever holds a right receipt asks again. Returns the tries it
// took, or 0 when `tries_max` were not enough.
int tries_until_open(HttpClient& client, const std::string& receipt) {
    constexpr int tries_max = 100;
    for (int i = 1; i <= tries_max; ++i) {
        const int status = try_receipt(client, receipt).status;
        if (status == 201)
            return i;
        REQUIRE(status == 503);
    }
    return 0;
}

} // namespace

TEST_CASE("every mistyped digit of a receipt is named, none leads to another answer") {
    const Configuration configuration;
    Station station{configuration.file()};
    station.start();
    HttpClient client{station.port()};
    const std::string digits = digits_of(file(client, plain_complaint).receipt);
    REQUIRE(digits.size() == 24);
    const auto complaint_about = [&](const std::string& typed) {
        const HttpAnswer answer = try_receipt(client, typed);
        INFO(typed << ": " << answer.body);
        REQUIRE(answer.status == 422);
        const Json error = Json::parse(answer.body).at("errors").at(0);
        CHECK(error.at("pointer") == "#/receipt");
        return error.at("detail").get<std::string>();
    };
    for (std::size_t i = 0; i < digits.size(); ++i) {
        std::string typed = digits;
        typed[i] = next_digit(typed[i]);
        static_cast<void>(complaint_about(typed));
    }
    const std::string mistyped = complaint_about(digits.substr(0, 23) + next_digit(digits[23]));
    const std::string few = complaint_about(digits.substr(1));
    const std::string many = complaint_about(digits + "0");
    const std::string foreign = complaint_about(digits.substr(0, 23) + "x");
    CHECK(few != many);
    CHECK(few != mistyped);
    CHECK(foreign != mistyped);
    CHECK(try_receipt(client, digits).status == 201);
}

TEST_CASE("a wrong receipt and one of no complaint are answered alike") {
    const Configuration configuration;
    Station station{configuration.file()};
    station.start();
    HttpClient client{station.port()};
    const std::string receipt = file(client, plain_complaint).receipt;
    const HttpAnswer bad = try_receipt(client, wrong(receipt));
    const HttpAnswer nobodys = try_receipt(client, unknown(receipt));
    CHECK(bad.status == 404);
    CHECK(nobodys.status == 404);
    CHECK(bad.body == nobodys.body);
    CHECK(without_date(bad) == without_date(nobodys));
    CHECK(try_receipt(client, receipt).status == 201);
}

TEST_CASE("a receipt may be typed in Thai, Burmese or Khmer digits, with hyphens") {
    const Configuration configuration;
    Station station{configuration.file()};
    station.start();
    HttpClient client{station.port()};
    const FiledComplaint filed = file(client, plain_complaint);
    for (const char* zero : {"\u0E50", "\u1040", "\u17E0"}) {
        const std::string token = session(client, in_script(filed.receipt, zero));
        CHECK(view(client, token).at("complaint").dump() == filed.id);
    }
    const std::string duress = in_script(under_duress(filed.receipt), "\u1040");
    CHECK(view(client, session(client, duress)).at("readers").empty());
}

TEST_CASE("a receipt at the shipped price opens its complaint and no other") {
    Station station;
    station.start();
    HttpClient client{station.port()};
    const FiledComplaint first = file(client, plain_complaint);
    const FiledComplaint second = file(client, plain_complaint);
    CHECK(view(client, session(client, first.receipt)).at("complaint").dump() == first.id);
    CHECK(view(client, session(client, second.receipt)).at("complaint").dump() == second.id);
    CHECK(try_receipt(client, wrong(first.receipt)).status == 404);
}

TEST_CASE("a hundred wrong receipts of a network do not keep its right one out") {
    constexpr int guesses = 100;
    const Configuration configuration;
    configuration.edit("saiduan.json", [](Json& settings) {
        settings["vault"]["argon2_memory_kib"] = 19'456; // slow enough for a line to form
        settings["vault"]["argon2_passes"] = 2;
    });
    Station station{configuration.file()};
    station.start();
    HttpClient client{station.port()};
    const std::string receipt = file(client, plain_complaint).receipt;
    std::vector<std::unique_ptr<HttpClient>> guessers;
    for (int i = 0; i < guesses; ++i) {
        guessers.push_back(std::make_unique<HttpClient>(station.port()));
        const Json body{{"receipt", wrong(receipt, i + 1)}};
        guessers.back()->send(http_request("POST", "/v1/receipt-sessions", {}, body.dump()));
    }
    HttpClient elsewhere{station.port(), "127.0.0.2"};
    CHECK(try_receipt(elsewhere, receipt).status == 201);
    CHECK(tries_until_open(client, receipt) > 0);
    int refused = 0;
    for (const auto& guesser : guessers) {
        const int status = guesser->receive().status;
        CHECK((status == 404 || status == 503));
        refused += status == 404 ? 1 : 0;
    }
    CHECK(refused > 0);
    CHECK(tries_until_open(client, receipt) > 0);
}

TEST_CASE("a receipt given out in a burst works at once and after it was hardened") {
    constexpr int burst = 20;
    const Configuration configuration;
    configuration.edit("saiduan.json", [](Json& settings) {
        settings["vault"]["receipts_ahead"] = 0;
    });
    Station station{configuration.file()};
    station.start();
    const Database database{station.database()};
    const auto pending = [&] {
        constexpr const char* sql =
            "SELECT count(*) FROM complaints WHERE receipt_pending IS NOT NULL";
        return std::stoi(database.value(sql));
    };
    std::vector<FiledComplaint> filed;
    bool was_pending = false;
    for (int i = 0; i < burst; ++i) {
        HttpClient client{station.port()};
        filed.push_back(file(client, plain_complaint));
        was_pending = was_pending || pending() > 0;
    }
    CHECK(was_pending);
    const auto all_open = [&] {
        HttpClient client{station.port()};
        for (const FiledComplaint& one : filed)
            CHECK(view(client, session(client, one.receipt)).at("complaint").dump() == one.id);
        CHECK(try_receipt(client, wrong(filed[0].receipt)).status == 404);
    };
    all_open();
    const auto until = std::chrono::steady_clock::now() + std::chrono::minutes{2};
    while (pending() > 0 && std::chrono::steady_clock::now() < until)
        std::this_thread::sleep_for(std::chrono::milliseconds{50});
    CHECK(pending() == 0);
    all_open();
    CHECK(station.stop() == 0);
    station.start();
    all_open();
}

TEST_CASE("a retry gets the same receipt, also from a server that was started anew") {
    const Configuration configuration;
    Station station{configuration.file()};
    station.start();
    const HttpHeaders key{{"Idempotency-Key", "\"retry-7\""}};
    auto client = std::make_unique<HttpClient>(station.port());
    const FiledComplaint first = file(*client, plain_complaint, key);
    CHECK(file(*client, plain_complaint, key).answer == first.answer);
    CHECK(station.stop() == 0);
    station.start();
    client = std::make_unique<HttpClient>(station.port());
    const FiledComplaint again = file(*client, plain_complaint, key);
    CHECK(again.answer == first.answer);
    CHECK(view(*client, session(*client, again.receipt)).at("complaint").dump() == first.id);
}

TEST_CASE("a session token that nobody was given opens nothing") {
    const Configuration configuration;
    Station station{configuration.file()};
    const std::string staff = station.token("labour", "dispatcher");
    station.start();
    HttpClient client{station.port()};
    static_cast<void>(file(client, plain_complaint));
    CHECK(client.ask("GET", "/v1/complaint").status == 401);
    for (const std::string& token : {std::string{"sr_nobody"}, staff}) {
        CHECK(client.ask("GET", "/v1/complaint", bearer(token)).status == 401);
        CHECK(client.ask("GET", "/v1/complaint/proof", bearer(token)).status == 401);
        CHECK(add(client, token, "messages", {{"text", "x"}}).status == 401);
        CHECK(add(client, token, "danger").status == 401);
    }
}
