// Scenarios in words.
#include "harness/cli/explain.hpp"

#include <boost/test/unit_test.hpp>

#include "harness/cli/describe.hpp"

#include <algorithm>
#include <string>

namespace smtprig::cli {
namespace {

using namespace std::chrono_literals;

BOOST_AUTO_TEST_CASE(an_honest_host_needs_no_words) {
  BOOST_TEST(deviations(model::Host{.name = "mx"}).empty());
}

BOOST_AUTO_TEST_CASE(each_deviation_is_a_sentence) {
  const struct {
    const char* expected;
    void (*change)(model::Host&);
  } rows[] = {
      {"refuses every connection", [](auto& host) { host.reach = model::Reach::refuses; }},
      {"has no address record", [](auto& host) { host.published = false; }},
      {"does not offer STARTTLS (502 when asked all the same)",
       [](auto& host) { host.receiver.starttls = fakes::StartTls::no; }},
      {"demands TLS: 530 5.7.0 to all but EHLO, NOOP, STARTTLS and QUIT before it",
       [](auto& host) { host.receiver.require_tls = true; }},
      {"speaks TLS from the first byte", [](auto& host) { host.receiver.implicit_tls = true; }},
      {"does not announce PIPELINING, SIZE",
       [](auto& host) {
         host.receiver.extensions.pipelining = false;
         host.receiver.extensions.size_bytes = 0;
       }},
      {"announces SIZE 1000", [](auto& host) { host.receiver.extensions.size_bytes = 1000; }},
      {"presents a certificate \"expired\": its end lies in the past",
       [](auto& host) { host.receiver.certificate = fakes::CertificateClass::expired; }},
      {"speaks TLS 1.0 to 1.1",
       [](auto& host) {
         host.receiver.tls = {fakes::TlsVersion::tls1_0, fakes::TlsVersion::tls1_1};
       }},
      {"refuses a client without a certificate",
       [](auto& host) { host.receiver.demands_certificate = true; }},
      {"sends tickets and refuses who brings one back",
       [](auto& host) { host.receiver.tls.tickets = fakes::Tickets::refused; }},
      {"sends tickets and resumes sessions",
       [](auto& host) { host.receiver.tls.tickets = fakes::Tickets::resumed; }},
      {"warns a client that asks for any name",
       [](auto& host) { host.receiver.tls.server_names = fakes::ServerNames::warned; }},
      {"refuses a client that asks for another name",
       [](auto& host) { host.receiver.tls.server_names = fakes::ServerNames::own; }},
      {"has the Diffie-Hellman group ffdhe3072",
       [](auto& host) { host.receiver.tls.dh = fakes::DhGroup::ffdhe3072; }},
      {"selects by ALPN one of these: smtp:h2",
       [](auto& host) { host.receiver.tls.alpn = "smtp:h2"; }},
      {"speaks TLS 1.3 only",
       [](auto& host) {
         host.receiver.tls = {fakes::TlsVersion::tls1_3, fakes::TlsVersion::tls1_3};
       }},
  };
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.expected) {
      model::Host host{.name = "mx"};
      row.change(host);
      const auto list = deviations(host);
      BOOST_REQUIRE(list.size() == 1);
      BOOST_TEST(list.front() == row.expected);
    }
  }
}

BOOST_AUTO_TEST_CASE(rules_say_when_and_what) {
  fakes::Rule rule;
  rule.when.position = fakes::SmtpPosition::rcpt;
  rule.when.phase = fakes::Phase::post_tls;
  rule.when.nth = {2, fakes::Ordinals{}.last};
  rule.when.connection = {1, 1};
  rule.when.argument = "^bob@";
  rule.actions = {fakes::Reply{{"250-a", "250 b"}, "", fakes::Segmentation::per_line, 20ms},
                  fakes::Close{fakes::CloseHow::rst}};
  BOOST_TEST(
      rule_text(rule) ==
      "at RCPT, inside TLS, where its argument matches /^bob@/, time from 2 on, on "
      "connection 1: replies \"250-a / 250 b\", a segment per line, after 20 ms, then resets "
      "the connection");
  fakes::Rule stage;
  stage.when.position = fakes::TlsStage::client_hello;
  stage.actions = {fakes::Alert{2, 40}, fakes::Hang{}};
  BOOST_TEST(rule_text(stage) ==
             "at the ClientHello: sends TLS alert 40 (level 2), then says nothing more");
}

