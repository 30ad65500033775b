// A policy of the user's own: one level for mail to every domain but those of its exceptions, as an
// operator writes it: "may, but secure for these ten domains". Levels are outbound policies.
//
// An exception names recipient domains by their paths: "cert/expired" is the domain of that
// scenario, "domains/shared-mx/partner" the domain "partner" of another one. A pattern is a prefix
// ("cert": all domains of all scenarios below it) or a glob ("*/partner").
#pragma once

#include <compare>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/system/result.hpp>

#include "harness/model/policy.hpp"

namespace smtprig::model {

struct PolicyException {
  Policy level = Policy::none;
  std::vector<std::string> domains;  // patterns
  bool operator==(const PolicyException&) const = default;
};

inline constexpr std::size_t own_policy_name_bytes_max = 40;  // of 63 (RFC 1035 2.3.4)

struct OwnPolicy {
  std::string name;  // lower-case letters, digits and hyphens; not that of a Policy
  Policy fallback = Policy::none;
  std::vector<PolicyException> exceptions;
  bool operator==(const OwnPolicy&) const = default;

  // The level of a domain, by its path: that of the first exception that names it.
  Policy level(const std::string& path) const;
  bool has_level(Policy policy) const;

  // "partners = may, secure: cert/expired */partner, verify: starttls"
  std::string text() const;
};

// What is wrong with its name, levels and domains; empty: nothing.
std::string problem_of(const OwnPolicy& policy);

// Those of a run or a project.
using OwnPolicies = std::vector<std::shared_ptr<const OwnPolicy>>;

// What a column of cells bears: a policy, or the name of one of the user's own, which come last.
struct PolicyLabel {
  PolicyLabel() = default;
  PolicyLabel(Policy plain) : policy(plain) {}
  PolicyLabel(Policy plain, std::string own_name)
      : own(std::move(own_name)), policy(own.empty() ? plain : Policy::none) {}

  std::string own;  // empty: `policy`
  Policy policy = Policy::none;
  auto operator<=>(const PolicyLabel&) const = default;
};
inline std::string_view name(const PolicyLabel& label) {
  return label.own.empty() ? name(label.policy) : std::string_view(label.own);
}

struct OwnPolicyError {
  std::string text;  // one line
};

// Reads text(). The name and its "=" may be missing: "may, secure: cert" is then named
// "may-but-secure".
boost::system::result<OwnPolicy, OwnPolicyError> own_policy_of(std::string_view text);

}  // namespace smtprig::model
