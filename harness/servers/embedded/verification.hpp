// Does a peer's certificate meet the policy? Pure: a chain as sent, roots, names and a time in, an
// answer out.
//   fingerprint  SHA-256 of the leaf is among the pins; issuer, names and dates do not count
//   verify       trusted chain, dates, EKU serverAuth; the leaf names the MX host
//   secure       the same chain; the leaf names the next-hop domain or a name below it
// It does not fetch missing intermediates and does not look at revocation.
#pragma once

#include "harness/model/policy.hpp"
#include "harness/servers/embedded/mutants.hpp"

#include <openssl/types.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace smtprig::embedded {

// In the words that Postfix logs.
enum class Trust {
  anonymous,  // no certificate
  untrusted,  // no trusted chain, or dates or purpose do not fit
  trusted,    // trusted chain; names were not asked for or do not match
  verified,   // what the policy demands of it is met
};
std::string_view name(Trust trust);  // "Anonymous"

struct Demand {
  model::Policy policy = model::Policy::may;
  std::string mx_host;   // as in the MX record, not CNAME-expanded
  std::string next_hop;  // recipient domain
  std::vector<std::string> pins;
  std::chrono::system_clock::time_point now;
  bool tests_sts = false;    // what MTA-STS would ask is looked at for the report alone
  bool proves_name = false;  // and, whatever the policy asks: as verify has it (RFC 8689 4.2.1)
};

struct CertificateCheck {
  Trust trust = Trust::anonymous;
  bool satisfied = false;      // mail may be sent
  bool host_verified = false;  // and a password: it is known who the host is (RFC 4954 14)
  std::string cause;           // if not: result type of RFC 8460 4.3 ("certificate-expired")
  std::string reason;          // if not: for the log
};

// `chain`: leaf first, may be empty. `roots` may be nullptr: nothing is trusted.
CertificateCheck check_certificate(const std::vector<X509*>& chain, X509_STORE* roots,
                                   const Demand& demand, const Mutants& mutants);

// The two rules for names; exposed for their tests. Case does not matter. The CN counts only where
// there is no DNS name in subjectAltName (RFC 6125 6.4.4).
bool names_host(X509* leaf, const std::string& host,
                const Mutants& mutants = {});  // RFC 6125 6.4.3
bool names_domain_or_below(X509* leaf, const std::string& domain, const Mutants& mutants = {});

}  // namespace smtprig::embedded
