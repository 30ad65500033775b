// The patterns of Postfix's folder on lines that Postfix 3.7 wrote, and on lines that a peer would
// like it to have written.
#include <boost/test/unit_test.hpp>

#include "harness/servers/installed.hpp"
#include "harness/servers/log_reader.hpp"

using namespace smtprig;
using Kind = fakes::ServerFact::Kind;

namespace {

const std::string at = "Nov 24 07:43:28 mta postfix/";

servers::LogReader make_reader() {
  return servers::LogReader(
      servers::describe_server(SMTPRIG_SOURCE_DIR "/harness/servers", "postfix").log);
}

fakes::ServerFact fact(Kind kind, std::string queue_id, std::string recipient, std::string relay,
                       std::string status, std::string detail, std::string client = {}) {
  return {kind,
          std::move(queue_id),
          std::move(recipient),
          std::move(relay),
          std::move(status),
          std::move(detail),
          std::move(client)};
}

void check(const fakes::ServerFact& actual, const fakes::ServerFact& expected) {
  BOOST_TEST((actual.kind == expected.kind));
  BOOST_TEST(actual.queue_id == expected.queue_id);
  BOOST_TEST(actual.recipient == expected.recipient);
  BOOST_TEST(actual.relay == expected.relay);
  BOOST_TEST(actual.status == expected.status);
  BOOST_TEST(actual.detail == expected.detail);
  BOOST_TEST(actual.client == expected.client);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(postfix_log)

BOOST_AUTO_TEST_CASE(single_lines) {
  const std::string mx = "mx.a.test[198.18.1.1]:25";
  const std::pair<std::string, fakes::ServerFact> rows[] = {
      {"smtpd[9]: 4XzAbC1dEfz1: client=unknown[198.51.100.1]",
       fact(Kind::queued, "4XzAbC1dEfz1", "", "", "", "", "198.51.100.1")},
      {"smtpd[9]: 4XzAbC1dEfz1: client=unknown[fd00:5a::1:0:1]:4711, sasl_method=PLAIN",
       fact(Kind::queued, "4XzAbC1dEfz1", "", "", "", ", sasl_method=PLAIN", "fd00:5a::1:0:1")},
      {"smtpd[9]: Trusted TLS connection established from unknown[198.18.2.81]:34005: TLSv1.3 with "
       "cipher TLS_AES_256_GCM_SHA384 (256/256 bits)",
       fact(Kind::note, "", "", "", "", "Trusted TLS connection established", "198.18.2.81")},
      {"smtpd[9]: NOQUEUE: abort: TLS from unknown[198.18.2.81]:34005: Client certificate not "
       "trusted",
       fact(Kind::note, "", "", "", "", "abort: TLS", "198.18.2.81")},
      {"smtpd[9]: lost connection after DATA (18 bytes) from unknown[198.18.2.81]:34005",
       fact(Kind::note, "", "", "", "", "lost connection after DATA (18 bytes)", "198.18.2.81")},
      {"smtp[225]: 4CF53A7C258: to=<u@a.test>, relay=" + mx +
           ", delay=0.24, delays=0.1/0.01/0.1/0.03, dsn=4.7.5, status=deferred (Server certificate "
           "not verified)",
       fact(Kind::deferred, "4CF53A7C258", "u@a.test", mx, "4.7.5",
            "Server certificate not verified")},
      {"smtp[217]: C6A54A7C2A4: to=<u@a.test>, orig_to=<v@a.test>, relay=" + mx +
           ", conn_use=2, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 Ok queued)",
       fact(Kind::delivered, "C6A54A7C2A4", "u@a.test", mx, "2.0.0", "250 2.0.0 Ok queued")},
      {"smtp[1]: A: to=<u@a.test>, relay=mx.a.test[fd00:5a::1:0:1]:25, delay=1, delays=0/0/0/1, "
       "dsn=5.1.1, status=bounced (host said: 550 5.1.1 no such user (in reply to RCPT TO "
       "command))",
       fact(Kind::bounced, "A", "u@a.test", "mx.a.test[fd00:5a::1:0:1]:25", "5.1.1",
            "host said: 550 5.1.1 no such user (in reply to RCPT TO command)")},
      {"error[1]: A: to=<u@a.test>, relay=none, delay=1, delays=0/0/0/1, dsn=4.4.1, "
       "status=deferred (delivery temporarily suspended)",
       fact(Kind::deferred, "A", "u@a.test", "none", "4.4.1", "delivery temporarily suspended")},
      {"qmgr[3]: A: from=<s@b.test>, status=expired, returned to sender",
       fact(Kind::expired, "A", "", "", "", "")},
      {"qmgr[3]: A: removed", fact(Kind::removed, "A", "", "", "", "")},
      {"postsuper[3]: A: removed", fact(Kind::removed, "A", "", "", "", "")},
      {"master[3]: warning: process /usr/lib/postfix/sbin/smtp pid 77 killed by signal 11",
       fact(Kind::note, "", "", "", "",
            "warning: process /usr/lib/postfix/sbin/smtp pid 77 killed by signal 11")},
  };
  for (const auto& [line, expected] : rows) {
    BOOST_TEST_CONTEXT(line) {
      servers::LogReader reader = make_reader();
      const auto facts = reader.read(at + line);
      BOOST_TEST_REQUIRE(facts.size() == 1);
      check(facts[0], expected);
    }
  }
}

BOOST_AUTO_TEST_CASE(an_attempt) {
  servers::LogReader reader = make_reader();
  const char* const lines[] = {
      "smtp[225]: server certificate verification failed for mx.a.test[198.18.1.5]:25: "
      "num=62:hostname mismatch",
      "smtp[226]: SSL_connect error to mx.b.test[198.18.1.6]:25: lost connection",
      "smtp[225]: Untrusted TLS connection established to mx.a.test[198.18.1.5]:25: TLSv1.3 with "
      "cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519",
  };
  for (const char* line : lines)
    BOOST_TEST(reader.read(at + line).empty());
  const auto facts =
      reader.read(at +
                  "smtp[225]: A: to=<u@a.test>, relay=mx.a.test[198.18.1.5]:25, delay=0.24, "
                  "delays=0/0/0/0, dsn=4.7.5, status=deferred (Server certificate not verified)");
  BOOST_TEST_REQUIRE(facts.size() == 3);
  check(facts[0], fact(Kind::note, "A", "u@a.test", "mx.a.test[198.18.1.5]:25", "",
                       "server certificate verification failed for mx.a.test[198.18.1.5]:25: "
                       "num=62:hostname mismatch"));
  check(facts[1], fact(Kind::tls, "A", "u@a.test", "mx.a.test[198.18.1.5]:25", "", "Untrusted"));
  BOOST_TEST((facts[2].kind == Kind::deferred));
}

BOOST_AUTO_TEST_CASE(hostile_lines) {
  const std::string head =
      "smtp[1]: A: to=<u@a.test>, relay=mx[1.2.3.4]:25, delay=1, "
      "delays=0/0/0/1, dsn=4.0.0, status=deferred (host said: 451 ";
  // In a reply, each of these is text: the fact stays what the structured part said.
  for (const char* text :
       {") status=sent (250 ok", "dsn=2.0.0, status=sent (ok)", "A: removed", "\xff\xf0\x9f)",
        "smtp[1]: Verified TLS connection established to x[1.2.3.4]:25: TLSv1.3", "((((", ""}) {
    BOOST_TEST_CONTEXT(text) {
      servers::LogReader reader = make_reader();
      const auto facts = reader.read(at + head + text + ")");
      BOOST_TEST_REQUIRE(facts.size() == 1);
      BOOST_TEST((facts[0].kind == Kind::deferred));
      BOOST_TEST(facts[0].recipient == "u@a.test");
      BOOST_TEST(facts[0].detail == std::string("host said: 451 ") + text);
    }
  }
  // Lines that only quote.
  servers::LogReader reader = make_reader();
  const std::string sent =
      "A: to=<u@a.test>, relay=x, delay=1, delays=0/0/0/1, dsn=2.0.0, "
      "status=sent (ok)";
  for (const std::string& line :
       {at + "smtp[1]: warning: " + sent, at + "smtpd[1]: improper command: " + sent,
        at + "cleanup[1]: A: message-id=<" + sent + ">", "x " + at + "qmgr[1]: A: removed",
        at + "smtp[1]: warning: " + at + "qmgr[1]: A: removed", std::string(100'000, 'x'),
        at + "smtp[1]: " + std::string(100'000, '(')}) {
    BOOST_TEST_CONTEXT(line.substr(0, 120)) {
      BOOST_TEST(reader.read(line).empty());
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
