// Which TLS policy holds for which recipient domain. Lines of a policy file are
//   domain policy [pin|pin...]        # a comment
// where a pin is the SHA-256 of a certificate's DER in lower-case hex. Domains match exactly (no
// subdomains).
#pragma once

#include "harness/model/policy.hpp"

#include <boost/system/result.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace smtprig::embedded {

struct ConfigError {
  std::string message;
};

struct PolicyEntry {
  model::Policy policy = model::Policy::may;
  std::vector<std::string> pins;
};

class PolicyTable {
 public:
  PolicyTable() = default;
  explicit PolicyTable(model::Policy fallback) { default_.policy = fallback; }

  // The domain must be new to the table.
  boost::system::result<void, ConfigError> add(std::string_view domain, std::string_view policy,
                                               std::vector<std::string> pins);
  // All lines of a policy file; errors begin with "line N: ".
  boost::system::result<void, ConfigError> add_lines(std::string_view text);

  const PolicyEntry& find(std::string_view domain) const;  // any case
  std::size_t size() const { return entries_.size(); }

 private:
  PolicyEntry default_;
  std::map<std::string, PolicyEntry, std::less<>> entries_;
};

// An outbound policy.
boost::system::result<model::Policy, ConfigError> supported_policy(std::string_view name);

}  // namespace smtprig::embedded
