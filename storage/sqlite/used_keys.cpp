#include "storage/sqlite/used_keys.hpp"

namespace saiduan {

const UsedKey* UsedKeys::find(const std::string& mark) const {
    if (const auto changed = newest_.find(mark); changed != newest_.end()) {
        const std::optional<UsedKey>& key = changes_[changed->second].second;
        return key ? &*key : nullptr;
    }
    const auto it = stored_.find(mark);
    return it == stored_.end() ? nullptr : &it->second;
}

void UsedKeys::forget_of(ComplaintId complaint) {
    std::vector<std::string> marks;
    for (const auto& [mark, key] : stored_)
        if (key.complaint == complaint)
            marks.push_back(mark);
    for (const auto& [mark, key] : changes_)
        if (key && key->complaint == complaint)
            marks.push_back(mark);
    for (const std::string& mark : marks)
        if (const UsedKey* now = find(mark); now && now->complaint == complaint)
            change(mark, std::nullopt);
}

std::vector<std::int64_t> UsedKeys::forget_older_than(UnixMs limit_at, std::size_t limit) {
    std::vector<std::int64_t> rows;
    for (const auto& [mark, key] : stored_) {
        if (rows.size() == limit)
            break;
        if (key.created_at >= limit_at || newest_.contains(mark))
            continue;
        rows.push_back(key.row);
        change(mark, std::nullopt);
    }
    return rows;
}

void UsedKeys::job_undone() {
    changes_.resize(job_);
    newest_.clear();
    for (std::size_t i = 0; i < changes_.size(); ++i)
        newest_[changes_[i].first] = i;
}

void UsedKeys::committed() {
    for (auto& [mark, key] : changes_)
        if (key)
            stored_.insert_or_assign(std::move(mark), std::move(*key));
        else
            stored_.erase(mark);
    undone();
}

void UsedKeys::undone() {
    changes_.clear();
    newest_.clear();
}

void UsedKeys::change(const std::string& mark, std::optional<UsedKey> key) {
    newest_[mark] = changes_.size();
    changes_.emplace_back(mark, std::move(key));
}

} // namespace saiduan
