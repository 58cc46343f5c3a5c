// Owning handles for GEOS's C interface; private to geo.
#pragma once

#include <geos_c.h>

#include <memory>

namespace saiduan {

struct GeosDelete {
    GEOSContextHandle_t geos = nullptr;
    void operator()(GEOSGeometry* g) const { GEOSGeom_destroy_r(geos, g); }
    void operator()(GEOSCoordSequence* c) const { GEOSCoordSeq_destroy_r(geos, c); }
    void operator()(const GEOSPreparedGeometry* p) const { GEOSPreparedGeom_destroy_r(geos, p); }
};
using Geometry = std::unique_ptr<GEOSGeometry, GeosDelete>; // null: GEOS refused
using Coordinates = std::unique_ptr<GEOSCoordSequence, GeosDelete>;
using Prepared = std::unique_ptr<const GEOSPreparedGeometry, GeosDelete>;

class Geos {
public:
    Geos() : context_(GEOS_init_r()) {}
    ~Geos() { GEOS_finish_r(context_); }
    Geos(const Geos&) = delete;
    Geos& operator=(const Geos&) = delete;

    operator GEOSContextHandle_t() const { return context_; } // NOLINT: as C's functions want it
    [[nodiscard]] Geometry own(GEOSGeometry* g) const { return {g, GeosDelete{context_}}; }

private:
    GEOSContextHandle_t context_;
};

// The least box around a geometry.
struct Box {
    double x_min = 0, y_min = 0, x_max = 0, y_max = 0;

    [[nodiscard]] bool meets(const Box& b, double margin) const {
        return x_min - margin <= b.x_max && b.x_min - margin <= x_max &&
               y_min - margin <= b.y_max && b.y_min - margin <= y_max;
    }
};

inline Box box_of(const Geos& geos, const GEOSGeometry* geometry) {
    Box b;
    GEOSGeom_getXMin_r(geos, geometry, &b.x_min);
    GEOSGeom_getXMax_r(geos, geometry, &b.x_max);
    GEOSGeom_getYMin_r(geos, geometry, &b.y_min);
    GEOSGeom_getYMax_r(geos, geometry, &b.y_max);
    return b;
}

} // namespace saiduan
