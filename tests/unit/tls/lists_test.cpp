// Ciphers, groups and signature algorithms by name: they are what is spoken, weak ones too, and a
// name that OpenSSL does not know is an error.
#include <string>

#include <boost/test/unit_test.hpp>

#include <openssl/err.h>

#include "pair.hpp"

namespace smtprig::fakes::tls::test {
namespace {

constexpr auto v1_2 = TlsVersion::tls1_2;
constexpr auto v1_3 = TlsVersion::tls1_3;

Settings rsa_server(TlsSpec versions = {}) {
  Settings settings = server_settings(std::move(versions));
  settings.identity = authority().issue(CertificateClass::rsa_2048, names);
  return settings;
}

BOOST_AUTO_TEST_SUITE(lists)

BOOST_AUTO_TEST_CASE(what_is_named_is_spoken) {
  struct Row {
    const char* name;
    TlsSpec client;
    TlsSpec server;
    const char* cipher;  // empty: none is common
  };
  const Row rows[] = {
      {"a cipher", {.max = v1_2, .ciphers = "ECDHE-RSA-AES128-SHA"}, {}, "ECDHE-RSA-AES128-SHA"},
      {"the server's choice",
       {.max = v1_2},
       {.ciphers = "ECDHE-RSA-CHACHA20-POLY1305"},
       "ECDHE-RSA-CHACHA20-POLY1305"},
      {"no encryption",
       {.max = v1_2, .ciphers = "NULL-SHA256"},
       {.ciphers = "ALL:NULL-SHA256"},
       "NULL-SHA256"},
      {"no encryption, to a modern server", {.max = v1_2, .ciphers = "NULL-SHA256"}, {}, ""},
      {"no authentication",
       {.max = v1_2, .ciphers = "AECDH-AES128-SHA"},
       {.max = v1_2, .ciphers = "AECDH-AES128-SHA"},
       "AECDH-AES128-SHA"},
      {"nothing in common",
       {.max = v1_2, .ciphers = "ECDHE-RSA-AES128-GCM-SHA256"},
       {.ciphers = "ECDHE-RSA-AES256-GCM-SHA384"},
       ""},
      {"a ciphersuite",
       {.ciphersuites = "TLS_CHACHA20_POLY1305_SHA256"},
       {},
       "TLS_CHACHA20_POLY1305_SHA256"},
      {"two ciphersuites",
       {.min = v1_3, .ciphersuites = "TLS_AES_128_CCM_SHA256:TLS_AES_128_GCM_SHA256"},
       {},
       "TLS_AES_128_GCM_SHA256"},
      {"no ciphersuite in common", {.min = v1_3, .ciphersuites = "TLS_AES_128_CCM_SHA256"}, {}, ""},
      {"a group", {.groups = "P-521"}, {}, "TLS_AES_256_GCM_SHA384"},
      {"no group in common", {.groups = "P-521"}, {.min = v1_3, .groups = "X25519"}, ""},
      {"a signature algorithm",
       {.signature_algorithms = "RSA-PSS+SHA512"},
       {},
       "TLS_AES_256_GCM_SHA384"},
      {"none that fits the key", {.signature_algorithms = "ECDSA+SHA256"}, {.min = v1_3}, ""},
      {"SHA-1",
       {.max = v1_2, .signature_algorithms = "RSA+SHA1"},
       {.signature_algorithms = "RSA+SHA1"},
       "ECDHE-RSA-AES256-GCM-SHA384"},
      {"SHA-1, to a modern server", {.max = v1_2, .signature_algorithms = "RSA+SHA1"}, {}, ""},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      Pair pair(client_settings(row.client), rsa_server(row.server));
      pump(pair.client, pair.server);
      const bool common = *row.cipher != '\0';
      BOOST_TEST((pair.client.state() == State::established) == common);
      BOOST_TEST((pair.server.state() == State::established) == common);
      if (common) BOOST_TEST(pair.client.cipher() == row.cipher);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_nobody_knows_is_an_error) {
  const TlsSpec specs[] = {
      {.ciphers = "AES128-SHA:NO-SUCH-CIPHER"},
      {.ciphers = "AES128-SHA::AES256-SHA"},
      {.ciphersuites = "TLS_AES_128_GCM_SHA256:TLS_NO_SUCH"},
      {.ciphersuites = "AES128-SHA"},
      {.groups = "X25519:P-1"},
      {.signature_algorithms = "ECDSA+SHA7"},
  };
  for (const TlsSpec& spec : specs) {
    BOOST_CHECK_THROW(Context{rsa_server(spec)}, std::runtime_error);
    BOOST_CHECK_THROW(Context{client_settings(spec)}, std::runtime_error);
    BOOST_TEST(ERR_peek_error() == 0u);
  }
  BOOST_CHECK_NO_THROW(Context{client_settings({.ciphers = "DEFAULT:!AES128:@SECLEVEL=1"})});
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(identity_as_pem)

BOOST_AUTO_TEST_CASE(comes_back_as_it_was) {
  for (const CertificateEntry& entry : certificate_catalogue()) {
    BOOST_TEST_CONTEXT(entry.word) {
      const auto identity = authority().issue(entry.what, names);
      const std::string pem = identity_pem(*identity);
      BOOST_TEST(pem.starts_with("-----BEGIN PRIVATE KEY-----\n"));
      const auto back = identity_from(pem);
      BOOST_TEST(back->chain.size() == identity->chain.size());
      BOOST_TEST(back->sha256_certificate == identity->sha256_certificate);
      BOOST_TEST(back->subject == identity->subject);
      BOOST_TEST(back->weak == identity->weak);
      BOOST_TEST(identity_pem(*back) == pem);
      Settings settings = server_settings();
      settings.identity = back;
      Pair pair(client_settings(), settings);
      pump(pair.client, pair.server);
      BOOST_TEST(pair.server.state() == State::established);
    }
  }
}

BOOST_AUTO_TEST_CASE(must_be_whole) {
  const std::string good = identity_pem(*authority().issue(CertificateClass::good, names));
  const std::string other =
      identity_pem(*authority().issue_impostor(CertificateClass::good, names));
  const std::size_t certificates = good.find("-----BEGIN CERTIFICATE-----");
  const std::string other_key = other.substr(0, other.find("-----BEGIN CERTIFICATE-----"));
  std::string damaged = good;
  damaged.replace(certificates + 100, 1, "!");
  for (const std::string& bad :
       {std::string(), good.substr(certificates), good.substr(0, certificates), damaged,
        other_key + good.substr(certificates)}) {
    BOOST_CHECK_THROW(identity_from(bad), std::runtime_error);
    BOOST_TEST(ERR_peek_error() == 0u);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace smtprig::fakes::tls::test
