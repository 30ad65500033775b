// Which certificate satisfies which policy: rows of certificates made here with exactly the names
// that matter, and the classes of the authority for chains and dates.
#include "harness/servers/embedded/verification.hpp"

#include "fakes/tls/certificate.hpp"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace smtprig;
using namespace smtprig::embedded;
using fakes::CertificateClass;
using model::Policy;

// `names`: value of subjectAltName in OpenSSL's notation, empty: none. Unsigned: names need no key.
fakes::tls::Certificate certificate_with(const std::string& common_name, const std::string& names) {
  fakes::tls::Certificate certificate(X509_new());
  X509_set_version(certificate.get(), 2);
  if (!common_name.empty()) {
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1,
                               0);
  }
  if (!names.empty()) {
    X509_EXTENSION* extension =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str());
    BOOST_REQUIRE(extension);
    X509_add_ext(certificate.get(), extension, -1);
    X509_EXTENSION_free(extension);
  }
  return certificate;
}

std::vector<X509*> chain_of(const fakes::tls::Identity& identity) {
  std::vector<X509*> chain;
  for (const auto& certificate : identity.chain)
    chain.push_back(certificate.get());
  return chain;
}

struct World {
  fakes::tls::Authority authority;
  fakes::tls::TrustStore roots = fakes::tls::trust_store(authority.trusted_pem());
  fakes::tls::Names names{"mx.rcpt.test", "rcpt.test"};

