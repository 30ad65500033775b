// See sts_certificate.hpp.
#include "harness/servers/embedded/sts_certificate.hpp"

#include <fmt/format.h>
#include <openssl/x509v3.h>

namespace smtprig::embedded {

CertificateCheck check_sts_certificate(const std::vector<X509*>& chain, X509_STORE* roots,
                                       const std::string& host,
                                       std::chrono::system_clock::time_point now,
                                       const Mutants& mutants) {
  Demand demand{.policy = model::Policy::verify, .mx_host = host, .next_hop = host, .now = now};
  CertificateCheck check = check_certificate(chain, roots, demand, mutants);
  if (!check.satisfied) return check;
  constexpr unsigned flags =
      X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT;
  if (X509_check_host(chain.front(), host.c_str(), host.size(), flags, nullptr) == 1 ||
      mutants.ignores_name) {
    return check;
  }
  check.trust = Trust::trusted;
  check.satisfied = false;
  check.cause = "certificate-host-mismatch";
  check.reason = fmt::format("certificate has no DNS-ID for {}", host);
  return check;
}

}  // namespace smtprig::embedded
