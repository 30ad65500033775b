// See sts_cache.hpp.
#include "harness/servers/embedded/sts_cache.hpp"

#include <boost/algorithm/string/case_conv.hpp>

#include <algorithm>
#include <utility>

namespace smtprig::embedded {
namespace {

std::string cache_key(std::string_view domain) {
  if (domain.ends_with('.')) domain.remove_suffix(1);
  return boost::algorithm::to_lower_copy(std::string(domain));
}

// RFC 8461 5.1: the time since the fetch has not exceeded max_age; a clock that was set back ends
// nothing.
bool is_valid(const StsCache::Entry& entry, StsCache::Time now) {
  return now - entry.fetched <= entry.policy.max_age;
}

}  // namespace

bool StsCache::wants_fetch(std::string_view domain, const StsRecord& record, Time now) const {
  if (record.id.empty()) return false;
  const Entry* entry = find(domain, now);
  if (entry && entry->id == record.id) return false;
  const auto failure = failures_.find(cache_key(domain));
  return failure == failures_.end() || failure->second.id != record.id ||
         now < failure->second.at || now - failure->second.at >= limits_.retry;
}

void StsCache::keep(std::string_view domain, std::string_view id, StsPolicy policy, Time now) {
  const std::string key = cache_key(domain);
  failures_.erase(key);
  entries_.insert_or_assign(key, Entry{std::string(id), std::move(policy), now});
  make_room(now);
}

void StsCache::fetch_failed(std::string_view domain, std::string_view id, Time now) {
  failures_.insert_or_assign(cache_key(domain), Failure{std::string(id), now});
  make_room(now);
}

const StsCache::Entry* StsCache::find(std::string_view domain, Time now) const {
  const auto found = entries_.find(cache_key(domain));
  return found != entries_.end() && is_valid(found->second, now) ? &found->second : nullptr;
}

bool StsCache::failure_is_reportable(std::string_view domain, const StsRecord& record,
                                     Time now) const {
  const Entry* entry = find(domain, now);
  return !record.id.empty() || (entry && entry->policy.mode != StsMode::none);
}

std::vector<std::string> StsCache::due(Time now) const {
  std::vector<std::string> domains;
  for (const auto& [domain, entry] : entries_)
    if (is_valid(entry, now) && now - entry.fetched >= limits_.refresh) domains.push_back(domain);
  return domains;
}

void StsCache::make_room(Time now) {
  if (entries_.size() > limits_.domains_max) {
    std::erase_if(entries_, [now](const auto& each) { return !is_valid(each.second, now); });
  }
  while (entries_.size() > limits_.domains_max) {
    entries_.erase(std::ranges::min_element(entries_, {},
                                            [](const auto& each) { return each.second.fetched; }));
  }
  if (failures_.size() > limits_.domains_max) {
    std::erase_if(failures_,
                  [&](const auto& each) { return now - each.second.at >= limits_.retry; });
  }
  while (failures_.size() > limits_.domains_max) {
    failures_.erase(
        std::ranges::min_element(failures_, {}, [](const auto& each) { return each.second.at; }));
  }
}

}  // namespace smtprig::embedded
