// Reporters who have shown their receipt: short-lived, in memory only. I/O thread only.
#pragma once

#include "config/time.hpp"
#include "storage/cases.hpp"
#include "storage/vault/secret.hpp"

#include <list>
#include <memory>
#include <string>
#include <unordered_map>

namespace saiduan {

struct ReporterSession {
    ComplaintId complaint = 0;
    LockedKey data; // opens the complaint
    bool duress = false;
    UnixMs expires_at = 0;
};

class ReporterSessions {
public:
    static constexpr UnixMs lifetime_ms = 15LL * 60'000;
    static constexpr std::size_t sessions_max = 10'000; // beyond, the oldest ends

    // Returns the token's text, which is kept nowhere.
    [[nodiscard]] std::string begin(ComplaintId complaint, Key data, bool duress, UnixMs now);
    // Null when it is unknown or has expired. Valid as long as the pointer is held.
    [[nodiscard]] std::shared_ptr<const ReporterSession> find(std::string_view token, UnixMs now);
    void end(std::string_view token);
    void expire(UnixMs now);

private:
    struct Entry {
        std::string mark; // digest of the token
        std::shared_ptr<const ReporterSession> session;
    };
    std::list<Entry> entries_; // oldest first
    std::unordered_map<std::string, std::list<Entry>::iterator> by_mark_;
};

} // namespace saiduan
