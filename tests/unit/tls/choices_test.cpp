// Tickets, names, ALPN and certificates that are demanded, between two engines. plain_test.cpp has
// the same against plain OpenSSL.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <openssl/x509.h>

#include "pair.hpp"

namespace smtprig::fakes::tls::test {
namespace {

const TlsVersion new_versions[] = {TlsVersion::tls1_2, TlsVersion::tls1_3};

TlsSpec only_version(TlsVersion version) {
  return {.min = version, .max = version};
}

// One connection to its end: the client offers `session`, the server says a word inside TLS.
struct Meeting {
  Engine client;
  Engine server;
  std::vector<EventBody> server_events;

  Meeting(Settings client_is, const Context& server_is, Session session)
      : client(engine_of(std::move(client_is), std::move(session))),
        server(std::make_shared<const Context>(server_is)) {
    pump(client, server);
    // In TLS 1.3 tickets come behind the handshake, with what is read first.
    if (server.write("220 hello\r\n")) pump(client, server);
    server_events = server.take_events();
  }
  static Engine engine_of(Settings settings, Session session) {
    settings.session = std::move(session);
    return engine(settings);
  }
  bool established() const {
    return client.state() == State::established && server.state() == State::established;
  }
  bool offered() const { return only<ClientHelloSeen>(server_events).at(0).session; }
  std::string alert() const {
    const auto alerts = only<TlsAlert>(server_events);
    return alerts.empty() ? "" : alerts.front().name;
  }
};

BOOST_AUTO_TEST_SUITE(choices)

BOOST_AUTO_TEST_CASE(tickets) {
  struct Row {
    const char* name;
    Tickets tickets;
    bool given;  // at the first connection
    bool resumed;
    const char* alert;  // at the second connection
  };
  const Row rows[] = {
      {"none", Tickets::none, false, false, ""},
      {"resumed", Tickets::resumed, true, true, ""},
      {"ignored", Tickets::ignored, true, false, ""},
      {"refused", Tickets::refused, true, false, "handshake_failure"},
  };
  for (const Row& row : rows) {
    for (const TlsVersion version : new_versions) {
      BOOST_TEST_CONTEXT(row.name << ", version " << static_cast<int>(version)) {
        TlsSpec spec = only_version(version);
        Settings client = client_settings(spec);
        client.versions.tickets = Tickets::resumed;
        spec.tickets = row.tickets;
        const Context server(server_settings(spec));

        const Meeting first(client, server, nullptr);
        BOOST_REQUIRE(first.established());
        BOOST_TEST(!first.offered());
        BOOST_TEST(!first.client.resumed());
        BOOST_TEST((first.client.session() != nullptr) == row.given);
        if (!row.given) continue;

        const Meeting second(client, server, first.client.session());
        BOOST_TEST(second.offered());
        BOOST_TEST(second.alert() == row.alert);
        BOOST_TEST(second.established() == (*row.alert == '\0'));
        BOOST_TEST(second.client.resumed() == row.resumed);
        BOOST_TEST(second.server.resumed() == row.resumed);
        if (!second.established()) continue;
        BOOST_TEST(only<TlsEstablished>(second.server_events).at(0).resumed == row.resumed);
        // What a server presents is told in full handshakes only, and known in all.
        BOOST_TEST(only<CertificatePresented>(second.server_events).empty() == row.resumed);
        BOOST_TEST(second.client.peer_chain().size() == first.client.peer_chain().size());
        BOOST_TEST(second.client.verify_error() == X509_V_OK);
        BOOST_TEST((second.client.session() != nullptr) ==
                   (row.tickets == Tickets::ignored || version == TlsVersion::tls1_3));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_client_that_keeps_no_session_asks_for_none) {
  for (const TlsVersion version : new_versions) {
    TlsSpec spec = only_version(version);
    const Settings client = client_settings(spec);
    spec.tickets = Tickets::resumed;
    const Meeting meeting(client, Context(server_settings(spec)), nullptr);
    BOOST_REQUIRE(meeting.established());
    BOOST_TEST((meeting.client.session() == nullptr));
  }
}

BOOST_AUTO_TEST_CASE(a_resumed_session_is_worth_what_the_first_was) {
  for (const TlsVersion version : new_versions) {
    TlsSpec spec = only_version(version);
    spec.tickets = Tickets::resumed;
    const Settings client = client_settings(spec);
    Settings server = server_settings(spec);
    server.identity = authority().issue(CertificateClass::expired, names);
    const Context context(server);
    const Meeting first(client, context, nullptr);
    const Meeting second(client, context, first.client.session());
    BOOST_REQUIRE(second.client.resumed());
    BOOST_TEST(second.client.verify_error() == X509_V_ERR_CERT_HAS_EXPIRED);
  }
}

BOOST_AUTO_TEST_CASE(a_resumed_client_keeps_its_certificate) {
  for (const TlsVersion version : new_versions) {
    TlsSpec spec = only_version(version);
    spec.tickets = Tickets::resumed;
    Settings client = client_settings(spec);
    client.identity = authority().issue_client(CertificateClass::good, {"client.some.test", ""});
    Settings server = server_settings(spec);
    server.client_certificate = ClientCertificate::asked;
    server.trust = trust_store(authority().trusted_pem());
    const Context context(server);
    const Meeting first(client, context, nullptr);
    client.identity = nullptr;
    const Meeting second(client, context, first.client.session());
    BOOST_REQUIRE(second.server.resumed());
    BOOST_TEST(second.server.verify_error() == X509_V_OK);
  }
}

BOOST_AUTO_TEST_CASE(server_names) {
  struct Row {
    const char* name;
    ServerNames reaction;
    const char* asked;  // empty: none
    TlsVersion version;
    const char* alert;
    int level;
  };
  using enum ServerNames;
  const TlsVersion old = TlsVersion::tls1_2, fresh = TlsVersion::tls1_3;
  const Row rows[] = {
      {"any, a stranger's", any, "other.test", fresh, "", 0},
      {"own", own, "MX1.some.test", fresh, "", 0},
      {"own, none", own, "", fresh, "", 0},
      {"own, a stranger's", own, "other.test", fresh, "unrecognized_name", 2},
      {"own, a stranger's, 1.2", own, "other.test", old, "unrecognized_name", 2},
      {"needed", needed, "mx1.some.test", old, "", 0},
      {"needed, none", needed, "", fresh, "missing_extension", 2},
      {"needed, none, 1.2", needed, "", old, "unrecognized_name", 2},
      {"unknown", unknown, "mx1.some.test", fresh, "unrecognized_name", 2},
      {"unknown, none", unknown, "", fresh, "", 0},
      {"warned", warned, "mx1.some.test", old, "unrecognized_name", 1},
      {"warned, 1.3 has no warning", warned, "mx1.some.test", fresh, "", 0},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      TlsSpec spec = only_version(row.version);
      Settings client = client_settings(spec);
      client.server_name = row.asked;
      spec.server_names = row.reaction;
      Settings server = server_settings(spec);
      server.server_name = names.host;
      const Meeting meeting(client, Context(server), nullptr);
      BOOST_TEST(meeting.established() == (row.level < 2));
      BOOST_TEST(meeting.alert() == row.alert);
      if (row.level > 0)
        BOOST_TEST(only<TlsAlert>(meeting.server_events).front().level == row.level);
      BOOST_TEST(only<ClientHelloSeen>(meeting.server_events).at(0).sni == row.asked);
    }
  }
}

BOOST_AUTO_TEST_CASE(alpn) {
  struct Row {
    const char* name;
    const char* server;
    const char* client;
    const char* selected;
    const char* alert;
  };
  const Row rows[] = {
      {"nobody knows it", "", "", "", ""},
      {"the server does not know it", "", "smtp", "", ""},
      {"the client does not know it", "smtp", "", "", ""},
      {"in common", "smtp", "h2:smtp", "smtp", ""},
      {"by the server's order", "esmtp:smtp", "smtp:esmtp", "esmtp", ""},
      {"nothing in common", "smtp:esmtp", "h2:http/1.1", "", "no_application_protocol"},
      {"a part of a name is none", "smtp", "esmtp", "", "no_application_protocol"},
  };
  for (const Row& row : rows) {
    for (const TlsVersion version : new_versions) {
      BOOST_TEST_CONTEXT(row.name << ", version " << static_cast<int>(version)) {
        TlsSpec spec = only_version(version);
        spec.alpn = row.client;
        const Settings client = client_settings(spec);
        spec.alpn = row.server;
        const Meeting meeting(client, Context(server_settings(spec)), nullptr);
        BOOST_TEST(meeting.alert() == row.alert);
        BOOST_TEST(meeting.established() == (*row.alert == '\0'));
        BOOST_TEST(meeting.client.alpn() == row.selected);
        if (meeting.established())
          BOOST_TEST(only<TlsEstablished>(meeting.server_events).at(0).alpn == row.selected);
      }
    }
  }
  TlsSpec spec;
  spec.alpn = std::string(256, 'x');
  BOOST_CHECK_THROW(engine(client_settings(spec)), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(a_certificate_that_is_demanded) {
  struct Row {
    const char* name;
    TlsVersion version;
    bool shown;
    const char* alert;
    bool client_believes;  // it holds the session for established when the server refuses it
  };
  const Row rows[] = {
      {"shown, 1.2", TlsVersion::tls1_2, true, "", true},
      {"shown, 1.3", TlsVersion::tls1_3, true, "", true},
      {"none, 1.2", TlsVersion::tls1_2, false, "handshake_failure", false},
      {"none, 1.3", TlsVersion::tls1_3, false, "certificate_required", true},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      const TlsSpec spec = only_version(row.version);
      Settings client = client_settings(spec);
      if (row.shown)
        client.identity =
            authority().issue_client(CertificateClass::self_signed, {"client.some.test", ""});
      Settings server = server_settings(spec);
      server.client_certificate = ClientCertificate::demanded;
      const Meeting meeting(client, Context(server), nullptr);
      BOOST_TEST(meeting.alert() == row.alert);
      BOOST_TEST((meeting.server.state() == State::established) == (*row.alert == '\0'));
      BOOST_TEST((meeting.client.stage() == TlsStage::finished) == row.client_believes);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace smtprig::fakes::tls::test
