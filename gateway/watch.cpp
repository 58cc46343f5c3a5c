#include "gateway/watch.hpp"

namespace saiduan {

Task<bool> Watch::wait(std::string agency, std::chrono::milliseconds limit) {
    if (count_ >= waiting_max_)
        co_return false;
    ++count_;
    Timer timer{io_, limit};
    auto& list = waiting_[agency];
    const auto place = list.insert(list.end(), &timer);
    co_await timer.async_wait(as_result);
    list.erase(place);
    --count_;
    co_return true;
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
