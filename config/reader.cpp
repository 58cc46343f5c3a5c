#include "config/reader.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <unordered_set>

namespace saiduan {
namespace {

constexpr std::size_t errors_max = 100; // enough to mend a form; bounds the answer's size
constexpr std::size_t shown_max = 40;   // characters of a wrong value that an error repeats

// nlohmann's DOM builder with the three checks it lacks: depth, duplicate keys, a byte position.
class StrictBuilder : public nlohmann::detail::json_sax_dom_parser<Json> {
    using Base = nlohmann::detail::json_sax_dom_parser<Json>;

public:
    explicit StrictBuilder(Json& root) : Base(root, false) {}

    bool start_object(std::size_t count) {
        keys_.emplace_back();
        return deeper() && Base::start_object(count);
    }
    bool end_object() {
        keys_.pop_back();
        --depth_;
        return Base::end_object();
    }
    bool start_array(std::size_t count) { return deeper() && Base::start_array(count); }
    bool end_array() {
        --depth_;
        return Base::end_array();
    }
    bool key(std::string& name) {
        auto& seen = keys_.back();
        if (std::find(seen.begin(), seen.end(), name) != seen.end()) {
            problem = "a field occurs twice in one object";
            return false;
        }
        seen.push_back(name);
        if (seen.size() > fields_max) {
            problem = "an object has too many fields";
            return false;
        }
        return Base::key(name);
    }
    template <class Exception>
    bool parse_error(std::size_t byte, const std::string&, const Exception&) {
        problem = fmt::format("not valid JSON at byte {}", byte);
        return false;
    }

    std::string problem;

private:
    static constexpr std::size_t fields_max = 1000; // keeps the duplicate scan from going quadratic

    bool deeper() {
        if (++depth_ <= json_depth_max)
            return true;
        problem = fmt::format("nested deeper than {} levels", json_depth_max);
        return false;
    }

    std::size_t depth_ = 0;
    std::vector<std::vector<std::string>> keys_;
};

std::string shown(const Json& value) {
    std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (text.size() <= shown_max)
        return text;
    std::size_t cut = shown_max;
    while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0U) == 0x80U)
        --cut;
    return text.substr(0, cut) + "…";
}

std::string escaped(std::string_view name) {
    std::string out;
    for (const char c : name)
        out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    return out;
}

bool has_control(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && c != '\n' && c != '\t' && c != '\r') || byte == 0x7F;
    });
}

std::size_t edits(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j)
        row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, change}));
        }
    }
    return row[b.size()];
}

} // namespace

Result<Json> parse_json(std::string_view text) {
    Json root;
    StrictBuilder builder{root};
    if (Json::sax_parse(text, &builder))
        return Result<Json>{boost::system::in_place_value, std::move(root)};
    return Fault{
        Errc::malformed, builder.problem.empty() ? "a number is out of range" : builder.problem
    };
}

Result<Json> read_json_file(const std::string& path, std::size_t bytes_max) {
    std::ifstream in{path, std::ios::binary | std::ios::ate};
    if (!in)
        return Fault{Errc::not_found, path + ": cannot be read"};
    const auto size = static_cast<std::int64_t>(in.tellg());
    if (size < 0 || static_cast<std::size_t>(size) > bytes_max)
        return Fault{Errc::invalid, fmt::format("{}: larger than {} bytes", path, bytes_max)};
    std::string text(static_cast<std::size_t>(size), '\0');
    in.seekg(0);
    if (!in.read(text.data(), size))
        return Fault{Errc::not_found, path + ": cannot be read"};
    Result<Json> parsed = parse_json(text);
    if (!parsed)
        return Fault{Errc::malformed, path + ": " + parsed.error().detail};
    return parsed;
}

std::string_view nearest_word(std::string_view word, const std::vector<std::string_view>& words) {
    constexpr std::size_t length_max = 64;
    std::string_view best;
    std::size_t best_edits = 3;
    if (word.size() > length_max)
        return best;
    for (const std::string_view candidate : words) {
        const std::size_t n = edits(word, candidate);
        if (n < best_edits && n * 2 <= candidate.size()) {
            best = candidate;
            best_edits = n;
        }
    }
    return best;
}

