// Handshakes that come up, handshakes that cannot, and the pause at the ClientHello.
#include <string>

#include <boost/test/unit_test.hpp>

#include <openssl/x509.h>

#include "pair.hpp"

namespace smtprig::fakes::tls::test {
namespace {

constexpr auto v1_0 = TlsVersion::tls1_0;
constexpr auto v1_1 = TlsVersion::tls1_1;
constexpr auto v1_2 = TlsVersion::tls1_2;
constexpr auto v1_3 = TlsVersion::tls1_3;

BOOST_AUTO_TEST_SUITE(handshake)

BOOST_AUTO_TEST_CASE(each_pair_of_versions_agrees_on_the_highest) {
  struct Row {
    const char* name;
    TlsSpec client;
    TlsSpec server;
    const char* version;
  };
  const Row rows[] = {
      {"1.0 only", {v1_0, v1_0}, {v1_0, v1_0}, "TLSv1"},
      {"1.1 only", {v1_1, v1_1}, {v1_1, v1_1}, "TLSv1.1"},
      {"1.2 only", {v1_2, v1_2}, {v1_2, v1_2}, "TLSv1.2"},
      {"1.3 only", {v1_3, v1_3}, {v1_3, v1_3}, "TLSv1.3"},
      {"modern", {}, {}, "TLSv1.3"},
      {"old server, tolerant client", {v1_0, v1_3}, {v1_0, v1_0}, "TLSv1"},
      {"1.1 server, tolerant client", {v1_0, v1_3}, {v1_0, v1_1}, "TLSv1.1"},
      {"old client, tolerant server", {v1_0, v1_0}, {v1_0, v1_3}, "TLSv1"},
      {"1.2 server, modern client", {}, {v1_2, v1_2}, "TLSv1.2"},
      {"1.2 client, modern server", {v1_2, v1_2}, {}, "TLSv1.2"},
      {"1.3 server, tolerant client", {v1_0, v1_3}, {v1_3, v1_3}, "TLSv1.3"},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      Pair pair(client_settings(row.client), server_settings(row.server));
      BOOST_TEST(pair.client.version() == "");
      BOOST_TEST(pair.client.cipher() == "");
      pump(pair.client, pair.server);
      BOOST_TEST(pair.client.state() == State::established);
      BOOST_TEST(pair.server.state() == State::established);
      BOOST_TEST(pair.client.failure() == "");
      BOOST_TEST(pair.client.version() == row.version);
      BOOST_TEST(pair.server.version() == row.version);
      BOOST_TEST(pair.client.cipher() != "");
      BOOST_TEST(pair.client.cipher() == pair.server.cipher());
      BOOST_TEST(pair.client.verify_error() == X509_V_OK);
      const auto events = pair.server.take_events();
      BOOST_TEST(kinds(events) == "hello certificate established");
      BOOST_TEST(only<TlsEstablished>(events).at(0).version == row.version);
      BOOST_TEST(only<TlsEstablished>(events).at(0).cipher == pair.server.cipher());
      BOOST_TEST(kinds(pair.client.take_events()) == "established seen:trusted");
      BOOST_TEST(pair.server.take_events().empty());
    }
  }
}

// Whoever finds that no version is common sends the alert; the other must receive that same one.
BOOST_AUTO_TEST_CASE(without_a_common_version_both_sides_see_the_alert) {
  struct Row {
    const char* name;
    TlsSpec client;
    TlsSpec server;
    bool server_refuses;
  };
  const Row rows[] = {
      {"1.2 client, 1.3 server", {v1_2, v1_2}, {v1_3, v1_3}, true},
      {"1.3 client, 1.2 server", {v1_3, v1_3}, {v1_2, v1_2}, true},
      {"modern client, 1.0 server", {}, {v1_0, v1_0}, true},
      {"modern client, 1.1 server", {}, {v1_0, v1_1}, true},
      {"1.2 client, 1.1 server", {v1_2, v1_2}, {v1_0, v1_1}, false},
      {"1.0 client, modern server", {v1_0, v1_0}, {}, true},
      {"1.1 client, 1.3 server", {v1_0, v1_1}, {v1_3, v1_3}, true},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      Pair pair(client_settings(row.client), server_settings(row.server));
      pump(pair.client, pair.server);
      Engine& refuser = row.server_refuses ? pair.server : pair.client;
      Engine& refused = row.server_refuses ? pair.client : pair.server;
      BOOST_TEST(refuser.state() == State::failed);
      BOOST_TEST(refused.state() == State::failed);
      BOOST_TEST(refuser.failure() == "unsupported protocol");
      // A server that has chosen a version rejects the header of an alert that bears another one.
      BOOST_TEST(refused.failure() ==
                 (row.server_refuses ? "tlsv1 alert protocol version" : "wrong version number"));
      const auto sent = only<TlsAlert>(refuser.take_events());
      const auto received = only<TlsAlert>(refused.take_events());
      BOOST_REQUIRE(sent.size() == 1);
      BOOST_REQUIRE(received.size() == 1);
      BOOST_TEST(sent[0].sent);
      BOOST_TEST(!received[0].sent);
      for (const TlsAlert& alert : {sent[0], received[0]}) {
        BOOST_TEST(alert.level == 2);
        BOOST_TEST(alert.description == 70);
        BOOST_TEST(alert.name == "protocol_version");
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(the_failure_names_its_stage) {
  Pair pair(client_settings({v1_2, v1_2}), server_settings({v1_3, v1_3}));
  pump(pair.client, pair.server);
  BOOST_TEST(kinds(pair.server.take_events()) == "hello sent:protocol_version failed@client-hello");
  BOOST_TEST(kinds(pair.client.take_events()) == "received:protocol_version failed@client-hello");
  BOOST_TEST(pair.server.stage() == TlsStage::client_hello);
  BOOST_TEST(pair.client.version() == "");
}

BOOST_AUTO_TEST_CASE(the_server_sees_the_name_that_the_client_asks_for) {
  for (const std::string asked : {"mx1.some.test", "other.test", ""}) {
    BOOST_TEST_CONTEXT("SNI '" << asked << "'") {
      Settings settings = client_settings();
      settings.server_name = asked;
      Pair pair(settings);
      pump(pair.client, pair.server);
      const auto seen = only<ClientHelloSeen>(pair.server.take_events());
      BOOST_REQUIRE(seen.size() == 1);
      BOOST_TEST(seen[0].sni == asked);
      BOOST_TEST(seen[0].alpn == "");
      BOOST_TEST(pair.server.state() == State::established);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_server_tells_which_certificate_it_showed) {
  Pair pair;
  pump(pair.client, pair.server);
  const auto shown = only<CertificatePresented>(pair.server.take_events());
  const auto& identity = *authority().issue(CertificateClass::good, names);
  BOOST_REQUIRE(shown.size() == 1);
  BOOST_TEST(shown[0].subject == identity.subject);
  BOOST_TEST(shown[0].sha256_certificate == identity.sha256_certificate);
  BOOST_TEST(shown[0].sha256_spki == identity.sha256_spki);
}

BOOST_AUTO_TEST_CASE(bytes_may_come_one_by_one) {
  for (const TlsVersion version : {v1_0, v1_1, v1_2, v1_3}) {
    BOOST_TEST_CONTEXT("version " << static_cast<int>(version)) {
      Pair pair(client_settings({version, version}), server_settings({version, version}));
      pump(pair.client, pair.server, 1);
      BOOST_TEST(pair.client.state() == State::established);
      BOOST_TEST(pair.server.state() == State::established);
      BOOST_TEST(pair.server.write("220 hello\r\n"));
      pump(pair.client, pair.server, 1);
      BOOST_TEST(pair.client.read() == "220 hello\r\n");
    }
  }
}

// Each context is used twice: nothing of the first connection may be resumed by the second.
BOOST_AUTO_TEST_CASE(no_session_is_resumed) {
  for (const TlsVersion version : {v1_2, v1_3}) {
    const auto client = std::make_shared<const Context>(client_settings({version, version}));
    const auto server = std::make_shared<const Context>(server_settings({version, version}));
    for (int round = 0; round < 2; ++round) {
      BOOST_TEST_CONTEXT("version " << static_cast<int>(version) << ", round " << round) {
        Engine one(client);
        Engine other(server);
        pump(one, other);
        BOOST_TEST(kinds(other.take_events()) == "hello certificate established");
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_paused_server_answers_nothing_until_it_is_resumed) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{100'000}}) {
    BOOST_TEST_CONTEXT("pieces of " << piece) {
      Settings settings = server_settings();
      settings.pause_at_client_hello = true;
      Pair pair(client_settings(), settings);
      pump(pair.client, pair.server, piece);
      BOOST_TEST(pair.server.state() == State::client_hello);
      BOOST_TEST(pair.server.stage() == TlsStage::client_hello);
      BOOST_TEST(pair.server.drain() == "");
      BOOST_TEST(kinds(pair.server.take_events()) == "hello");
      pair.server.feed("");
      BOOST_TEST(pair.server.state() == State::client_hello);
      pair.server.resume();
      BOOST_TEST(pair.server.state() == State::handshaking);
      BOOST_TEST(pair.server.stage() == TlsStage::server_hello);
      pump(pair.client, pair.server, piece);
      BOOST_TEST(pair.client.state() == State::established);
      BOOST_TEST(pair.server.state() == State::established);
      BOOST_TEST(kinds(pair.server.take_events()) == "certificate established");
      pair.server.resume();
      BOOST_TEST(pair.server.state() == State::established);
    }
  }
}

BOOST_AUTO_TEST_CASE(instead_of_resuming_an_alert_can_be_sent) {
  Settings settings = server_settings();
  settings.pause_at_client_hello = true;
  Pair pair(client_settings(), settings);
  pump(pair.client, pair.server);
  BOOST_REQUIRE(pair.server.state() == State::client_hello);
  pair.client.feed(alert_record(Alert{2, 80}));
  BOOST_TEST(pair.client.state() == State::failed);
  BOOST_TEST(pair.client.failure() == "tlsv1 alert internal error");
  BOOST_TEST(kinds(pair.client.take_events()) == "received:internal_error failed@client-hello");
  pair.server.feed_eof();
  BOOST_TEST(pair.server.state() == State::failed);
  BOOST_TEST(pair.server.failure() == "peer closed");
}

// RFC 5246 7.2.2: a warning does not end a handshake.
BOOST_AUTO_TEST_CASE(a_warning_goes_by) {
  Settings settings = server_settings({v1_2, v1_2});
  settings.pause_at_client_hello = true;
  Pair pair(client_settings({v1_2, v1_2}), settings);
  pump(pair.client, pair.server);
  pair.client.feed(alert_record(Alert{1, 112}));
  BOOST_TEST(pair.client.state() == State::handshaking);
  pair.server.resume();
  pump(pair.client, pair.server);
  BOOST_TEST(pair.client.state() == State::established);
  BOOST_TEST(kinds(pair.client.take_events()) ==
             "received:unrecognized_name established seen:trusted");
}

BOOST_AUTO_TEST_CASE(a_moved_engine_goes_on) {
  Pair pair;
  pair.client.feed("");
  pair.server.feed(pair.client.drain());
  Engine client = std::move(pair.client);
  Engine server = engine(server_settings());
  server = std::move(pair.server);
  client.feed(server.drain());
  server.feed(client.drain());
  BOOST_TEST(server.state() == State::established);
  BOOST_TEST(kinds(server.take_events()) == "hello certificate established");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace smtprig::fakes::tls::test
