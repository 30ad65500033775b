// Contexts that share an SSL_CTX: which do, and that each still shows its own certificate.
#include <stdexcept>

#include <boost/test/unit_test.hpp>

#include "pair.hpp"

namespace smtprig::fakes::tls::test {
namespace {

Settings server_of(const char* host, CertificateClass what = CertificateClass::good) {
  Settings settings = server_settings();
  settings.identity = authority().issue(what, {host, "some.test"});
  settings.server_name = host;
  return settings;
}

BOOST_AUTO_TEST_SUITE(contexts)

BOOST_AUTO_TEST_CASE(certificates_and_names_share) {
  Contexts contexts;
  const auto one = contexts.of(server_of("mx1.some.test"));
  const auto two = contexts.of(server_of("mx2.some.test", CertificateClass::expired));
  BOOST_TEST(one->native() == two->native());
  BOOST_TEST(one->settings().server_name == "mx1.some.test");
  BOOST_TEST(two->settings().server_name == "mx2.some.test");
}

BOOST_AUTO_TEST_CASE(all_else_does_not) {
  Contexts contexts;
  const auto* const plain = contexts.of(server_of("mx1.some.test"))->native();
  Settings old = server_of("mx1.some.test");
  old.versions.max = TlsVersion::tls1_2;
  BOOST_TEST(contexts.of(old)->native() != plain);
  Settings asking = server_of("mx1.some.test");
  asking.client_certificate = ClientCertificate::asked;
  const auto* const asks = contexts.of(asking)->native();
  BOOST_TEST(asks != plain);
  asking.trust = trust_store(authority().trusted_pem());
  BOOST_TEST(contexts.of(asking)->native() != asks);
  BOOST_TEST(contexts.of(client_settings())->native() != plain);
  BOOST_TEST(contexts.of(server_of("mx1.some.test"))->native() == plain);
}

BOOST_AUTO_TEST_CASE(tickets_are_sealed_apart) {
  Contexts contexts;
  Settings settings = server_of("mx1.some.test");
  settings.versions.tickets = Tickets::resumed;
  const auto one = contexts.of(settings);
  BOOST_TEST(contexts.of(settings)->native() != one->native());
}

BOOST_AUTO_TEST_CASE(each_shows_its_own) {
  Contexts contexts;
  const auto client = std::make_shared<const Context>(client_settings());
  for (const auto what : {CertificateClass::good, CertificateClass::rsa_1024,
                          CertificateClass::good, CertificateClass::self_signed}) {
    const Settings settings = server_of("mx1.some.test", what);
    Engine from(client);
    Engine to(contexts.of(settings));
    pump(from, to);
    BOOST_REQUIRE(from.state() == State::established);
    BOOST_TEST(sha256_certificate(from.peer_chain().front()) ==
               settings.identity->sha256_certificate);
  }
}

BOOST_AUTO_TEST_CASE(a_server_without_identity_is_refused) {
  Contexts contexts;
  Settings settings = server_of("mx1.some.test");
  contexts.of(settings);
  settings.identity = nullptr;
  BOOST_CHECK_THROW(contexts.of(settings), std::runtime_error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace smtprig::fakes::tls::test
