// What geo concludes from a point. Values only.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace saiduan {

// WGS 84. accuracy_m is the radius the device claims, 0 to 100,000 m.
struct Point {
    double latitude = 0;  // -90 to 90
    double longitude = 0; // -180 to 180
    double accuracy_m = 0;
};

// The offices responsible at a place; ids of config/geo/jurisdictions.json. Empty: none is.
struct Jurisdiction {
    std::string labour; // labour protection office
    std::string police; // police region
    std::string ticac;  // one national unit
    bool operator==(const Jurisdiction&) const = default;
};

// `province` is an ISO 3166-2 code (TH-10, MM-13) or empty (open sea, or a country not in the
// data). `certain` is false when another province lies within the accuracy plus the error of the
// line between the two: 3 km for the shipped lines, none for an operator's own.
struct Place {
    std::string country; // ISO 3166-1 alpha-2, or empty on the open sea and in unknown lands
    std::string province;
    std::string province_en;
    std::string province_th;
    bool certain = false;
    bool offshore = false;                       // on the sea; province is then the nearest coast's
    std::vector<std::string> alternates;         // other possible provinces, nearest first
    std::string near;                            // nearest named place, in Latin letters
    std::optional<double> distance_to_border_km; // to Thailand's land border, from either side
    Jurisdiction jurisdiction;
    bool operator==(const Place&) const = default;
};

} // namespace saiduan
