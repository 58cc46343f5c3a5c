#include "config/fault.hpp"

#include <stdexcept>

namespace saiduan {

void throw_exception_from_error(const Fault& fault, const boost::source_location& where) {
    throw std::logic_error("unchecked fault: " + fault.detail + " at " + where.to_string());
}

} // namespace saiduan
