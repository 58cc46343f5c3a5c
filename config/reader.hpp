// One vocabulary for reading configuration and requests: typed fields with rules, every error at
// once. Pure; one Reader belongs to one thread.
#pragma once

#include "config/fault.hpp"
#include "config/time.hpp"

// The library checks its own invariants at every step, a twentieth of the intake's time: only the
// sanitizers' builds keep that.
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
#define JSON_ASSERT(expression) static_cast<void>(0)
#endif
#include <nlohmann/json.hpp>

#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace saiduan {

using Json = nlohmann::json;

inline constexpr std::size_t json_depth_max = 32;

// Strict JSON: no duplicate keys, valid UTF-8, no trailing bytes, at most json_depth_max deep.
// Errors: malformed, `detail` says what and at which byte.
[[nodiscard]] Result<Json> parse_json(std::string_view text);

// Reads a file of at most `bytes_max`. Errors: not_found when it cannot be read; as parse_json.
[[nodiscard]] Result<Json>
read_json_file(const std::string& path, std::size_t bytes_max = 64 << 20);

// A word and its value, for enumerations on the wire.
template <class E>
struct Word {
    std::string_view word;
    E value;
};

// Walks one JSON object. Fields asked for and wrong are noted, never thrown; finish() returns all
// errors of this object and its children, unknown fields included ("did you mean"). A missing or
// null optional field is left at its default. Rules are inclusive.
//
//     Reader in{document};
//     in.integer("port", config.port, 1, 65535);
//     in.object("tls", [&](Reader& tls) { tls.text("key", config.tls.key, 1, 4096); });
//     if (auto bad = in.finish()) return *bad;
class Reader {
public:
    explicit Reader(const Json& document, std::string pointer = "");
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    // Each returns whether the field was present and right.
    bool boolean(std::string_view name, bool& out);
    bool boolean(std::string_view name, std::optional<bool>& out);
    bool integer(std::string_view name, std::int64_t& out, std::int64_t min, std::int64_t max);
    template <class Int>
    bool integer(std::string_view name, Int& out, std::int64_t min, std::int64_t max);
    bool number(std::string_view name, double& out, double min, double max);
    // Length limits count Unicode characters. Control characters other than tab and newline are
    // refused, so is U+0000.
    bool text(std::string_view name, std::string& out, std::size_t min, std::size_t max);
    bool time(std::string_view name, UnixMs& out);
    template <class E, std::size_t N>
    bool choice(std::string_view name, E& out, const Word<E> (&words)[N]);
    template <class E, std::size_t N>
    bool choices(std::string_view name, std::vector<E>& out, const Word<E> (&words)[N]);
    bool texts(
        std::string_view name,
        std::vector<std::string>& out,
        std::size_t count_max,
        std::size_t length_max
    );
    bool object(std::string_view name, const std::function<void(Reader&)>& read);
    bool
    objects(std::string_view name, std::size_t count_max, const std::function<void(Reader&)>& read);
    // Accepts any JSON and hands it over unread.
    bool raw(std::string_view name, Json& out);

    // Notes an error unless `name` is present (null counts as missing).
    void require(std::string_view name);
    [[nodiscard]] bool has(std::string_view name) const;
    // For rules across fields. `name` empty: the object itself.
    void reject(std::string_view name, std::string_view code, std::string detail);

    // The object's keys, for maps with free names; marks all of them as known.
    [[nodiscard]] std::vector<std::string> keys();

    // Every error, unknown fields last; nothing when all is well. `what` begins the detail.
    [[nodiscard]] std::optional<Fault> finish(std::string_view what = "the request");

private:
    const Json* find(std::string_view name);
    std::optional<std::size_t>
    pick(const std::string& pointer, const Json& value, const std::vector<std::string_view>& words);
    void wrong(const std::string& pointer, std::string_view code, std::string detail);
    [[nodiscard]] std::string at(std::string_view name) const;
    bool adopt(Reader& child);

    const Json& document_;
    std::string pointer_;
    std::vector<std::string> known_;
    std::vector<FieldError> errors_;
};

inline constexpr std::size_t choices_max = 64; // entries in one list of words

template <class Int>
bool Reader::integer(std::string_view name, Int& out, std::int64_t min, std::int64_t max) {
    std::int64_t wide = 0;
    if (!integer(name, wide, min, max))
        return false;
    out = static_cast<Int>(wide);
    return true;
}

template <class E, std::size_t N>
bool Reader::choice(std::string_view name, E& out, const Word<E> (&words)[N]) {
    const Json* value = find(name);
    if (!value)
        return false;
    std::vector<std::string_view> list;
    for (const Word<E>& w : words)
        list.push_back(w.word);
    const auto index = pick(at(name), *value, list);
    if (index)
        out = words[*index].value;
    return index.has_value();
}

template <class E, std::size_t N>
bool Reader::choices(std::string_view name, std::vector<E>& out, const Word<E> (&words)[N]) {
    const Json* value = find(name);
    if (!value)
        return false;
    if (!value->is_array() || value->size() > choices_max) {
        reject(name, "type", "must be a list of at most 64 words");
        return false;
    }
    std::vector<std::string_view> list;
    for (const Word<E>& w : words)
        list.push_back(w.word);
    const std::size_t before = errors_.size();
    for (std::size_t i = 0; i < value->size(); ++i) {
        const auto index = pick(at(name) + "/" + std::to_string(i), (*value)[i], list);
        if (index && std::find(out.begin(), out.end(), words[*index].value) == out.end())
            out.push_back(words[*index].value);
    }
    return errors_.size() == before;
}

// The near word for "did you mean", or empty: at most two edits and half the word.
[[nodiscard]] std::string_view
nearest_word(std::string_view word, const std::vector<std::string_view>& words);

// Number of Unicode characters in valid UTF-8.
[[nodiscard]] std::size_t utf8_length(std::string_view text);

} // namespace saiduan
