// The MTA-STS policies of a server's domains, as they are needed: the record is looked up for each
// attempt, the policy fetched where its id is new, and one that is kept applies until it expires
// (RFC 8461 3.1, 3.3, 5.1). A record that cannot be looked up counts as missing.
#pragma once

#include "harness/servers/embedded/https_client.hpp"
#include "harness/servers/embedded/lab_clock.hpp"
#include "harness/servers/embedded/log.hpp"
#include "harness/servers/embedded/mutants.hpp"
#include "harness/servers/embedded/resolver.hpp"
#include "harness/servers/embedded/sts_cache.hpp"
#include "harness/servers/embedded/sts_fetch.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace smtprig::embedded {

struct StsSettings {
  fakes::tls::TrustStore roots;  // may be empty: no policy host is trusted
  std::uint16_t https_port = 443;
  std::chrono::milliseconds time{60'000};  // of a fetch
  LabClock clock;
  Mutants mutants;
  const Log* log = nullptr;
};

class StsSource {
 public:
  // `resolver` must outlive it.
  StsSource(Resolver& resolver, StsSettings settings);

  // The policy that is valid for the domain; null: there is none. Never throws for what peers do.
  boost::asio::awaitable<std::shared_ptr<const StsPolicy>> policy_of(std::string domain);
  // Why the policy of the domain's present record could not be had; null: it could, or there is no
  // record. Valid until the next policy_of().
  const StsFetch* failure_of(std::string_view domain) const;

 private:
  boost::asio::awaitable<StsRecord> find_record(std::string domain);
  boost::asio::awaitable<void> refresh(std::string domain, StsRecord record);

  Resolver& resolver_;
  StsSettings settings_;
  StsCache cache_;
  std::map<std::string, StsFetch, std::less<>> failed_;  // for reports
};

}  // namespace smtprig::embedded
