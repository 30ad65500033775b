// Which certificates MTA-STS takes (RFC 8461 3.3, 4.2): the classes of the authority, row by row.
#include "harness/servers/embedded/sts_certificate.hpp"

#include "fakes/tls/certificate.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace {

using namespace smtprig;
using namespace smtprig::embedded;
using fakes::CertificateClass;

}  // namespace

BOOST_AUTO_TEST_SUITE(sts_certificate)

BOOST_AUTO_TEST_CASE(classes) {
  using enum CertificateClass;
  const std::string mismatch = "certificate-host-mismatch";
  const std::string untrusted = "certificate-not-trusted";
  const std::string expired_cause = "certificate-expired";
  struct Row {
    CertificateClass what;
    std::string cause;  // empty: good
  };
  const std::vector<Row> rows = {
      {good, ""},
      {host_only, ""},
      {wildcard, ""},
      {upper_case, ""},
      {many_names, ""},
      {no_subject, ""},
      {cross_signed, ""},
      {rsa_2048, ""},
      {common_name_only, mismatch},  // where `verify` is content
      {other_name_than_common_name, mismatch},
      {domain_only, mismatch},
      {sibling_only, mismatch},
      {wrong_host, mismatch},
      {partial_wildcard, mismatch},
      {address_only, mismatch},
      {self_signed, untrusted},
      {untrusted_ca, untrusted},
      {no_intermediate, untrusted},
      {not_yet_valid, untrusted},
      {wrong_purpose, untrusted},
      {name_constraint, untrusted},
      {expired, expired_cause},
      {expired_intermediate, expired_cause},
  };
  fakes::tls::Authority authority;
  const fakes::tls::TrustStore roots = fakes::tls::trust_store(authority.trusted_pem());
  const auto now = std::chrono::system_clock::now();
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(fakes::entry_of(row.what).word) {
      const auto identity = authority.issue(row.what, {"mx.rcpt.test", "rcpt.test"});
      std::vector<X509*> chain;
      for (const auto& each : identity->chain)
        chain.push_back(each.get());
      const CertificateCheck check = check_sts_certificate(chain, roots.get(), "mx.rcpt.test", now);
      BOOST_TEST(check.satisfied == row.cause.empty());
      BOOST_TEST(check.cause == row.cause);
      BOOST_TEST(check.reason.empty() == row.cause.empty());
      BOOST_TEST(!check_sts_certificate(chain, nullptr, "mx.rcpt.test", now).satisfied);
    }
  }
  BOOST_TEST(!check_sts_certificate({}, roots.get(), "mx.rcpt.test", now).satisfied);
}

BOOST_AUTO_TEST_SUITE_END()
