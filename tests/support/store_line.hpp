// A line to test a store with: agencies and staff with real keys, people who file complaints, and
// short words for what they do. FakeLine and SqliteLine put it on either engine of Store.
#pragma once

#include "storage/opening.hpp"
#include "storage/store.hpp"
#include "storage/trail/note.hpp"

#include <future>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

namespace saiduan {

struct FakeRecord;

// What somebody tells, and how it is taken up.
struct Told {
    Priority priority = Priority::normal;
    UnixMs at = 0;
    std::vector<std::string> agencies{"labour"}; // the primary one first
    bool demoted = false;
    std::string text = "they hold our passports";
    std::string marks = "";
    std::string key = ""; // idempotency; empty: none
    std::string fingerprint = "a";
    bool pending = false;  // its receipt is yet to be hardened
    bool oversight = true; // sealed to oversight as well
};

class StoreLine {
public:
    virtual ~StoreLine() = default;
    StoreLine(const StoreLine&) = delete;
    StoreLine& operator=(const StoreLine&) = delete;

    [[nodiscard]] Store& store() { return *store_; }
    void reopen();

    // Calls a verb and waits for its answer.
    template <class... Params, class... Args>
    auto ask(void (Store::*verb)(Params...), Args&&... args) {
        using Done = std::tuple_element_t<sizeof...(Params) - 1, std::tuple<Params...>>;
        using Answer = typename AnswerOf<Done>::type;
        const auto promise = std::make_shared<std::promise<Answer>>();
        (store_.get()->*verb)(std::forward<Args>(args)..., [promise](Answer answer) {
            promise->set_value(std::move(answer));
        });
        return promise->get_future().get();
    }

    // People and agencies.
    AgencyKey add_agency(const std::string& agency); // or its next generation
    // With copies of every generation of the agency's key.
    Actor staff(const std::string& agency, const std::string& role = "dispatcher");
    Actor overseer();
    [[nodiscard]] static std::string hash_of(const Actor& actor) { return actor.label; }
    // What `actor` can read of a key: empty when he cannot.
    [[nodiscard]] std::string
    text_for(const Actor& actor, const SealedKey& key, const Context& context, std::string sealed);
    [[nodiscard]] const KeyPair& agency_pair(const std::string& agency, std::int64_t generation) {
        return pairs_.at({agency, generation});
    }

    // The reporter.
    [[nodiscard]] Filing filing(const Told& told);
    Result<Filed> file(const Told& told) { return ask(&Store::file, filing(told)); }
    Result<ComplaintId> report(
        ComplaintId complaint,
        EventKind kind,
        bool critical = false,
        const std::vector<std::string>& opens = {},
        UnixMs at = 0
    );
    [[nodiscard]] std::string words(ComplaintId complaint, EventKind kind, const char* text);

    // The agency.
    std::vector<CaseSummary>
    queue(const char* agency, CaseState state = CaseState::waiting, int limit = 200);
    Result<CaseSummary> step(
        CaseId id,
        EventKind kind,
        std::int64_t version,
        const Actor& who,
        UnixMs at = 0,
        const char* outcome = ""
    );
    Result<SealedCase> open(CaseId id, const Actor& who) {
        return ask(&Store::open_case, id, who, UnixMs{50});
    }
    // Claims and resolves as `who`, whatever the version is.
    void resolve(CaseId id, const Actor& who, UnixMs at, const char* outcome = "assisted");
    Result<ComplaintId> erase(ComplaintId complaint, const char* reason = "order") {
        return ask(&Store::erase, Erasure{complaint, "system", reason, 0});
    }
    std::vector<ComplaintId> due(UnixMs before, const char* outcome = "assisted", int limit = 10) {
        return *ask(&Store::due_for_erasure, std::string{outcome}, before, limit);
    }
    std::vector<Count> counts(std::vector<std::string> by);
    std::vector<Event> events(const char* agency, std::int64_t after = 0) {
        return *ask(&Store::events_after, std::string{agency}, after);
    }

    // The trail.
    std::string sign(UnixMs at = 0) { return *ask(&Store::sign, at); }
    // Size of the tree the last checkpoint signs; 0 before the first. Asserts a good signature.
    [[nodiscard]] std::uint64_t signed_size();
    // Writes an event of no case and returns its number.
    std::int64_t note() { return *ask(&Store::note, notice()); }
    // Sends as many as asked for, without waiting for their answers.
    void notes(int count);
    [[nodiscard]] static Notice notice() { return {EventKind::configured, "system", "", "", 0}; }
    [[nodiscard]] const VerifierKey& log_key() const { return signer_.key(); }

protected:
    StoreLine();
    virtual std::unique_ptr<Store> open_store() = 0;
    void begin(); // opens, and adds labour, police, ticac and oversight
    void close() { store_.reset(); }
    [[nodiscard]] const NoteSigner& signer() const { return signer_; }

private:
    template <class>
    struct AnswerOf;
    template <class Answer>
    struct AnswerOf<std::function<void(Answer)>> {
        using type = Answer;
    };

    NoteSigner signer_;
    std::unique_ptr<Store> store_;
    std::optional<Epochs> epochs_;
    std::map<std::pair<std::string, std::int64_t>, KeyPair> pairs_; // by generation
    std::map<TokenId, std::string> secrets_;
    std::map<ComplaintId, Key> data_keys_;
    ComplaintId next_complaint_ = 1;
    int next_secret_ = 1;
};

class FakeLine final : public StoreLine {
public:
    FakeLine();

private:
    std::unique_ptr<Store> open_store() override;
    std::shared_ptr<FakeRecord> record_;
};

// On a database in a folder of its own.
class SqliteLine : public StoreLine {
public:
    SqliteLine();
    ~SqliteLine() override;
    [[nodiscard]] std::string path() const { return folder_ + "/saiduan.db"; }
    [[nodiscard]] std::string checkpoint_path() const { return folder_ + "/checkpoint"; }
    // Opens the files as they are, beside or after the line's own store.
    [[nodiscard]] Result<std::unique_ptr<Store>> open_again(std::size_t queue_max = 10'000);
    using StoreLine::close;

private:
    std::unique_ptr<Store> open_store() override;
    std::string folder_;
};

} // namespace saiduan
