// Fetching a policy from its host (RFC 8461 3.3), and what a failure is called in reports (RFC 8460
// 4.3.2.2).
#pragma once

#include "harness/servers/embedded/https_client.hpp"
#include "harness/servers/embedded/mutants.hpp"
#include "harness/servers/embedded/sts_policy.hpp"

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string>
#include <vector>

namespace smtprig::embedded {

struct StsFetch {
  std::optional<StsPolicy> policy;
  std::string cause;  // if there is none: "sts-policy-fetch-error", "sts-policy-invalid", ...
  std::string reason;
};

// Pure: what an answer is worth.
StsFetch sts_policy_from(const HttpsAnswer& answer, const Mutants& mutants = {});

// `domain`: the Policy Domain. `addresses`: of sts_policy_host(domain).
boost::asio::awaitable<StsFetch> fetch_sts_policy(std::string domain,
                                                  std::vector<boost::asio::ip::address> addresses,
                                                  std::uint16_t port, HttpsSettings settings,
                                                  Mutants mutants = {});

}  // namespace smtprig::embedded