BOOST_AUTO_TEST_CASE(reporting_of_tls) {
  using Texts = std::vector<std::string>;
  model::TlsReporting reporting;
  BOOST_TEST(tlsrpt_texts(reporting) == Texts{"the record \"v=TLSRPTv1; rua={collector}\""},
             boost::test_tools::per_element());
  reporting.record = false;
  reporting.published = false;
  reporting.collector.answers = {{.status = 503, .delay = std::chrono::milliseconds(4)}};
  const Texts odd = {"no record", "its collector has no address record",
                     "its collector answers with status 503 after 4 ms"};
  BOOST_TEST(tlsrpt_texts(reporting) == odd, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(policies_of_mta_sts) {
  using Texts = std::vector<std::string>;
  model::StsPublication sts;
  sts.host.answers.front().mx = {"mx", "*.@"};
  BOOST_TEST(sts_texts(sts) == Texts{"enforce, names mx, *.@; max_age 604800 s, id 1"},
             boost::test_tools::per_element());
  sts.from = "m2";
  sts.record = false;
  sts.reach = model::Reach::refuses;
  sts.host.https.certificate = fakes::CertificateClass::expired;
  auto& answer = sts.host.answers.front();
  answer.body = "version: STSv1";
  answer.status = 404;
  answer.content_type.reset();
  answer.segment_bytes = 8;
  answer.pause = 20ms;
  fakes::HttpsRule rule;
  rule.when.position = fakes::HttpsPosition::body;
  rule.actions = {fakes::Close{}};
  sts.host.https.rules = {rule};
  const auto texts = sts_texts(sts);
  BOOST_TEST(texts.front() == "the policy \"version: STSv1\"; id 1");
  for (const char* wanted :
       {"from message m2 on", "has no TXT record of its own", "its host refuses every connection",
        "answers with status 404", "has no media type", "comes 8 bytes at a time, every 20 ms",
        "at half of the body: closes"})
    BOOST_TEST(std::ranges::count(texts, wanted) == 1, wanted);
  BOOST_TEST(texts.size() == 9U);
}

BOOST_AUTO_TEST_CASE(attackers_in_words) {
  for (const auto attacker : model::attackers)
    BOOST_TEST(!attacker_text(attacker).empty(), name(attacker));
  BOOST_TEST(attacker_text(model::Attacker::none).empty());
}

BOOST_AUTO_TEST_CASE(records_of_dane) {
  using Of = model::TlsaRecord::Of;
  BOOST_TEST(tlsa_text({2, 0, 1, Of::issuer, "", ""}) == "TLSA 2 0 1 of its certificate's issuer");
  BOOST_TEST(tlsa_text({3, 1, 1, Of::leaf, "ab", "_25._tcp.other"}) ==
             "TLSA with 2 bytes of its own, at _25._tcp.other");
}

BOOST_AUTO_TEST_CASE(faults_and_expectations) {
  BOOST_TEST(fault_text({"@", "MX", fakes::DnsReply::servfail, {1, 1}}) ==
             "MX of @ is answered SERVFAIL, time 1");
  BOOST_TEST(fault_text({"@", "*", fakes::DnsReply::nxdomain, {}}) ==
             "any type of @ is answered NXDOMAIN");
  fakes::DnsReply none = fakes::DnsReply::none;
  BOOST_TEST(fault_text({"mx", "A", none, {2, 3}}) == "A of mx is not answered, time 2 to 3");
  BOOST_TEST(fault_text({"mx", "A", fakes::DnsReply::insecure, {}, 1s}) ==
             "A of mx is answered without proof, 1000 ms late");
  model::Expectation expectation;
  expectation.policies = {model::Policy::verify, model::Policy::secure};
  expectation.delivery = {model::Delivery::deferred, model::Delivery::bounced};
  expectation.because = "of a note";
  BOOST_TEST(expectation_text(expectation) ==
             "under verify, secure: deferred or bounced, because of a note");
}

BOOST_AUTO_TEST_CASE(a_page_says_what_is_played_and_permitted) {
  auto scenario = std::make_shared<model::Scenario>();
  scenario->id = "cert/expired";
  scenario->summary = "The MX presents an expired certificate.\x1b[2J";
  scenario->clause = "RFC 8461 4.2";
  scenario->level = "MUST";
  scenario->location = {"cert.xml", 12, 3};
  scenario->hosts = {model::Host{.name = "mx"}};
  scenario->hosts[0].receiver.certificate = fakes::CertificateClass::expired;
  scenario->mx = {{"mx", 10}};
  const auto one = explain_text({{scenario, {"postfix", ""}, model::Policy::verify}}, 80);
  for (const char* part :
       {"cert/expired  (cert.xml:12)", "RFC 8461 4.2 (MUST)", "expired.cert.verify.test",
        "presents a certificate \"expired\": its end lies in the past", "mx, preference 10",
        "m1 to rcpt", "deferred", "smtprig run cert/expired --server postfix --policy verify"})
    BOOST_TEST(one.find(part) != std::string::npos, part << " is missing in\n" << one);
  BOOST_TEST(one.find('\x1b') == std::string::npos);
  const auto two = explain_text({{scenario, {"postfix", ""}, model::Policy::none},
                                 {scenario, {"postfix", ""}, model::Policy::verify}},
                                80);
  BOOST_TEST(two.find("delivered plaintext") != std::string::npos, two);
  BOOST_TEST(two.find("--policy") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(policies_of_which_the_same_is_said_share_an_entry) {
  auto scenario = std::make_shared<model::Scenario>();
  scenario->id = "a/b";
  scenario->hosts = {model::Host{.name = "mx"}};
  scenario->hosts[0].receiver.certificate = fakes::CertificateClass::expired;
  scenario->mx = {{"mx", 10}};
  const auto page_of = [&](std::initializer_list<model::Policy> policies) {
    std::vector<model::Cell> cells;
    for (const auto policy : policies)
      cells.push_back({scenario, {"postfix", ""}, policy});
    return explain_text(cells, 80);
  };
  using enum model::Policy;
  const auto pair = page_of({none, verify, secure});
  BOOST_TEST(pair.find("\n  verify, secure\n               deferred\n") != std::string::npos, pair);
  BOOST_TEST(pair.find("\n  none         delivered plaintext\n") != std::string::npos, pair);
  // Only next to each other: the order of the columns stays.
  const auto apart = page_of({verify, none, secure});
  BOOST_TEST(apart.find("\n  verify       deferred\n") != std::string::npos, apart);
  BOOST_TEST(apart.find("\n  secure       deferred\n") != std::string::npos, apart);
}

}  // namespace
}  // namespace smtprig::cli
