// MTA-STS policies that were fetched, by policy domain (RFC 8461 3.3, 5.1). Pure: the time is
// passed in, looking up the record and fetching are the caller's:
//
//   if (cache.wants_fetch(domain, record, now))
//     fetched ? cache.keep(domain, record.id, policy, now) : cache.fetch_failed(domain, record.id,
//     now);
//   policy = cache.find(domain, now);
//
// A record that is missing or malformed and a fetch that fails take nothing away from a policy that
// has not expired: it applies. The same is asked again before a message is given up (5.1 step 3).
#pragma once

#include "harness/servers/embedded/sts_policy.hpp"
#include "harness/servers/embedded/sts_record.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace smtprig::embedded {

class StsCache {
 public:
  using Clock = std::chrono::system_clock;
  using Time = Clock::time_point;

  struct Entry {
    std::string id;  // of the record by which it was fetched
    StsPolicy policy;
    Time fetched;
  };

  struct Limits {
    // RFC 8461 3.3: five minutes or longer between attempts at one id.
    std::chrono::seconds retry{300};
    // Ibid.: policies are refreshed before they expire, daily for one.
    std::chrono::seconds refresh{86'400};
    std::size_t domains_max = 10'000;  // the one that was fetched longest ago makes room
  };

  StsCache() = default;
  explicit StsCache(Limits limits) : limits_(limits) {}

  // Whether the policy host is to be asked now: the record has an id, no policy of that id is
  // valid, and no fetch of that id has failed of late.
  bool wants_fetch(std::string_view domain, const StsRecord& record, Time now) const;

  // A policy was fetched, of whatever mode. It replaces the one before and begins to age.
  void keep(std::string_view domain, std::string_view id, StsPolicy policy, Time now);
  // None could be had under this id: no answer, not 200, no valid certificate, no valid policy.
  void fetch_failed(std::string_view domain, std::string_view id, Time now);

  // The policy that is valid: not older than its max_age. nullptr: none. One of mode none is an
  // entry too, and means that there is no policy (RFC 8461 5, 8.3). Valid until the next call that
  // is not const.
  const Entry* find(std::string_view domain, Time now) const;

  // Whether a failure of lookup or fetch is to be reported (RFC 8461 6): there is a record, or a
  // valid policy whose mode is not none.
  bool failure_is_reportable(std::string_view domain, const StsRecord& record, Time now) const;

  // Domains whose policy is valid and was fetched longer ago than Limits::refresh.
  std::vector<std::string> due(Time now) const;

  std::size_t size() const { return entries_.size(); }

 private:
  struct Failure {
    std::string id;
    Time at;
  };

  void make_room(Time now);

  Limits limits_ = {};
  std::map<std::string, Entry, std::less<>> entries_;     // by domain in lower case
  std::map<std::string, Failure, std::less<>> failures_;  // the last of each domain
};

}  // namespace smtprig::embedded
