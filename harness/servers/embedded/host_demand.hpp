// What a session with one MX host has to be like: the local policy, what DANE and MTA-STS say of
// the host, and what the message asks for (RFC 8689), made one demand. Pure. Where DANE
// authenticates the host, an MTA-STS policy is not asked too (RFC 8461 2: it never overrides a
// failing DANE; whether it may refuse what DANE accepts is open).
#pragma once

#include "harness/model/policy.hpp"
#include "harness/servers/embedded/sts_policy.hpp"
#include "harness/servers/embedded/tlsa.hpp"

#include <string>

namespace smtprig::embedded {

// How a message is tagged (RFC 8689 4.1).
enum class MessageTls {
  as_policy,
  required,      // REQUIRETLS
  not_required,  // TLS-Required: No
};

struct HostSituation {
  model::Policy policy = model::Policy::may;
  std::string mx_host;     // as in the MX record, or the next-hop domain
  bool mx_secure = false;  // the MX record set, or its secure absence with a secure address
  DaneFinding dane;        // with the policies that know DANE
  // The valid policy of the domain, nullptr for none. Apart from the policies that know MTA-STS it
  // counts for MessageTls::required alone.
  const StsPolicy* sts = nullptr;
  MessageTls message = MessageTls::as_policy;
};

struct HostDemand {
  enum class Tls { never, opportunistic, required };

  bool usable = true;      // else the host is passed over, before any connection to it
  bool permanent = false;  // passed over for good: no later attempt will find it otherwise
  std::string cause;       // if not usable: result type of RFC 8460 4.3
  std::string reason;

  Tls tls = Tls::opportunistic;
  // What the certificate must meet, all of it; with none of these it does not matter.
  bool local = false;       // the rule of the policy: fingerprint, verify, secure
  bool dane = false;        // HostSituation::dane's records
  bool sts = false;         // RFC 8461 4.2: trusted, and a DNS-ID for the MX host
  bool host_name = false;   // RFC 8689 4.2.1: trusted, and a DNS-ID or CN-ID for the MX host
  bool requiretls = false;  // offered inside TLS, and said on MAIL (RFC 8689 4.2.1)
  // RFC 8461 5, mode testing: what `sts` would demand is looked at for reports only, and what is
  // known to fail already.
  bool sts_watched = false;
  std::string watched_cause;
  std::string sni;  // RFC 7672 8.1, RFC 8461 7.1
};

HostDemand demand_of(const HostSituation& situation);

}  // namespace smtprig::embedded
