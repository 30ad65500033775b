// Certificates of each class: what they hold, how OpenSSL verifies them over a handshake, and which
// of them are one and the same.
#include <ctime>
#include <set>
#include <string>

#include <boost/test/unit_test.hpp>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "pair.hpp"

namespace smtprig::fakes::tls::test {
namespace {

using enum CertificateClass;

const CertificateClass classes[] = {good,       self_signed,  expired,        not_yet_valid,
                                    wrong_host, untrusted_ca, no_intermediate};

std::string common_name(X509* certificate) {
  char text[256] = "";
  const int length = X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName,
                                               text, sizeof text);
  return length < 0 ? "" : std::string(text, static_cast<std::size_t>(length));
}

bool names_host(X509* certificate, const std::string& host) {
  return X509_check_host(certificate, host.data(), host.size(), X509_CHECK_FLAG_NEVER_CHECK_SUBJECT,
                         nullptr) == 1;
}

bool has_extension(const X509* certificate, int nid) {
  return X509_get_ext_by_NID(certificate, nid, -1) >= 0;
}

// By other calls than those of the authority.
std::string sha256(unsigned char* der, int length) {
  unsigned char digest[32];
  unsigned size = sizeof digest;
  BOOST_REQUIRE(
      EVP_Digest(der, static_cast<std::size_t>(length), digest, &size, EVP_sha256(), nullptr) == 1);
  OPENSSL_free(der);
  char text[65];
  for (unsigned i = 0; i < size; ++i)
    std::snprintf(text + 2 * i, 3, "%02x", digest[i]);
  return text;
}

BOOST_AUTO_TEST_SUITE(the_authority)

BOOST_AUTO_TEST_CASE(each_class_verifies_as_its_name_says) {
  struct Row {
    const char* name;
    CertificateClass what;
    int verify_error;
    bool names_host;
    std::size_t chain;
  };
  const Row rows[] = {
      {"good", good, X509_V_OK, true, 2},
      {"self_signed", self_signed, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, true, 1},
      {"expired", expired, X509_V_ERR_CERT_HAS_EXPIRED, true, 2},
      {"not_yet_valid", not_yet_valid, X509_V_ERR_CERT_NOT_YET_VALID, true, 2},
      {"wrong_host", wrong_host, X509_V_OK, false, 2},
      {"untrusted_ca", untrusted_ca, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, true, 2},
      {"no_intermediate", no_intermediate, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, true, 1},
  };
  for (const Row& row : rows) {
    for (const bool impostor : {false, true}) {
      for (const TlsVersion version :
           {TlsVersion::tls1_0, TlsVersion::tls1_2, TlsVersion::tls1_3}) {
        BOOST_TEST_CONTEXT(row.name << " impostor " << impostor << " version "
                                    << static_cast<int>(version)) {
          Settings server = server_settings({version, version});
          server.identity = impostor ? authority().issue_impostor(row.what, names)
                                     : authority().issue(row.what, names);
          Pair pair(client_settings({version, version}), server);
          BOOST_TEST(pair.client.verify_error() == X509_V_ERR_UNSPECIFIED);
          BOOST_TEST(pair.client.peer_chain().empty());
          pump(pair.client, pair.server);
          BOOST_TEST(pair.client.state() == State::established);
          BOOST_TEST(pair.client.verify_error() == row.verify_error);
          const auto chain = pair.client.peer_chain();
          BOOST_REQUIRE(chain.size() == row.chain);
          for (std::size_t i = 0; i < chain.size(); ++i) {
            BOOST_TEST(X509_cmp(chain[i], server.identity->chain[i].get()) == 0);
          }
          BOOST_TEST(names_host(chain[0], names.host) == row.names_host);
          BOOST_TEST(names_host(chain[0], names.domain) == row.names_host);
          BOOST_TEST(!names_host(chain[0], "other.test"));
          BOOST_TEST(names_host(chain[0], "wrong-host.elsewhere.test") == !row.names_host);
          BOOST_TEST(pair.server.verify_error() == X509_V_ERR_UNSPECIFIED);
          BOOST_TEST(pair.server.peer_chain().empty());
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(without_roots_nothing_is_trusted) {
  Settings settings = client_settings();
  settings.trust = nullptr;
  Pair pair(settings);
  pump(pair.client, pair.server);
  BOOST_TEST(pair.client.state() == State::established);
  BOOST_TEST(pair.client.verify_error() == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
}

BOOST_AUTO_TEST_CASE(another_authority_is_not_trusted) {
  Authority other;
  Settings settings = client_settings();
  settings.trust = trust_store(other.trusted_pem());
  Pair pair(settings);
  pump(pair.client, pair.server);
  BOOST_TEST(pair.client.verify_error() != X509_V_OK);
}

BOOST_AUTO_TEST_CASE(hashes_are_those_of_openssl) {
  for (const CertificateClass what : classes) {
    BOOST_TEST_CONTEXT("class " << static_cast<int>(what)) {
      const auto identity = authority().issue(what, names);
      X509* leaf = identity->chain.front().get();
      unsigned char* der = nullptr;
      int length = i2d_X509(leaf, &der);
      BOOST_TEST(identity->sha256_certificate == sha256(der, length));
      der = nullptr;
      length = i2d_PUBKEY(X509_get0_pubkey(leaf), &der);
      BOOST_TEST(identity->sha256_spki == sha256(der, length));
      BOOST_TEST(identity->sha256_certificate == sha256_certificate(leaf));
      BOOST_TEST(identity->sha256_spki == sha256_spki(leaf));
    }
  }
}

BOOST_AUTO_TEST_CASE(one_identity_for_one_request) {
  std::set<std::string> certificates;
  std::set<std::string> keys;
  for (const CertificateClass what : classes) {
    const auto identity = authority().issue(what, names);
    const auto impostor = authority().issue_impostor(what, names);
    const auto elsewhere = authority().issue(what, {"mx2.some.test", "some.test"});
    BOOST_TEST((identity == authority().issue(what, names)));
    BOOST_TEST((impostor == authority().issue_impostor(what, names)));
    BOOST_TEST(identity->subject == impostor->subject);
    for (const auto& one : {identity, impostor, elsewhere}) {
      BOOST_TEST(certificates.insert(one->sha256_certificate).second);
      BOOST_TEST(keys.insert(one->sha256_spki).second);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_names_are_those_asked_for) {
  const std::string label60(60, 'a');
  struct Row {
    const char* name;
    Names names;
    std::string common_name;
    std::string subject;
    int dns_names;
  };
  const Row rows[] = {
      {"host and domain", {"mx1.a.test", "a.test"}, "mx1.a.test", "CN=mx1.a.test", 2},
      {"no domain", {"mx1.a.test", ""}, "mx1.a.test", "CN=mx1.a.test", 1},
      {"host is the domain", {"a.test", "a.test"}, "a.test", "CN=a.test", 1},
      {"64 bytes", {label60 + ".tst", ""}, label60 + ".tst", "CN=" + label60 + ".tst", 1},
      {"65 bytes", {label60 + ".test", ""}, "", "O=smtprig", 1},
      {"characters with a meaning elsewhere",
       {"a,DNS:b.test", ""},
       "a,DNS:b.test",
       "CN=a\\,DNS:b.test",
       1},
  };
  for (const Row& row : rows) {
    for (const CertificateClass what : {good, self_signed}) {
      BOOST_TEST_CONTEXT(row.name) {
        const auto identity = authority().issue(what, row.names);
        X509* leaf = identity->chain.front().get();
        BOOST_TEST(common_name(leaf) == row.common_name);
        BOOST_TEST(identity->subject == row.subject);
        auto* list = static_cast<GENERAL_NAMES*>(
            X509_get_ext_d2i(leaf, NID_subject_alt_name, nullptr, nullptr));
        BOOST_REQUIRE(list != nullptr);
        BOOST_TEST(sk_GENERAL_NAME_num(list) == row.dns_names);
        const ASN1_STRING* first = sk_GENERAL_NAME_value(list, 0)->d.dNSName;
        BOOST_TEST(std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(first)),
                               static_cast<std::size_t>(ASN1_STRING_length(first))) ==
                   row.names.host);
        GENERAL_NAMES_free(list);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(bad_names_are_refused) {
  for (const Names& bad : {Names{"", ""}, Names{"a b", ""}, Names{"a.test", "b\n"},
                           Names{std::string(254, 'a'), ""}, Names{"m\xc3\xbc.test", ""}}) {
    BOOST_TEST_CONTEXT(bad.host) {
      BOOST_CHECK_THROW(authority().issue(good, bad), std::runtime_error);
    }
  }
}

BOOST_AUTO_TEST_CASE(extensions_follow_rfc_5280) {
  for (const CertificateClass what : classes) {
    BOOST_TEST_CONTEXT("class " << static_cast<int>(what)) {
      const auto identity = authority().issue(what, names);
      X509* leaf = identity->chain.front().get();
      BOOST_TEST(X509_get_version(leaf) == X509_VERSION_3);
      BOOST_TEST(X509_check_ca(leaf) == 0);
      BOOST_TEST(X509_check_purpose(leaf, X509_PURPOSE_SSL_SERVER, 0) == 1);
      BOOST_TEST(X509_check_purpose(leaf, X509_PURPOSE_SSL_CLIENT, 0) == 0);
      BOOST_TEST(X509_get_signature_nid(leaf) == NID_ecdsa_with_SHA256);
      BOOST_TEST(X509_get0_subject_key_id(leaf) != nullptr);
      BOOST_TEST((X509_get0_authority_key_id(leaf) != nullptr) == (what != self_signed));
      BOOST_TEST((X509_get_extension_flags(leaf) & EXFLAG_SS) ==
                 (what == self_signed ? EXFLAG_SS : 0u));
      BOOST_TEST(!has_extension(leaf, NID_info_access));
      BOOST_TEST(!has_extension(leaf, NID_crl_distribution_points));
      BOOST_TEST(!ASN1_INTEGER_get_uint64(nullptr, X509_get0_serialNumber(leaf)));
      BOOST_TEST(ASN1_STRING_type(X509_get0_serialNumber(leaf)) == V_ASN1_INTEGER);
      if (identity->chain.size() < 2) continue;
      X509* intermediate = identity->chain[1].get();
      BOOST_TEST(X509_check_ca(intermediate) == 1);
      BOOST_TEST(X509_get_pathlen(intermediate) == 0);
      BOOST_TEST(X509_check_issued(intermediate, leaf) == X509_V_OK);
      BOOST_TEST(!has_extension(intermediate, NID_info_access));
    }
  }
}

BOOST_AUTO_TEST_CASE(dates_follow_the_given_clock) {
  const auto now = std::chrono::system_clock::from_time_t(2'000'000'000);
  Authority later(now);
  struct Row {
    CertificateClass what;
    int from_days;
    int to_days;
  };
  for (const Row& row : {Row{good, -1, 30}, Row{expired, -31, -1}, Row{not_yet_valid, 1, 31},
                         Row{self_signed, -1, 30}}) {
    BOOST_TEST_CONTEXT("class " << static_cast<int>(row.what)) {
      X509* leaf = later.issue(row.what, names)->chain.front().get();
      const auto at = [&](int days) { return std::time_t{2'000'000'000} + days * 86'400; };
      BOOST_TEST(ASN1_TIME_cmp_time_t(X509_get0_notBefore(leaf), at(row.from_days)) == 0);
      BOOST_TEST(ASN1_TIME_cmp_time_t(X509_get0_notAfter(leaf), at(row.to_days)) == 0);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_bundle_holds_the_root_alone) {
  const std::string pem = authority().trusted_pem();
  BOOST_TEST(pem.find("-----BEGIN CERTIFICATE-----") == 0u);
  BOOST_TEST(pem.find("-----BEGIN", 1) == std::string::npos);
  BOOST_TEST(pem.find("PRIVATE") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_trust_store_needs_whole_certificates) {
  const std::string pem = authority().trusted_pem();
  Authority other;
  BOOST_CHECK_NO_THROW(trust_store("# a comment\n" + pem + "\n" + other.trusted_pem()));
  std::string damaged = pem;
  damaged.replace(100, 1, "!");
  for (const std::string& bad :
       {std::string(), std::string("nothing"), damaged, pem + pem.substr(0, pem.size() / 2)}) {
    BOOST_CHECK_THROW(trust_store(bad), std::runtime_error);
    BOOST_TEST(ERR_peek_error() == 0u);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace smtprig::fakes::tls::test
