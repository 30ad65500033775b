// The running server as a receiver, over real sockets: every class of sender under every policy,
// and senders that break off, talk out of turn or speak something else.
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "client.hpp"

namespace {

using namespace smtprig;
using namespace smtprig::embedded;
using namespace smtprig::fakes;
using namespace std::chrono_literals;
using namespace std::string_literals;
using embedded::test::Client;
using embedded::test::World;

constexpr auto none = InboundPolicy::none;
constexpr auto may = InboundPolicy::may;
constexpr auto encrypt = InboundPolicy::encrypt;
constexpr auto require = InboundPolicy::require_client_cert;

// A server with one listener of that policy, at index 1.
struct Inbound {
  explicit Inbound(InboundPolicy policy, Service service = Service::smtp, Mutants mutants = {},
                   Timeouts timeouts = World::short_timeouts())
      : world(model::Policy::none, mutants, timeouts) {
    world.add_listener(policy, service);
    world.start();
  }

  // Lines of the log that begin so.
  std::vector<std::string> logged(const std::string& event) const {
    std::vector<std::string> found;
    for (const std::string& line : world.log) {
      if (line.starts_with(event + " ")) found.push_back(line);
    }
    return found;
  }
  // Messages of the client; a notification has the null return path.
  std::size_t queued() const {
    std::size_t count = 0;
    for (const std::string& line : logged("queued"))
      count += line.find(" from=<a@from.test> ") != std::string::npos;
    return count;
  }
  bool settled() {
    return world.run_until([this] { return world.server().sessions() == 0; });
  }

