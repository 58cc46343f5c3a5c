#include "gateway/watch.hpp"

namespace saiduan {

Task<void> Watch::wait(std::string agency, std::chrono::milliseconds limit) {
    Timer timer{io_, limit};
    auto& list = waiting_[agency];
    const auto place = list.insert(list.end(), &timer);
    co_await timer.async_wait(as_result);
    list.erase(place);
}

void Watch::changed(const std::vector<std::string>& agencies) {
    for (const std::string& agency : agencies)
        for (Timer* timer : waiting_[agency])
            timer->cancel();
}

void Watch::wake_all() {
    for (auto& [agency, list] : waiting_)
        for (Timer* timer : list)
            timer->cancel();
}

} // namespace saiduan
