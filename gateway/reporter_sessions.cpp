#include "gateway/reporter_sessions.hpp"

#include "gateway/secret_text.hpp"

namespace saiduan {

std::string ReporterSessions::begin(ComplaintId complaint, Key data, bool duress, UnixMs now) {
    expire(now);
    if (entries_.size() >= sessions_max) {
        by_mark_.erase(entries_.front().mark);
        entries_.pop_front();
    }
    std::string token = new_secret("sr_");
    const std::string mark = digest(token);
    entries_.push_back(
        {mark,
         std::make_shared<const ReporterSession>(
             ReporterSession{complaint, LockedKey{std::move(data)}, duress, now + lifetime_ms}
         )}
    );
    by_mark_[mark] = std::prev(entries_.end());
    return token;
}

std::shared_ptr<const ReporterSession> ReporterSessions::find(std::string_view token, UnixMs now) {
    const auto it = by_mark_.find(digest(token));
    if (it == by_mark_.end() || it->second->session->expires_at <= now)
        return nullptr;
    return it->second->session;
}

void ReporterSessions::end(std::string_view token) {
    const auto it = by_mark_.find(digest(token));
    if (it == by_mark_.end())
        return;
    entries_.erase(it->second);
    by_mark_.erase(it);
}

void ReporterSessions::expire(UnixMs now) {
    while (!entries_.empty() && entries_.front().session->expires_at <= now) {
        by_mark_.erase(entries_.front().mark);
        entries_.pop_front();
    }
}

} // namespace saiduan
