// Certificates of clients: a server that asks, and what it may say of the answer. Nothing that a
// client shows or does not show ends the handshake.
#include <string>

#include <boost/test/unit_test.hpp>

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "pair.hpp"

namespace smtprig::fakes::tls::test {
namespace {

using enum CertificateClass;

const TlsSpec versions_to_try[] = {{TlsVersion::tls1_0, TlsVersion::tls1_0},
                                   {TlsVersion::tls1_2, TlsVersion::tls1_2},
                                   {TlsVersion::tls1_3, TlsVersion::tls1_3}};

Settings asking(TlsSpec versions = {}) {
  Settings settings = server_settings(std::move(versions));
  settings.client_certificate = ClientCertificate::asked;
  settings.trust = trust_store(authority().trusted_pem());
  return settings;
}

Settings showing(CertificateClass what, TlsSpec versions = {}) {
  Settings settings = client_settings(std::move(versions));
  settings.identity = authority().issue_client(what, {"client.some.test", ""});
  return settings;
}

BOOST_AUTO_TEST_SUITE(client_certificate)

BOOST_AUTO_TEST_CASE(it_can_be_made_when_it_is_asked_for) {
  for (const TlsSpec& versions : versions_to_try) {
    BOOST_TEST_CONTEXT("version " << static_cast<int>(versions.max)) {
      int made = 0;
      Settings client = client_settings(versions);
      client.identity_when_asked = [&made] {
        ++made;
        return authority().issue_client(good, {"client.some.test", ""});
      };
      Pair unasked(client, server_settings(versions));
      pump(unasked.client, unasked.server);
      BOOST_TEST(made == 0);
      BOOST_TEST(unasked.server.peer_chain().empty());
      Pair asked(client, asking(versions));
      pump(asked.client, asked.server);
      BOOST_TEST(made == 1);
      BOOST_REQUIRE(!asked.server.peer_chain().empty());
      BOOST_TEST(asked.server.verify_error() == X509_V_OK);
      BOOST_TEST(only<CertificatePresented>(asked.client.take_events()).at(0).sha256_certificate ==
                 sha256_certificate(asked.server.peer_chain().front()));
    }
  }
}

BOOST_AUTO_TEST_CASE(the_server_says_what_it_is_worth) {
  struct Row {
    const char* name;
    CertificateClass what;
    int verify_error;
  };
  const Row rows[] = {
      {"good", good, X509_V_OK},
      {"for servers alone", wrong_purpose, X509_V_ERR_INVALID_PURPOSE},
      {"expired", expired, X509_V_ERR_CERT_HAS_EXPIRED},
      {"not yet valid", not_yet_valid, X509_V_ERR_CERT_NOT_YET_VALID},
      {"expired intermediate", expired_intermediate, X509_V_ERR_CERT_HAS_EXPIRED},
      {"self-signed", self_signed, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT},
      {"untrusted", untrusted_ca, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY},
      {"no intermediate", no_intermediate, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY},
  };
  for (const Row& row : rows) {
    for (const TlsSpec& versions : versions_to_try) {
      BOOST_TEST_CONTEXT(row.name << ", version " << static_cast<int>(versions.max)) {
        const Settings client = showing(row.what, versions);
        Pair pair(client, asking(versions));
        pump(pair.client, pair.server);
        BOOST_REQUIRE(pair.client.state() == State::established);
        BOOST_REQUIRE(pair.server.state() == State::established);
        BOOST_TEST(pair.server.verify_error() == row.verify_error);
        const auto chain = pair.server.peer_chain();
        BOOST_REQUIRE(chain.size() == client.identity->chain.size());
        for (std::size_t i = 0; i < chain.size(); ++i)
          BOOST_TEST(X509_cmp(chain[i], client.identity->chain[i].get()) == 0);
        const auto told = pair.client.take_events();
        BOOST_TEST(kinds(told) == "certificate established seen:trusted");
        BOOST_TEST(only<CertificatePresented>(told).at(0).sha256_certificate ==
                   client.identity->sha256_certificate);
        const auto seen = only<CertificateSeen>(pair.server.take_events());
        BOOST_REQUIRE(seen.size() == 1u);
        BOOST_TEST(seen[0].subject == "CN=client.some.test");
        BOOST_TEST(seen[0].sha256_certificate == client.identity->sha256_certificate);
        BOOST_TEST(seen[0].trusted == (row.verify_error == X509_V_OK));
        BOOST_TEST(pair.client.write("EHLO\r\n"));
        pump(pair.client, pair.server);
        BOOST_TEST(pair.server.read() == "EHLO\r\n");
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(one_for_servers_has_another_purpose) {
  Settings client = client_settings();
  client.identity = authority().issue(good, {"client.some.test", ""});
  BOOST_TEST((client.identity != authority().issue_client(good, {"client.some.test", ""})));
  Pair pair(client, asking());
  pump(pair.client, pair.server);
  BOOST_TEST(pair.server.state() == State::established);
  BOOST_TEST(pair.server.verify_error() == X509_V_ERR_INVALID_PURPOSE);
}

BOOST_AUTO_TEST_CASE(none_of_the_catalogue_ends_the_handshake) {
  for (const CertificateEntry& entry : certificate_catalogue()) {
    BOOST_TEST_CONTEXT(entry.word) {
      Pair pair(showing(entry.what), asking());
      pump(pair.client, pair.server);
      BOOST_TEST(pair.client.state() == State::established);
      BOOST_TEST(pair.server.state() == State::established);
      BOOST_TEST(pair.server.peer_chain().size() >= 1u);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_client_without_one_is_served) {
  for (const TlsSpec& versions : versions_to_try) {
    Pair pair(client_settings(versions), asking(versions));
    pump(pair.client, pair.server);
    BOOST_TEST(pair.server.state() == State::established);
    BOOST_TEST(pair.server.peer_chain().empty());
    BOOST_TEST(pair.server.verify_error() == X509_V_ERR_UNSPECIFIED);
    BOOST_TEST(kinds(pair.server.take_events()) == "hello certificate established");
    BOOST_TEST(kinds(pair.client.take_events()) == "established seen:trusted");
  }
}

BOOST_AUTO_TEST_CASE(one_that_nobody_asks_for_stays_at_home) {
  for (const TlsSpec& versions : versions_to_try) {
    Pair pair(showing(wrong_purpose, versions), server_settings(versions));
    pump(pair.client, pair.server);
    BOOST_TEST(pair.server.state() == State::established);
    BOOST_TEST(pair.server.peer_chain().empty());
    BOOST_TEST(kinds(pair.client.take_events()) == "established seen:trusted");
  }
}

BOOST_AUTO_TEST_CASE(without_roots_no_client_is_trusted) {
  Settings server = asking();
  server.trust = nullptr;
  Pair pair(showing(wrong_purpose), server);
  pump(pair.client, pair.server);
  BOOST_TEST(pair.server.state() == State::established);
  BOOST_TEST(pair.server.verify_error() == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
}

BOOST_AUTO_TEST_CASE(the_authorities_are_named) {
  const Context context(asking());
  const STACK_OF(X509_NAME)* asked = SSL_CTX_get_client_CA_list(context.native());
  BOOST_REQUIRE(sk_X509_NAME_num(asked) == 1);
  const std::unique_ptr<char, void (*)(char*)> text(
      X509_NAME_oneline(sk_X509_NAME_value(asked, 0), nullptr, 0),
      [](char* bytes) { OPENSSL_free(bytes); });
  BOOST_TEST(text.get() == std::string("/O=smtprig/CN=trusted root"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace smtprig::fakes::tls::test
