// What is written arrives in the model.
#include <boost/test/unit_test.hpp>

#include "files.hpp"
#include "harness/xml/table.hpp"

namespace smtprig::xml::test {
namespace {

using namespace smtprig::fakes;

std::shared_ptr<const model::Scenario> one(const std::string& body) {
  const auto suite = read_body(body);
  for (const auto& problem : suite.problems)
    BOOST_ERROR(problem.text());
  BOOST_REQUIRE(suite.scenarios.size() == 1);
  return suite.scenarios[0];
}

std::shared_ptr<const model::Scenario> in_scenario(const std::string& children) {
  return one("<scenario id=\"a/b\"><summary>s</summary>" + children + "</scenario>");
}

std::string without_suite(const std::string& attributes) {
  return "<mx" + attributes + "/>";
}

bool equal(const ReceiverSpec& a, const ReceiverSpec& b) {
  const auto& x = a.extensions;
  const auto& y = b.extensions;
  return a.starttls == b.starttls && a.require_tls == b.require_tls &&
         a.implicit_tls == b.implicit_tls && a.certificate == b.certificate &&
         a.tls.min == b.tls.min && a.tls.max == b.tls.max && x.pipelining == y.pipelining &&
         x.eight_bit_mime == y.eight_bit_mime && x.smtputf8 == y.smtputf8 && x.dsn == y.dsn &&
         x.enhanced_status_codes == y.enhanced_status_codes && x.size_bytes == y.size_bytes;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(scenario)

BOOST_AUTO_TEST_CASE(short_form) {
  const auto scenario =
      one("<scenario id=\"cert/expired\" clause=\"RFC 8461 4.2\" level=\"MUST\" "
          "ref=\"CE-1\">\n<summary>It\n   is late.</summary>\n"
          "<mx certificate=\"expired\" address=\"ipv4 ipv6\"/></scenario>");
  BOOST_TEST(scenario->id == "cert/expired");
  BOOST_TEST(scenario->summary == "It is late.");
  BOOST_TEST(scenario->clause == "RFC 8461 4.2");
  BOOST_TEST(scenario->level == "MUST");
  BOOST_TEST(scenario->ref == "CE-1");
  BOOST_TEST(scenario->location.line == 2);
  BOOST_REQUIRE(scenario->hosts.size() == 1);
  const auto& host = scenario->hosts[0];
  BOOST_TEST(host.name == "mx");
  BOOST_TEST(host.ipv4);
  BOOST_TEST(host.ipv6);
  BOOST_TEST((host.receiver.certificate == CertificateClass::expired));
  BOOST_REQUIRE(scenario->mx.size() == 1);
  BOOST_TEST(scenario->mx[0].target == "mx");
  BOOST_TEST(scenario->mx[0].preference == 10);
  BOOST_REQUIRE(scenario->messages.size() == 1);
  BOOST_TEST(scenario->messages[0].id == "m1");
  BOOST_TEST(scenario->messages[0].recipients == std::vector<std::string>{"rcpt"},
             boost::test_tools::per_element());
}

// The page and the schema tell defaults; they are those of the model.
BOOST_AUTO_TEST_CASE(defaults_of_the_table_are_the_models) {
  std::string attributes;
  for (const auto& attribute : element("mx").attributes)
    if (!attribute.fallback.empty())
      attributes += " " + attribute.name + "=\"" + attribute.fallback + "\"";
  BOOST_TEST(attributes.find("starttls") != std::string::npos);
  const auto silent = in_scenario("<mx/>");
  const auto spelt = in_scenario(without_suite(attributes));
  BOOST_TEST(equal(spelt->hosts[0].receiver, silent->hosts[0].receiver));
  BOOST_TEST(equal(silent->hosts[0].receiver, ReceiverSpec{}));
  BOOST_TEST(spelt->hosts[0].ipv4 == silent->hosts[0].ipv4);
  BOOST_TEST(spelt->hosts[0].ipv6 == silent->hosts[0].ipv6);
  BOOST_TEST((spelt->hosts[0].reach == silent->hosts[0].reach));
  BOOST_TEST(spelt->hosts[0].published == silent->hosts[0].published);
  BOOST_TEST(spelt->mx[0].preference == silent->mx[0].preference);
  const auto plain = in_scenario("<mx/><message/>");
  const auto full = in_scenario("<mx/><message id=\"m1\" recipients=\"rcpt\"/>");
  BOOST_TEST(plain->messages[0].recipients == full->messages[0].recipients);
}

BOOST_AUTO_TEST_CASE(every_receiver_attribute) {
  const auto spec =
      in_scenario(without_suite(" starttls=\"no\" require-tls=\"yes\" pipelining=\"no\" "
                                "eight-bit-mime=\"no\" smtputf8=\"no\" dsn=\"no\" "
                                "enhanced-status-codes=\"no\" size=\"0\""))
          ->hosts[0]
          .receiver;
  ReceiverSpec expected;
  expected.starttls = StartTls::no;
  expected.require_tls = true;
  expected.extensions = {false, false, false, false, false, 0};
  BOOST_TEST(equal(spec, expected));
  const auto tls = in_scenario(without_suite(" implicit-tls=\"yes\" certificate=\"wrong-host\" "
                                             "tls=\"1.0-1.1\""))
                       ->hosts[0]
                       .receiver;
  expected = {};
  expected.implicit_tls = true;
  expected.certificate = CertificateClass::wrong_host;
  expected.tls = {TlsVersion::tls1_0, TlsVersion::tls1_1};
  BOOST_TEST(equal(tls, expected));
}

BOOST_AUTO_TEST_CASE(hosts_records_and_faults) {
  const auto scenario = in_scenario(
      "<host name=\"mx1\" reach=\"refuses\"/><host name=\"a.b\" published=\"no\" "
      "address=\"ipv6\"/><mx host=\"mx1\" preference=\"5\"/><mx host=\"a.b\"/><mx host=\".\"/>"
      "<record name=\"@\" type=\"TXT\" data=\"v=spf1 -all\"/>"
      "<on dns=\"AAAA mx1\" nth=\"2-3\"><answer rcode=\"SERVFAIL\"/></on>"
      "<message id=\"one\" recipients=\"alice bob\"/>"
      "<expect policy=\"verify secure\" delivery=\"deferred bounced\" channel=\"none\" "
      "because=\"x\"/>");
  BOOST_REQUIRE(scenario->hosts.size() == 2);
  BOOST_TEST((scenario->host("mx1")->reach == model::Reach::refuses));
  BOOST_TEST(!scenario->host("a.b")->published);
  BOOST_TEST(!scenario->host("a.b")->ipv4);
  BOOST_TEST(scenario->host("a.b")->ipv6);
  BOOST_REQUIRE(scenario->mx.size() == 3);
  BOOST_TEST(scenario->mx[0].preference == 5);
  BOOST_TEST(scenario->mx[2].target == ".");
  BOOST_TEST(scenario->mx[2].preference == 0);
  BOOST_REQUIRE(scenario->records.size() == 1);
  BOOST_TEST(scenario->records[0].data == "v=spf1 -all");
  BOOST_REQUIRE(scenario->dns_faults.size() == 1);
  BOOST_TEST(scenario->dns_faults[0].name == "mx1");
  BOOST_TEST(scenario->dns_faults[0].type == "AAAA");
  BOOST_TEST((scenario->dns_faults[0].reply == DnsReply::servfail));
  BOOST_TEST((scenario->dns_faults[0].nth == Ordinals{2, 3}));
  BOOST_REQUIRE(scenario->expectations.size() == 1);
  const auto& expectation = scenario->expectations[0];
  BOOST_TEST(expectation.policies.size() == 2);
  BOOST_TEST(expectation.delivery.size() == 2);
  BOOST_TEST(expectation.channel.size() == 1);
  BOOST_TEST(expectation.because == "x");
}

BOOST_AUTO_TEST_CASE(rules_and_actions) {
  const auto scenario = in_scenario(
      "<mx><on smtp=\"RCPT\" argument=\"^bob@\" nth=\"2-\" phase=\"post-tls\" connection=\"3\">"
      "<reply segment=\"per-line\" delay=\"20ms\"><line>250-a</line><line>250 b</line></reply>"
      "<reply raw=\"a\\r\\n\\x00\\0\\\\\" segment=\"per-byte\" delay=\"2s\"/><close "
      "how=\"rst\"/></on>"
      "<on tls=\"server-hello\"><alert level=\"warning\" description=\"unknown-ca\"/>"
      "<alert description=\"200\"/><hang/></on>"
      "<on smtp=\"end-of-data\"><reply/><close how=\"no-notify\"/></on></mx>");
  const auto& rules = scenario->hosts[0].receiver.rules;
  BOOST_REQUIRE(rules.size() == 3);
  BOOST_TEST(rules[0].id == "smtp=RCPT");
  BOOST_TEST((std::get<SmtpPosition>(rules[0].when.position) == SmtpPosition::rcpt));
  BOOST_TEST((rules[0].when.phase == Phase::post_tls));
  BOOST_TEST((rules[0].when.nth == Ordinals{2}));
  BOOST_TEST((rules[0].when.connection == Ordinals{3, 3}));
  BOOST_TEST(rules[0].when.argument == "^bob@");
  BOOST_REQUIRE(rules[0].actions.size() == 3);
  const auto& reply = std::get<Reply>(rules[0].actions[0]);
  BOOST_TEST(reply.lines == (std::vector<std::string>{"250-a", "250 b"}),
             boost::test_tools::per_element());
  BOOST_TEST((reply.segment == Segmentation::per_line));
  BOOST_TEST(reply.delay.count() == 20);
  const auto& raw = std::get<Reply>(rules[0].actions[1]);
  BOOST_TEST(raw.raw == std::string("a\r\n\0\0\\", 6));
  BOOST_TEST(raw.lines.empty());
  BOOST_TEST((raw.segment == Segmentation::per_byte));
  BOOST_TEST(raw.delay.count() == 2000);
  BOOST_TEST((std::get<Close>(rules[0].actions[2]).how == CloseHow::rst));
  BOOST_TEST((std::get<TlsStage>(rules[1].when.position) == TlsStage::server_hello));
  BOOST_TEST(std::get<Alert>(rules[1].actions[0]).level == 1);
  BOOST_TEST(std::get<Alert>(rules[1].actions[0]).description == 48);
  BOOST_TEST(std::get<Alert>(rules[1].actions[1]).level == 2);
  BOOST_TEST(std::get<Alert>(rules[1].actions[1]).description == 200);
  BOOST_TEST(std::holds_alternative<Hang>(rules[1].actions[2]));
  BOOST_TEST(std::get<Reply>(rules[2].actions[0]).lines.empty());
  BOOST_TEST((std::get<Close>(rules[2].actions[1]).how == CloseHow::no_notify));
}

// An own <on> comes before the base's, of which what it wholly covers is gone: it could never fire.
BOOST_AUTO_TEST_CASE(named_receiver_is_a_base) {
  const auto scenario =
      one("<receiver id=\"base\" certificate=\"expired\" dsn=\"no\">"
          "<on smtp=\"MAIL\"><reply line=\"451 base\"/></on>"
          "<on smtp=\"RCPT\"><reply line=\"452 base\"/></on></receiver>"
          "<scenario id=\"a/b\"><summary>x</summary><mx receiver=\"base\" dsn=\"yes\">"
          "<on smtp=\"MAIL\"><reply line=\"250 own\"/></on>"
          "<on smtp=\"RCPT\" nth=\"1\"><reply line=\"250 own\"/></on></mx></scenario>");
  const auto& spec = scenario->hosts[0].receiver;
  BOOST_TEST((spec.certificate == CertificateClass::expired));
  BOOST_TEST(spec.extensions.dsn);
  std::vector<std::string> rules;
  for (const auto& rule : spec.rules)
    rules.push_back(rule.id + " " + std::get<Reply>(rule.actions[0]).lines[0]);
  BOOST_TEST(rules == (std::vector<std::string>{"smtp=MAIL 250 own", "smtp=RCPT 250 own",
                                                "smtp=RCPT#2 452 base"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::xml::test
