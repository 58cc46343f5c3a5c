// The agencies the record knows, their numbers and the versions of their queues. Thread-safe;
// agencies are only ever added.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

namespace saiduan {

inline constexpr std::size_t agencies_max = 64; // one bit each in a batch's set of touched queues

class AgencyBook {
public:
    // Adds an agency that is known to the tables.
    void add(const std::string& key, std::int64_t number) {
        const std::unique_lock lock{mutex_};
        entries_.emplace_back(key, number);
    }

    // The agency's number, or 0.
    [[nodiscard]] std::int64_t number_of(const std::string& key) const {
        const std::shared_lock lock{mutex_};
        const Entry* entry = find(key);
        return entry ? entry->number : 0;
    }

    [[nodiscard]] std::uint64_t version_of(const std::string& key) const {
        const std::shared_lock lock{mutex_};
        const Entry* entry = find(key);
        return entry ? entry->version.load() : 0;
    }

    // A set with this queue's bit.
    [[nodiscard]] std::uint64_t bit_of(const std::string& key) const {
        const std::shared_lock lock{mutex_};
        for (std::size_t i = 0; i < entries_.size(); ++i)
            if (entries_[i].key == key)
                return std::uint64_t{1} << i;
        return 0;
    }

    // Raises the versions of a set of queues; returns their keys.
    std::vector<std::string> touch(std::uint64_t set) {
        const std::shared_lock lock{mutex_};
        std::vector<std::string> keys;
        for (std::size_t i = 0; i < entries_.size(); ++i)
            if ((set >> i & 1U) != 0) {
                entries_[i].version.fetch_add(1);
                keys.push_back(entries_[i].key);
            }
        return keys;
    }

private:
    struct Entry {
        Entry(std::string k, std::int64_t n) : key(std::move(k)), number(n) {}
        std::string key;
        std::int64_t number;
        std::atomic<std::uint64_t> version = 1;
    };

    [[nodiscard]] const Entry* find(const std::string& key) const {
        for (const Entry& entry : entries_)
            if (entry.key == key)
                return &entry;
        return nullptr;
    }

    mutable std::shared_mutex mutex_;
    std::deque<Entry> entries_; // guarded by mutex_
};

} // namespace saiduan
