// triage and locate: JSON lines in, JSON lines out, nothing lost on a bad line.
#include "gateway/cli/commands.hpp"
#include "gateway/settings.hpp"
#include "geo/atlas.hpp"
#include "geo/place_json.hpp"
#include "triage/assessment_json.hpp"
#include "triage/triage.hpp"

#include <fmt/format.h>

#include <functional>
#include <iostream>

namespace saiduan {
namespace {

constexpr std::size_t line_bytes_max = 1 << 20;

Json error_line(const Fault& fault) {
    Json out{{"error", fault.detail}};
    for (const FieldError& e : fault.fields)
        out["errors"].push_back({{"pointer", e.pointer}, {"code", e.code}, {"detail", e.detail}});
    return out;
}

// Answers every line with one line; a wrong one with its errors. Returns how many were wrong.
std::size_t each_line(const std::function<Result<Json>(const Json&)>& answer) {
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
        Result<Json> out = document ? answer(*document) : document;
        wrong += out ? 0 : 1;
        Json row = out ? std::move(*out) : error_line(out.error());
        row["id"] = std::move(id);
        std::cout << row.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
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
    return finish(each_line([&](const Json& document) -> Result<Json> {
        const Result<Complaint> complaint = Complaint::parse(document);
        if (!complaint)
            return complaint.error();
        return Result<Json>{
            boost::system::in_place_value, assessment_to_json((*rules)->assess(*complaint))
        };
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
    return finish(each_line([&](const Json& document) -> Result<Json> {
        Point point;
        Reader in{document};
        in.require("latitude");
        in.require("longitude");
        in.number("latitude", point.latitude, -90, 90);
        in.number("longitude", point.longitude, -180, 180);
        in.number("accuracy_m", point.accuracy_m, 0, 100'000);
        if (const auto bad = in.finish("the line"))
            return *bad;
        return Result<Json>{boost::system::in_place_value, place_to_json((*atlas)->locate(point))};
    }));
}

} // namespace saiduan