  CertificateCheck check(CertificateClass what, Policy policy, const Mutants& mutants = {},
                         bool pinned = true) const {
    auto& issuer = const_cast<fakes::tls::Authority&>(authority);
    const auto identity = issuer.issue(what, names);
    Demand demand{.policy = policy,
                  .mx_host = "mx.rcpt.test",
                  .next_hop = "rcpt.test",
                  .now = std::chrono::system_clock::now()};
    demand.pins.push_back(pinned ? identity->sha256_certificate : std::string(64, '0'));
    return check_certificate(chain_of(*identity), roots.get(), demand, mutants);
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(verification)

// Ground: RFC 6125 6.4 and, for `secure`, Postfix's "nexthop, dot-nexthop".
BOOST_AUTO_TEST_CASE(names) {
  struct Row {
    std::string common_name;
    std::string names;
    std::string mx = "mx.rcpt.test";
    bool host = false;
    bool domain = false;
  };
  const std::vector<Row> rows = {
      {.names = "DNS:mx.rcpt.test", .host = true, .domain = true},
      {.names = "DNS:MX.RCPT.TEST", .host = true, .domain = true},
      {.names = "DNS:rcpt.test", .domain = true},
      {.names = "DNS:other.rcpt.test", .domain = true},
      {.names = "DNS:evilrcpt.test"},
      {.names = "DNS:mx.elsewhere.test"},
      {.names = "DNS:*.rcpt.test", .host = true, .domain = true},
      {.names = "DNS:*.rcpt.test", .mx = "a.mx.rcpt.test", .domain = true},
      {.names = "DNS:m*.rcpt.test", .domain = true},
      {.names = "DNS:*.test"},  // OpenSSL wants two labels behind the wildcard
      {.names = "IP:127.0.0.1"},
      {.common_name = "mx.rcpt.test", .host = true, .domain = true},
      {.common_name = "rcpt.test", .domain = true},
      {.common_name = "mx.rcpt.test", .names = "DNS:mx.elsewhere.test"},
      {.common_name = "mx.rcpt.test.evil.test"},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT("CN " << row.common_name << ", SAN " << row.names << ", MX " << row.mx) {
      const auto certificate = certificate_with(row.common_name, row.names);
      BOOST_TEST(names_host(certificate.get(), row.mx) == row.host);
      BOOST_TEST(names_domain_or_below(certificate.get(), "rcpt.test") == row.domain);
    }
  }
}

BOOST_AUTO_TEST_CASE(classes) {
  struct Row {
    CertificateClass what;
    std::string trusted_cause;  // of verify and secure; empty: satisfied
  };
  const std::vector<Row> rows = {
      {CertificateClass::good, ""},
      {CertificateClass::self_signed, "certificate-not-trusted"},
      {CertificateClass::expired, "certificate-expired"},
      {CertificateClass::not_yet_valid, "certificate-not-trusted"},
      {CertificateClass::wrong_host, "certificate-host-mismatch"},
      {CertificateClass::untrusted_ca, "certificate-not-trusted"},
      {CertificateClass::no_intermediate, "certificate-not-trusted"},
      {CertificateClass::rsa_1024, "certificate-not-trusted"},
      {CertificateClass::sha1_signature, "certificate-not-trusted"},
      {CertificateClass::md5_signature, "certificate-not-trusted"},
      {CertificateClass::wrong_purpose, "certificate-not-trusted"},
      {CertificateClass::expired_intermediate, "certificate-expired"},
      {CertificateClass::name_constraint, "certificate-not-trusted"},
      {CertificateClass::critical_extension, "certificate-not-trusted"},
      {CertificateClass::cross_signed, ""},
      {CertificateClass::long_chain, ""},
  };
  const World world;
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT("certificate class " << static_cast<int>(row.what)) {
      for (const Policy policy : {Policy::may, Policy::encrypt, Policy::fingerprint}) {
        BOOST_TEST(world.check(row.what, policy).satisfied);
      }
      for (const Policy policy : {Policy::verify, Policy::secure}) {
        const CertificateCheck check = world.check(row.what, policy);
        BOOST_TEST(check.satisfied == row.trusted_cause.empty());
        BOOST_TEST(check.cause == row.trusted_cause);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(words) {
  const World world;
  BOOST_TEST(name(world.check(CertificateClass::good, Policy::may).trust) == "Trusted");
  BOOST_TEST(name(world.check(CertificateClass::good, Policy::verify).trust) == "Verified");
  BOOST_TEST(name(world.check(CertificateClass::self_signed, Policy::may).trust) == "Untrusted");
  BOOST_TEST(name(world.check(CertificateClass::self_signed, Policy::fingerprint).trust) ==
             "Verified");
  BOOST_TEST(name(world.check(CertificateClass::wrong_host, Policy::verify).trust) == "Trusted");
}

BOOST_AUTO_TEST_CASE(pins_and_absent_certificates) {
  const World world;
  const auto other = world.check(CertificateClass::good, Policy::fingerprint, {}, false);
  BOOST_TEST(!other.satisfied);
  BOOST_TEST(other.cause == "validation-failure");
  for (const Policy policy : {Policy::fingerprint, Policy::verify, Policy::secure}) {
    BOOST_TEST(!check_certificate({}, nullptr, {.policy = policy}, {}).satisfied);
  }
  BOOST_TEST(check_certificate({}, nullptr, {.policy = Policy::encrypt}, {}).satisfied);
}

BOOST_AUTO_TEST_CASE(mutants) {
  const World world;
  struct Row {
    std::string name;
    CertificateClass accepted;
    std::vector<CertificateClass> still_refused;
  };
  using enum CertificateClass;
  const std::vector<Row> rows = {
      {"ignores-name", wrong_host, {self_signed, expired, not_yet_valid, untrusted_ca}},
      {"ignores-chain", untrusted_ca, {wrong_host, expired, not_yet_valid}},
      {"ignores-dates", expired, {wrong_host, self_signed, untrusted_ca}},
      {"ignores-purpose", wrong_purpose, {expired, untrusted_ca, wrong_host}},
      {"ignores-critical", critical_extension, {expired, untrusted_ca, wrong_host}},
      {"ignores-constraints", name_constraint, {expired, untrusted_ca, wrong_host}},
      {"leaf-dates-only", expired_intermediate, {expired, untrusted_ca, wrong_host}},
      {"reads-common-name", other_name_than_common_name, {untrusted_ca, wrong_host}},
      {"partial-wildcard", partial_wildcard, {untrusted_ca, wrong_host}},
      {"verify-takes-domain", domain_only, {untrusted_ca, wrong_host}},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      const Mutants mutants = mutant_named(row.name).value();
      BOOST_TEST(world.check(row.accepted, Policy::verify, mutants).satisfied);
      for (const CertificateClass what : row.still_refused) {
        BOOST_TEST(!world.check(what, Policy::verify, mutants).satisfied);
      }
    }
  }
  BOOST_TEST(!world.check(upper_case, Policy::verify, mutant_named("case-sensitive-names").value())
                  .satisfied);
  BOOST_TEST(!world.check(host_only, Policy::secure, mutant_named("secure-needs-domain").value())
                  .satisfied);
  const Mutants pin = mutant_named("ignores-pin").value();
  BOOST_TEST(world.check(good, Policy::fingerprint, pin, false).satisfied);
}

BOOST_AUTO_TEST_SUITE_END()
