// What `openssl verify` says of every class of the catalogue, asked as a mail client would ask: a
// chain to the trusted root, for a server, of that name.
#include <boost/test/unit_test.hpp>

#include <map>
#include <string>
#include <string_view>

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

std::string pem(const Certificate& certificate) {
  return pem_of([&](BIO* to) { return PEM_write_bio_X509(to, certificate.get()); });
}

BOOST_AUTO_TEST_CASE(openssl_verify_agrees_with_every_class) {
  Authority authority;
  const Names names{"mx1.some.test", "some.test"};
  for (const CertificateEntry& entry : certificate_catalogue()) {
    BOOST_TEST_CONTEXT(entry.word) {
      const auto identity = authority.issue(entry.what, names);
      std::string chain;
      for (std::size_t i = 1; i < identity->chain.size(); ++i)
        chain += pem(identity->chain[i]);
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
                                          names.host,
                                          "-CAfile",
                                          folder.file("root.pem", authority.trusted_pem())};
      if (!chain.empty()) {
        command.push_back("-untrusted");
        command.push_back(folder.file("chain.pem", chain));
      }
      command.push_back(folder.file("leaf.pem", pem(identity->chain.front())));
      Child verify(command);
      const auto flaw = flaws.find(entry.word);
      const bool fine = flaw == flaws.end() || flaw->second == X509_V_OK;
      const bool said =
          verify.wait_output(fine ? ": OK" : "error " + std::to_string(flaw->second) + " at");
      BOOST_TEST(said, verify.output());
      BOOST_TEST((verify.wait_exit() == 0) == fine);
    }
  }
}

}  // namespace
}  // namespace smtprig::fakes::tls
