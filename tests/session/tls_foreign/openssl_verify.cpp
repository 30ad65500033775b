// What `openssl verify` says of every class of the catalogue, asked as a mail client would ask: a
// chain to the trusted root, for a server, of that name; and what OpenSSL reads out of a CRL and of
// OCSP responses.
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/pem.h>
#include <openssl/x509_vfy.h>

#include "child.hpp"
#include "fakes/tls/certificate.hpp"
#include "pem.hpp"

namespace smtprig::fakes::tls {
namespace {

using smtprig::test::Child;
using smtprig::test::Folder;

// What OpenSSL finds wrong; its words differ from version to version, its numbers do not. Classes
// that are not here are fine.
const std::map<std::string_view, int> flaws = {
    {"self-signed", X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT},
    {"expired", X509_V_ERR_CERT_HAS_EXPIRED},
    {"not-yet-valid", X509_V_ERR_CERT_NOT_YET_VALID},
    {"wrong-host", X509_V_ERR_HOSTNAME_MISMATCH},
    {"untrusted-ca", X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY},
    {"missing-intermediate", X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY},
    {"cn-beside-san", X509_V_ERR_HOSTNAME_MISMATCH},
    {"domain-only", X509_V_ERR_HOSTNAME_MISMATCH},
    {"sibling-only", X509_V_ERR_HOSTNAME_MISMATCH},
    {"partial-wildcard", X509_V_OK},  // OpenSSL's own default is to match it
    {"trailing-dot", X509_V_ERR_HOSTNAME_MISMATCH},
    {"u-label", X509_V_ERR_HOSTNAME_MISMATCH},
    {"address-only", X509_V_ERR_HOSTNAME_MISMATCH},
    {"address-as-name", X509_V_ERR_HOSTNAME_MISMATCH},
    {"rsa-1024", X509_V_ERR_EE_KEY_TOO_SMALL},
    {"sha1-signature", X509_V_ERR_CA_MD_TOO_WEAK},
    {"md5-signature", X509_V_ERR_CA_MD_TOO_WEAK},
    {"wrong-purpose", X509_V_ERR_INVALID_PURPOSE},
    {"critical-extension", X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION},
    {"name-constraint", X509_V_ERR_PERMITTED_VIOLATION},
    {"expired-intermediate", X509_V_ERR_CERT_HAS_EXPIRED},
};

const Names host_names{"mx1.some.test", "some.test"};

std::string pem(const Certificate& certificate) {
  return pem_of([&](BIO* to) { return PEM_write_bio_X509(to, certificate.get()); });
}

// 0: fine. `crl`: a file, or empty for no check of revocation.
int verdict_of(const Identity& identity, const std::string& roots, const std::string& crl = "") {
  std::string chain;
  for (std::size_t i = 1; i < identity.chain.size(); ++i)
    chain += pem(identity.chain[i]);
  const Folder folder;
  std::vector<std::string> command = {"sh",
                                      "-c",
                                      "exec \"$@\" 2>&1",
                                      "sh",
                                      "openssl",
                                      "verify",
                                      "-purpose",
                                      "sslserver",
                                      "-auth_level",
                                      "2",
                                      "-verify_hostname",
                                      host_names.host,
                                      "-CAfile",
                                      folder.file("root.pem", roots)};
  const auto add = [&](std::initializer_list<std::string> more) {
    command.insert(command.end(), more);
  };
  if (!chain.empty()) add({"-untrusted", folder.file("chain.pem", chain)});
  if (!crl.empty()) add({"-crl_check", "-CRLfile", folder.file("crl.pem", crl)});
  add({folder.file("leaf.pem", pem(identity.chain.front()))});
  Child verify(command);
  const int status = verify.wait_exit();
  const std::string& said = verify.output();
  if (status == 0) return said.find(": OK") != said.npos ? X509_V_OK : -1;
  const auto at = said.find("error ");
  return at == said.npos ? -1 : std::atoi(said.c_str() + at + 6);
}

BOOST_AUTO_TEST_CASE(openssl_verify_agrees_with_every_class) {
  Authority authority;
  for (const CertificateEntry& entry : certificate_catalogue()) {
    const auto flaw = flaws.find(entry.word);
    const auto identity = authority.issue(entry.what, host_names);
    BOOST_TEST_CONTEXT(entry.word)
    BOOST_TEST(verdict_of(*identity, authority.trusted_pem()) ==
               (flaw == flaws.end() ? X509_V_OK : flaw->second));
  }
}

BOOST_AUTO_TEST_CASE(openssl_verify_finds_the_revoked_in_the_crl) {
  Authority authority;
  const auto revoked = authority.issue(CertificateClass::revoked, host_names);
  const auto good = authority.issue(CertificateClass::good, host_names);
  const std::string roots = authority.trusted_pem();
  const std::string crl = authority.crl_pem();
  BOOST_TEST(verdict_of(*revoked, roots, crl) == X509_V_ERR_CERT_REVOKED);
  BOOST_TEST(verdict_of(*good, roots, crl) == X509_V_OK);
  // One that was made before it was issued says nothing of it.
  BOOST_TEST(verdict_of(*revoked, roots, Authority().crl_pem()) != X509_V_OK);
}

BOOST_AUTO_TEST_CASE(openssl_ocsp_reads_every_staple) {
  const struct {
    Staple staple;
    const char* said;
    bool out_of_date;
  } rows[] = {{Staple::good, "leaf.pem: good", false},
              {Staple::unsolicited, "leaf.pem: good", false},
              {Staple::revoked, "leaf.pem: revoked", false},
              {Staple::expired, "leaf.pem: WARNING: Status times invalid.", true}};
  Authority authority;
  for (const auto& row : rows) {
    const auto identity =
        authority.with_staple(authority.issue(CertificateClass::good, host_names), row.staple);
    const Folder folder;
    folder.file("staple.der", identity->staple);
    folder.file("issuer.pem", pem(identity->chain[1]));
    folder.file("leaf.pem", pem(identity->chain[0]));
    folder.file("root.pem", authority.trusted_pem());
    const std::string command =
        "cd \"$1\" && exec openssl ocsp -respin staple.der -issuer issuer.pem -cert leaf.pem "
        "-CAfile root.pem 2>&1";
    Child ocsp({"sh", "-c", command, "sh", folder.path("")});
    ocsp.wait_exit();
    const std::string& told = ocsp.output();
    BOOST_TEST(told.find("Response verify OK") != told.npos, told);
    BOOST_TEST(told.find(row.said) != told.npos, told);
    BOOST_TEST((told.find("Status times invalid") != told.npos) == row.out_of_date, told);
  }
}

}  // namespace
}  // namespace smtprig::fakes::tls
