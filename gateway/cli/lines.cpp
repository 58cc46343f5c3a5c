// triage and locate: JSON lines in, JSON lines out, nothing lost on a bad line.
#include "gateway/cli/commands.hpp"
#include "gateway/settings.hpp"
#include "geo/atlas.hpp"
#include "geo/place_text.hpp"
#include "triage/assessment_text.hpp"
#include "triage/triage.hpp"

#include <fmt/format.h>

#include <functional>
#include <iostream>

namespace saiduan {
namespace {

constexpr std::size_t line_bytes_max = 1 << 20;

std::string error_text(const Fault& fault) {
    Json out{{"error", fault.detail}};
    for (const FieldError& e : fault.fields)
        out["errors"].push_back({{"pointer", e.pointer}, {"code", e.code}, {"detail", e.detail}});
    return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// A JSON object as text for one line.
using AnswerLine = std::function<Result<std::string>(const Json&)>;

// Answers every line with one line, its id first; a wrong one with its errors. Returns how many
// were wrong.
std::size_t each_line(const AnswerLine& answer) {
    std::ios::sync_with_stdio(false);
    std::cin.tie(nullptr);
    std::size_t wrong = 0;
    std::string line;
    while (std::getline(std::cin, line)) {
        if (line.empty() || line == "\r")
            continue;
        Result<Json> document =
            line.size() > line_bytes_max
                ? Result<Json>{Fault{Errc::malformed, "the line is longer than 1 MiB"}}
                : parse_json(line);
        Json id;
        if (document && document->is_object() && document->contains("id")) {
            id = (*document)["id"];
            document->erase("id");
        }
        const Result<std::string> out =
            document ? answer(*document) : Result<std::string>{document.error()};
        wrong += out ? 0 : 1;
        const std::string row = out ? *out : error_text(out.error());
        std::cout << "{\"id\":" << id.dump(-1, ' ', false, Json::error_handler_t::replace) << ','
                  << std::string_view{row}.substr(1) << '\n';
        if (std::cin.rdbuf()->in_avail() <= 0)
            std::cout.flush(); // somebody may be waiting for this line
    }
    std::cout.flush();
    return wrong;
}

int finish(std::size_t wrong) {
    return wrong == 0
               ? 0
               : fail(fmt::format("{} line(s) had errors, see \"error\" in the output", wrong));
}

} // namespace

int triage_lines(const Paths& paths) {
    const auto settings = Settings::load(paths.config);
    if (!settings)
        return fail(to_lines(settings.error()));
    const auto rules = Rules::load(settings->triage_directory);
    if (!rules)
        return fail(to_lines(rules.error()));
    return finish(each_line([&](const Json& document) -> Result<std::string> {
        const Result<Complaint> complaint = Complaint::parse(document);
        if (!complaint)
            return complaint.error();
        return assessment_text((*rules)->assess(*complaint));
    }));
}

int locate_lines(const Paths& paths, const std::string& boundaries) {
    const auto settings = Settings::load(paths.config);
    if (!settings)
        return fail(to_lines(settings.error()));
    const auto atlas = Atlas::load(
        settings->geo_directory, boundaries.empty() ? settings->boundaries_file : boundaries
    );
    if (!atlas)
        return fail(to_lines(atlas.error()));
    return finish(each_line([&](const Json& document) -> Result<std::string> {
        Point point;
        Reader in{document};
        in.require("latitude");
        in.require("longitude");
        in.number("latitude", point.latitude, -90, 90);
        in.number("longitude", point.longitude, -180, 180);
        in.number("accuracy_m", point.accuracy_m, 0, 100'000);
        if (const auto bad = in.finish("the line"))
            return *bad;
        return place_text((*atlas)->locate(point));
    }));
}

} // namespace saiduan
