// An MTA-STS policy (RFC 8461 3.2): the body that a policy host serves, read by the grammar, and
// which MX hosts it names (4.1). Pure; fetching and keeping are elsewhere (sts_cache.hpp).
#pragma once

#include "harness/servers/embedded/mutants.hpp"

#include <boost/system/result.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace smtprig::embedded {

// RFC 8461 3.3 suggests 64 kilobytes.
inline constexpr std::size_t sts_policy_bytes_max = 65'536;
inline constexpr std::chrono::seconds sts_max_age_max{31'557'600};  // RFC 8461 3.2

enum class StsMode { enforce, testing, none };
std::string_view name(StsMode mode);  // "enforce"

struct StsPolicy {
  StsMode mode = StsMode::none;
  std::vector<std::string> mx;  // patterns in lower case; empty only with mode none
  std::chrono::seconds max_age{0};
  std::vector<std::string> lines;  // as published, for reports (RFC 8460 4.5)
  bool operator==(const StsPolicy&) const = default;
};

struct StsPolicyError {
  std::size_t line = 0;  // from 1; 0: of the whole
  std::string reason;
  std::string text() const;  // "line 2: ..."
};

// Lines end in CRLF or LF, the last may do without. Unknown fields are ignored, of repeated ones
// other than mx the first counts. Names and values are case-sensitive, but for the patterns of mx.
// A max_age above the maximum and a pattern that is not in the grammar are errors: such a policy is
// not applied.
boost::system::result<StsPolicy, StsPolicyError> parse_sts_policy(std::string_view body);

// Whether a policy's patterns name the host of an MX record. Case and a final dot do not matter; a
// wildcard stands for one label, the left-most. Names are compared in the form of the DNS.
bool names_mx(const StsPolicy& policy, std::string_view host, const Mutants& mutants = {});
bool sts_pattern_matches(std::string_view pattern, std::string_view host);

// RFC 8461 3.2: text/plain, with any parameters, in any case.
bool is_sts_media_type(std::string_view content_type);

// Where a policy is served. `domain`: the Policy Domain, without final dot.
std::string sts_policy_host(std::string_view domain);  // "mta-sts.example.com"
inline constexpr std::string_view sts_policy_path = "/.well-known/mta-sts.txt";

}  // namespace smtprig::embedded
