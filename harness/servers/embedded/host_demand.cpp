// See host_demand.hpp.
#include "harness/servers/embedded/host_demand.hpp"

#include <fmt/format.h>

#include <utility>

namespace smtprig::embedded {
namespace {

using model::Policy;
using Tls = HostDemand::Tls;
using Kind = DaneFinding::Kind;

// RFC 8460 4.3.3: no type of its own fits an MX host that the policy does not name.
constexpr const char* mx_not_named = "validation-failure";

bool knows_dane(Policy policy) {
  return policy == Policy::dane || policy == Policy::dane_only || policy == Policy::dane_mta_sts;
}

bool knows_sts(Policy policy) {
  return policy == Policy::mta_sts || policy == Policy::dane_mta_sts;
}

void pass_over(HostDemand& demand, std::string cause, std::string reason) {
  demand.usable = false;
  demand.cause = std::move(cause);
  demand.reason = std::move(reason);
}

void demand_locally(HostDemand& demand, Policy policy) {
  switch (policy) {
    case Policy::none:
      demand.tls = Tls::never;
      break;
    case Policy::encrypt:
      demand.tls = Tls::required;
      break;
    case Policy::fingerprint:
    case Policy::verify:
    case Policy::secure:
      demand.tls = Tls::required;
      demand.local = true;
      break;
    default:
      break;
  }
}

// RFC 7672 2.2. True: DANE decides, whatever else is published.
bool demand_by_dane(HostDemand& demand, const HostSituation& situation) {
  // RFC 7672 2.2.1 permits DANE behind an insecure MX record set; here it is not used there.
  const Kind kind = situation.mx_secure ? situation.dane.kind : Kind::opportunistic;
  switch (kind) {
    case Kind::failed:
      pass_over(demand, "dnssec-invalid", situation.dane.reason);
      return true;
    case Kind::usable:
      demand.tls = Tls::required;
      demand.dane = true;
      demand.sni = situation.dane.base_domain;
      return true;
    case Kind::unusable:
      demand.tls = Tls::required;
      demand.sni = situation.dane.base_domain;
      return false;
    case Kind::opportunistic:
      return false;
  }
  return false;
}

// RFC 7672 2.2, 6: what is not authenticated by DANE is not used.
void demand_dane_only(HostDemand& demand, const HostSituation& situation) {
  if (!demand.usable || demand.dane) return;
  if (situation.mx_secure && situation.dane.kind == Kind::unusable) {
    pass_over(demand, "tlsa-invalid", situation.dane.reason);
  } else {
    pass_over(demand, "dane-required",
              situation.mx_secure
                  ? fmt::format("no secure TLSA record of {}", situation.mx_host)
                  : fmt::format("{} was found by an insecure answer", situation.mx_host));
  }
}

void demand_by_sts(HostDemand& demand, const HostSituation& situation) {
  if (!situation.sts || situation.sts->mode == StsMode::none) return;
  const bool named = names_mx(*situation.sts, situation.mx_host);
  if (situation.sts->mode == StsMode::testing) {
    demand.sts_watched = true;
    if (!named) demand.watched_cause = mx_not_named;
    return;
  }
  if (!named) {
    return pass_over(demand, mx_not_named,
                     fmt::format("{} is not in the MTA-STS policy", situation.mx_host));
  }
  demand.tls = Tls::required;
  demand.sts = true;
  demand.sni = situation.mx_host;
}

// RFC 8689 4.2.1. What the policy demands holds too.
void demand_requiretls(HostDemand& demand, const HostSituation& situation) {
  if (!demand.usable) return;
  if (demand.tls == Tls::never) {
    pass_over(demand, "validation-failure", "REQUIRETLS: the policy has no TLS");
    demand.permanent = true;
    return;
  }
  const bool named = situation.sts && situation.sts->mode != StsMode::none &&
                     names_mx(*situation.sts, situation.mx_host);
  if (!situation.mx_secure && !named) {
    pass_over(demand, mx_not_named,
              fmt::format("REQUIRETLS: nothing vouches for the name {}", situation.mx_host));
    demand.permanent = true;
    return;
  }
  demand.tls = Tls::required;
  demand.requiretls = true;
  demand.host_name = !demand.dane && !demand.sts;
}

}  // namespace

HostDemand demand_of(const HostSituation& situation) {
  HostDemand demand;
  demand.sni = situation.mx_host;
  const Policy policy = situation.policy;
  demand_locally(demand, policy);
  // RFC 8689 3: what the recipient's domain asserts is ignored; a local policy is not its
  // assertion.
  const bool ignored = situation.message == MessageTls::not_required && policy != Policy::dane_only;
  const bool decided = !ignored && knows_dane(policy) && demand_by_dane(demand, situation);
  if (policy == Policy::dane_only) demand_dane_only(demand, situation);
  if (!ignored && !decided && knows_sts(policy)) demand_by_sts(demand, situation);
  if (situation.message == MessageTls::required) demand_requiretls(demand, situation);
  return demand;
}

}  // namespace smtprig::embedded