std::size_t utf8_length(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

Reader::Reader(const Json& document, std::string pointer)
    : document_(document), pointer_(std::move(pointer)) {
    if (!document.is_object())
        wrong(pointer_, "type", "must be a JSON object");
}

std::string Reader::at(std::string_view name) const {
    return name.empty() ? pointer_ : pointer_ + "/" + escaped(name);
}

const Json* Reader::find(std::string_view name) {
    known_.emplace_back(name);
    if (!document_.is_object())
        return nullptr;
    const auto it = document_.find(name);
    return it == document_.end() || it->is_null() ? nullptr : &*it;
}

bool Reader::has(std::string_view name) const {
    if (!document_.is_object())
        return false;
    const auto it = document_.find(name);
    return it != document_.end() && !it->is_null();
}

void Reader::wrong(const std::string& pointer, std::string_view code, std::string detail) {
    if (errors_.size() < errors_max)
        errors_.push_back({pointer, std::string{code}, std::move(detail)});
}

void Reader::reject(std::string_view name, std::string_view code, std::string detail) {
    wrong(at(name), code, std::move(detail));
}

void Reader::require(std::string_view name) {
    if (document_.is_object() && !has(name))
        wrong(at(name), "required", "is required");
}

bool Reader::boolean(std::string_view name, bool& out) {
    const Json* value = find(name);
    if (!value)
        return false;
    if (!value->is_boolean()) {
        reject(name, "type", "must be true or false, got " + shown(*value));
        return false;
    }
    out = value->get<bool>();
    return true;
}

bool Reader::boolean(std::string_view name, std::optional<bool>& out) {
    bool value = false;
    if (!boolean(name, value))
        return false;
    out = value;
    return true;
}

bool Reader::integer(std::string_view name, std::int64_t& out, std::int64_t min, std::int64_t max) {
    const Json* value = find(name);
    if (!value)
        return false;
    const bool huge = value->is_number_unsigned() &&
                      value->get<std::uint64_t>() >
                          static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (!value->is_number_integer()) {
        reject(name, "type", "must be a whole number, got " + shown(*value));
        return false;
    }
    if (huge || value->get<std::int64_t>() < min || value->get<std::int64_t>() > max) {
        reject(
            name, "range", fmt::format("must be between {} and {}, got {}", min, max, shown(*value))
        );
        return false;
    }
    out = value->get<std::int64_t>();
    return true;
}

bool Reader::number(std::string_view name, double& out, double min, double max) {
    const Json* value = find(name);
    if (!value)
        return false;
    if (!value->is_number()) {
        reject(name, "type", "must be a number, got " + shown(*value));
        return false;
    }
    const double read = value->get<double>();
    if (!std::isfinite(read) || read < min || read > max) {
        reject(
            name, "range", fmt::format("must be between {} and {}, got {}", min, max, shown(*value))
        );
        return false;
    }
    out = read;
    return true;
}

bool Reader::text(std::string_view name, std::string& out, std::size_t min, std::size_t max) {
    const Json* value = find(name);
    if (!value)
        return false;
    if (!value->is_string()) {
        reject(name, "type", "must be a text, got " + shown(*value));
        return false;
    }
    const auto& read = value->get_ref<const std::string&>();
    const std::size_t length = utf8_length(read);
    if (length < min || length > max) {
        reject(
            name, "length", fmt::format("must have {} to {} characters, got {}", min, max, length)
        );
        return false;
    }
    if (has_control(read)) {
        reject(name, "format", "must not contain control characters");
        return false;
    }
    out = read;
    return true;
}

bool Reader::time(std::string_view name, UnixMs& out) {
    constexpr std::size_t length_max = 40;
    std::string written;
    if (!text(name, written, 0, length_max))
        return false;
    const Result<UnixMs> read = parse_rfc3339(written);
    if (!read) {
        reject(name, "format", read.error().detail);
        return false;
    }
    out = *read;
    return true;
}

std::optional<std::size_t> Reader::pick(
    const std::string& pointer, const Json& value, const std::vector<std::string_view>& words
) {
    if (!value.is_string()) {
        wrong(pointer, "type", "must be a word, got " + shown(value));
        return std::nullopt;
    }
    const auto& word = value.get_ref<const std::string&>();
    const auto it = std::find(words.begin(), words.end(), word);
    if (it != words.end())
        return static_cast<std::size_t>(it - words.begin());
    const std::string_view near = nearest_word(word, words);
    wrong(
        pointer,
        "choice",
        near.empty()
            ? fmt::format("must be one of {}, got {}", fmt::join(words, ", "), shown(value))
            : fmt::format("{} is not known (did you mean \"{}\"?)", shown(value), near)
    );
    return std::nullopt;
}

bool Reader::texts(
    std::string_view name,
    std::vector<std::string>& out,
    std::size_t count_max,
    std::size_t length_max
) {
    const Json* value = find(name);
    if (!value)
        return false;
    if (!value->is_array() || value->size() > count_max) {
        reject(name, "type", fmt::format("must be a list of at most {} texts", count_max));
        return false;
    }
    const std::size_t before = errors_.size();
    std::vector<std::string> read;
    for (std::size_t i = 0; i < value->size(); ++i) {
        const Json& item = (*value)[i];
        if (!item.is_string() || utf8_length(item.get_ref<const std::string&>()) > length_max ||
            has_control(item.get_ref<const std::string&>()))
            wrong(
                at(name) + "/" + std::to_string(i),
                "type",
                fmt::format("must be a text of at most {} characters", length_max)
            );
        else
            read.push_back(item.get<std::string>());
    }
    if (errors_.size() != before)
        return false;
    out = std::move(read);
    return true;
}

bool Reader::adopt(Reader& child) {
    const auto bad = child.finish();
    if (!bad)
        return true;
    for (const FieldError& e : bad->fields)
        wrong(e.pointer, e.code, e.detail);
    return false;
}

bool Reader::object(std::string_view name, const std::function<void(Reader&)>& read) {
    const Json* value = find(name);
    if (!value)
        return false;
    Reader child{*value, at(name)};
    if (value->is_object())
        read(child);
    return adopt(child);
}

bool Reader::objects(
    std::string_view name, std::size_t count_max, const std::function<void(Reader&)>& read
) {
    const Json* value = find(name);
    if (!value)
        return false;
    if (!value->is_array() || value->size() > count_max) {
        reject(name, "type", fmt::format("must be a list of at most {} objects", count_max));
        return false;
    }
    bool right = true;
    for (std::size_t i = 0; i < value->size(); ++i) {
        Reader child{(*value)[i], at(name) + "/" + std::to_string(i)};
        if ((*value)[i].is_object())
            read(child);
        right = adopt(child) && right;
    }
    return right;
}

bool Reader::raw(std::string_view name, Json& out) {
    const Json* value = find(name);
    if (value)
        out = *value;
    return value != nullptr;
}

std::vector<std::string> Reader::keys() {
    std::vector<std::string> out;
    if (document_.is_object())
        for (const auto& [name, value] : document_.items())
            out.push_back(name);
    known_.insert(known_.end(), out.begin(), out.end());
    return out;
}

std::optional<Fault> Reader::finish(std::string_view what) {
    if (document_.is_object()) {
        const std::vector<std::string_view> known{known_.begin(), known_.end()};
        for (const auto& [name, value] : document_.items()) {
            if (std::find(known.begin(), known.end(), name) != known.end())
                continue;
            const std::string_view near = nearest_word(name, known);
            reject(
                name,
                "unknown",
                near.empty() ? std::string{"is not a known field"}
                             : fmt::format("is not a known field (did you mean \"{}\"?)", near)
            );
        }
    }
    if (errors_.empty())
        return std::nullopt;
    const std::size_t n = errors_.size();
    return Fault{
        Errc::invalid, fmt::format("{} has {} error{}", what, n, n == 1 ? "" : "s"), errors_
    };
}

} // namespace saiduan