  World world;
};

tls::Settings speaking(TlsVersion lowest, TlsVersion highest) {
  tls::Settings settings = Client::modern();
  settings.versions = {lowest, highest};
  return settings;
}

// P: accepted in clear; E: inside TLS; R: refused; G: given up. As in the oracle.
std::string plaintext_only(Client& client) {
  client.reply();
  client.ask("EHLO c.test");
  return client.send_message()[0] == '2' ? "P" : "R";
}

std::string with_tls(Client& client, const tls::Settings& settings) {
  const std::string refused = client.start_tls(settings);
  if (refused.starts_with("502")) return "G";
  if (!refused.empty()) return "R";
  return client.send_message()[0] == '2' ? "E" : "R";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(inbound)

BOOST_AUTO_TEST_CASE(each_class_under_each_policy) {
  struct Row {
    std::string name;
    std::function<std::string(Client&)> send;
    std::string outcomes;  // none, may, encrypt, require-client-cert
  };
  const auto showing = [](CertificateClass what) {
    return [what](Client& client) { return with_tls(client, client.showing(what)); };
  };
  const auto versions = [](TlsVersion lowest, TlsVersion highest) {
    return [=](Client& client) { return with_tls(client, speaking(lowest, highest)); };
  };
  const auto named = [](const std::string& name) {
    return [name](Client& client) {
      tls::Settings settings = Client::modern();
      settings.server_name = name;
      return with_tls(client, settings);
    };
  };
  const std::vector<Row> rows = {
      {"I1 plaintext only", plaintext_only, "PPRR"},
      {"I2 no certificate", [](Client& client) { return with_tls(client, Client::modern()); },
       "GEER"},
      {"I4 trusted certificate", showing(CertificateClass::good), "GEEE"},
      {"I5 self-signed certificate", showing(CertificateClass::self_signed), "GEER"},
      {"I6 expired certificate", showing(CertificateClass::expired), "GEER"},
      {"I7 certificate for servers",
       [](Client& client) { return with_tls(client, client.showing_a_servers()); }, "GEER"},
      {"untrusted certificate", showing(CertificateClass::untrusted_ca), "GEER"},
      {"I15 TLS 1.0", versions(TlsVersion::tls1_0, TlsVersion::tls1_0), "GRRR"},
      {"I15 TLS 1.1", versions(TlsVersion::tls1_0, TlsVersion::tls1_1), "GRRR"},
      {"I16 TLS 1.2", versions(TlsVersion::tls1_2, TlsVersion::tls1_2), "GEER"},
      {"I16 TLS 1.3", versions(TlsVersion::tls1_3, TlsVersion::tls1_3), "GEER"},
      {"I20 another name", named("elsewhere.test"), "GEER"},
      {"I20 no name", named(""), "GEER"},
      {"I20 an address", named("127.0.0.1"), "GEER"},
      {"I20 a hostile name", named("../../etc/passwd \x7f'\"\\"), "GEER"},
  };
  const InboundPolicy policies[] = {none, may, encrypt, require};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < std::size(policies); ++i) {
      BOOST_TEST_CONTEXT(row.name << ", " << name(policies[i])) {
        Inbound inbound(policies[i]);
        {
          Client client(inbound.world, 1);
          BOOST_TEST(row.send(client) == std::string(1, row.outcomes[i]));
        }
        const bool accepted = row.outcomes[i] == 'P' || row.outcomes[i] == 'E';
        BOOST_TEST(inbound.queued() == (accepted ? 1u : 0u));
        BOOST_TEST(inbound.settled());
        // Whatever it was, the next client is served.
        Client next(inbound.world, 1);
        BOOST_TEST(next.reply().starts_with("220 "));
        BOOST_TEST(next.code("EHLO next.test") == "250");
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(the_log_tells_of_tls) {
  Inbound inbound(require);
  struct Row {
    CertificateClass what;
    std::string trust;
  };
  for (const Row& row :
       {Row{CertificateClass::good, "Trusted"}, Row{CertificateClass::self_signed, "Untrusted"}}) {
    Client client(inbound.world, 1);
    client.start_tls(client.showing(row.what));
    BOOST_TEST(inbound.logged("tls-in").back() ==
               "tls-in client=127.0.0.1 trust=" + row.trust +
                   " version=TLSv1.3 cipher=TLS_AES_256_GCM_SHA384 name=\"CN=client.test\"");
  }
  Client client(inbound.world, 1);
  client.start_tls(Client::modern());
  BOOST_TEST(inbound.logged("tls-in").back() ==
             "tls-in client=127.0.0.1 trust=Anonymous version=TLSv1.3 "
             "cipher=TLS_AES_256_GCM_SHA384 name=\"\"");
  const std::string started = inbound.logged("started").back();
  BOOST_TEST(started.ends_with(" policy=require-client-cert service=smtp"));
}

BOOST_AUTO_TEST_CASE(submissions) {
  for (const InboundPolicy policy : {may, encrypt, require}) {
    Inbound inbound(policy, Service::submissions);
    Client client(inbound.world, 1);
    BOOST_TEST(client.shake_hands(client.showing(CertificateClass::good)) == "");
    BOOST_TEST(client.reply().starts_with("220 "));
    const std::string offer = client.ask("EHLO c.test");
    BOOST_TEST(offer.find("STARTTLS") == std::string::npos);
    BOOST_TEST(offer.find("AUTH PLAIN LOGIN CRAM-MD5 XOAUTH2") != std::string::npos);
    BOOST_TEST(client.code("STARTTLS") == "503");
    BOOST_TEST(client.code("AUTH PLAIN AHVzZXIAd3Jvbmc=") == "535");
    BOOST_TEST(client.code("AUTH PLAIN AHVzZXIAc2VjcmV0") == "235");
    BOOST_TEST(client.send_message().starts_with("250 "));
    BOOST_TEST(client.code("QUIT") == "221");
    BOOST_TEST(client.rest() == "(closed)");
  }
}

// A password is nowhere in the log, whether it was right or not.
BOOST_AUTO_TEST_CASE(the_log_is_silent_on_passwords) {
  Inbound inbound(encrypt, Service::submission);
  Client client(inbound.world, 1);
  BOOST_TEST(client.start_tls(Client::modern()) == "");
  client.ask("AUTH LOGIN dXNlcg==");
  BOOST_TEST(client.code("d3Jvbmc=") == "535");
  client.ask("AUTH PLAIN AHVzZXIAc2VjcmV0");
  for (const std::string& line : inbound.world.log) {
    for (const std::string word : {"secret", "wrong", "d3Jvbmc", "AHVzZXIAc2VjcmV0"})
      BOOST_TEST(line.find(word) == std::string::npos);
  }
}

// RFC 3207 4.2, RFC 2920: what stands behind STARTTLS is never answered.
BOOST_AUTO_TEST_CASE(commands_behind_starttls_are_dropped) {
  Inbound inbound(may);
  Client client(inbound.world, 1);
  client.reply();
  client.send("EHLO c.test\r\nSTARTTLS\r\nEHLO evil.test\r\nMAIL FROM:<x@y.test>\r\n");
  BOOST_TEST(client.reply().starts_with("250-"));
  BOOST_TEST(client.reply().starts_with("220 "));
  BOOST_TEST(client.shake_hands() == "");
  BOOST_TEST(client.code("RCPT TO:<r@to.test>") == "503");
  BOOST_TEST(client.code("QUIT") == "221");
  BOOST_TEST(client.rest() == "(closed)");
}

BOOST_AUTO_TEST_CASE(handshakes_that_fail_end_one_connection) {
  struct Row {
    std::string name;
    std::function<void(Client&)> spoil;
  };
  const std::vector<Row> rows = {
      {"SMTP instead", [](Client& client) { client.send("EHLO c.test\r\nMAIL FROM:<a@b>\r\n"); }},
      {"garbage", [](Client& client) { client.send(std::string(300, '\x80')); }},
      {"an alert", [](Client& client) { client.send(tls::alert_record(Alert{})); }},
      {"nothing in common",
       [](Client& client) {
         tls::Settings settings = Client::modern();
         settings.versions = {TlsVersion::tls1_2, TlsVersion::tls1_2, "AES128-SHA"};
         client.shake_hands(settings);
       }},
      {"FIN", [](Client& client) { client.close(); }},
      {"RST", [](Client& client) { client.close(CloseHow::rst); }},
      {"FIN behind half a ClientHello",
       [](Client& client) {
         client.send("\x16\x03\x01\x02\x00\x01\x00\x01\xfc"s);
         client.close();
       }},
      {"silence", [](Client&) {}},
      {"silence behind half a ClientHello",
       [](Client& client) { client.send("\x16\x03\x01\x02\x00\x01\x00\x01\xfc"s); }},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      Timeouts timeouts = World::short_timeouts();
      if (row.name.starts_with("silence")) timeouts.handshake = 50ms;
      Inbound inbound(encrypt, Service::smtp, {}, timeouts);
      Client client(inbound.world, 1);
      client.reply();
      BOOST_TEST(client.code("STARTTLS") == "220");
      row.spoil(client);
      const bool left = row.name.starts_with("FIN") || row.name == "RST";
      if (!left) {
        // An alert at most.
        BOOST_TEST(client.rest().find("50") == std::string::npos);
        client.close();
      }
      BOOST_TEST(inbound.settled());
      BOOST_TEST(inbound.logged("note").size() == 1u);
      BOOST_TEST(inbound.logged("note")[0].find("TLS handshake with 127.0.0.1 failed: ") !=
                 std::string::npos);
      Client next(inbound.world, 1);
      BOOST_TEST(next.start_tls(Client::modern()) == "");
      BOOST_TEST(next.send_message().starts_with("250 "));
    }
  }
}

BOOST_AUTO_TEST_CASE(clients_of_other_protocols) {
  Inbound inbound(may);
  for (const std::string& bytes : {"GET / HTTP/1.1\r\nHost: x\r\n\r\n"s,
                                   "POST / HTTP/1.1\r\n\r\nEHLO x\r\nMAIL FROM:<a@b.test>\r\n"s,
                                   "\x16\x03\x01\x02\x00\x01"s}) {
    for (const bool early : {false, true}) {
      Client client(inbound.world, 1);
      if (!early) client.reply();
      client.send(bytes);
      const std::string rest = client.rest();
      BOOST_TEST(rest.find("554 5.5.2 ") != std::string::npos);
      BOOST_TEST(rest.find("250") == std::string::npos);
      BOOST_TEST((rest.ends_with("\r\n(closed)") || rest.ends_with("(reset)")));
    }
  }
  BOOST_TEST(inbound.settled());
}

BOOST_AUTO_TEST_CASE(clients_that_leave_have_sent_what_was_acknowledged) {
  for (const std::string& sent :
       {"EHLO c.test\r\n"s, "EHLO c.test\r\nMAIL FROM:<a@from.test>\r\nRCPT TO:<r@to.test>\r\n"s,
        "EHLO c.test\r\nMAIL FROM:<a@from.test>\r\nRCPT TO:<r@to.test>\r\nDATA\r\nhalf"s,
        "EHLO c.test\r\nMAIL FROM:<a@from.test>\r\nRCPT TO:<r@to.test>\r\nDATA\r\nx\r\n.\r"s,
        "EHLO c.test\r\nMAIL FROM:<a@from.test>\r\nRCPT TO:<r@to.test>\r\nBDAT 9 LAST\r\nhalf"s}) {
    for (const CloseHow how : {CloseHow::fin, CloseHow::rst}) {
      Inbound inbound(none);
      Client client(inbound.world, 1);
      client.send(sent);
      client.close(how);
      BOOST_TEST(inbound.settled());
      BOOST_TEST(inbound.queued() == 0u);
    }
  }
  // The final dot was read: the message is there, whether the client waits for the reply or not.
  Inbound inbound(none);
  Client client(inbound.world, 1);
  client.send(
      "EHLO c.test\r\nMAIL FROM:<a@from.test>\r\nRCPT TO:<r@to.test>\r\nDATA\r\nx\r\n.\r\n");
  client.close();
  BOOST_TEST(inbound.settled());
  BOOST_TEST(inbound.queued() == 1u);
}

BOOST_AUTO_TEST_CASE(early_slow_and_over_ipv6) {
  World world(model::Policy::none);
  world.add_receiver({.starttls = StartTls::no});
  world.add_listener(may);
  world.add_listener(may, Service::smtp, "::1");
  world.start();
  for (const std::size_t where : {1u, 2u}) {
    Client client(world, where);
    client.byte_by_byte = true;
    client.send("EHLO early.test\r\nSTARTTLS\r\n");
    BOOST_TEST(client.reply().starts_with("220 "));
    BOOST_TEST(client.reply().starts_with("250-"));
    BOOST_TEST(client.reply().starts_with("220 "));
    BOOST_TEST(client.shake_hands() == "");
    BOOST_TEST(client.code("EHLO c.test") == "250");
    BOOST_TEST(client.send_message().starts_with("250 "));
  }
  BOOST_TEST(world.run_until([&] { return world.server().queued() == 0; }));
  std::string received;
  for (const Event& event : world.journal().events()) {
    if (const auto* message = std::get_if<MessageAccepted>(&event.body))
      received += message->content.substr(0, message->content.find("\r\n"));
  }
  BOOST_TEST(received == "Received: from c.test ([127.0.0.1])Received: from c.test ([IPv6:::1])");
}

BOOST_AUTO_TEST_SUITE_END()
