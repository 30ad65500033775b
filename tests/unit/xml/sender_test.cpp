// <sender>, its steps and what it brings: what is read, and what is wrong and where.
#include <boost/test/unit_test.hpp>

#include <algorithm>

#include "files.hpp"
#include "harness/xml/table.hpp"

namespace smtprig::xml::test {
namespace {

using fakes::Say;
using fakes::SenderSpec;
using Told = std::vector<std::string>;

// `body` stands on line 3.
Suite read(const std::string& body, const std::string& attributes = "") {
  return read_body("<scenario id=\"a/b\"" + attributes + "><summary>x</summary>\n" + body +
                   "\n</scenario>");
}

std::shared_ptr<const model::Scenario> scenario_of(const std::string& body) {
  const Suite suite = read(body);
  BOOST_TEST(told(suite.problems) == Told{}, boost::test_tools::per_element());
  BOOST_REQUIRE(suite.scenarios.size() == 1);
  return suite.scenarios.front();
}

SenderSpec sender_of(const std::string& attributes, const std::string& children = "") {
  return scenario_of("<sender" + attributes + ">" + children + "</sender>")->senders.front().spec;
}

fakes::Utterance step_of(const std::string& attributes) {
  const SenderSpec spec = sender_of("", "<step" + attributes + "/>");
  return std::get<fakes::Utterance>(spec.steps.front());
}

struct Row {
  const char* name;
  const char* body;
  Told expected;
};

void check_rows(const std::vector<Row>& rows, const std::string& attributes = "") {
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      const auto problems = told(read(row.body, attributes).problems);
      BOOST_TEST(problems == row.expected, boost::test_tools::per_element());
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sender)

BOOST_AUTO_TEST_CASE(an_honest_one) {
  const auto scenario = scenario_of("<sender/>");
  BOOST_TEST((scenario->direction() == model::Direction::inbound));
  BOOST_REQUIRE(scenario->senders.size() == 1);
  const model::Sender& sender = scenario->senders.front();
  BOOST_TEST(sender.name == "sender");
  BOOST_TEST(!sender.ipv6);
  BOOST_TEST(sender.messages == Told{"m1"}, boost::test_tools::per_element());
  BOOST_TEST(sender.spec.steps.empty());
  // Where the server relays to: an honest host in clear.
  BOOST_REQUIRE(scenario->hosts.size() == 1);
  BOOST_TEST(scenario->hosts.front().name == "mx");
  BOOST_TEST((scenario->hosts.front().receiver.starttls == fakes::StartTls::no));
  BOOST_TEST(scenario->mx.front().target == "mx");
  BOOST_TEST(scenario->policies.empty());
}

// The page and the schema tell defaults; they are those of the model.
BOOST_AUTO_TEST_CASE(defaults_of_the_table_are_the_models) {
  std::string attributes;
  for (const auto& attribute : element("sender").attributes) {
    const bool needs_auth = attribute.name == "password" || attribute.name == "auth-in-clear";
    if (!attribute.fallback.empty() && !needs_auth)
      attributes += " " + attribute.name + "=\"" + attribute.fallback + "\"";
  }
  BOOST_TEST(attributes.find("starttls") != std::string::npos);
  const SenderSpec spelt = sender_of(attributes);
  const SenderSpec silent;
  BOOST_TEST((spelt.service == silent.service));
  BOOST_TEST((spelt.starttls == silent.starttls));
  BOOST_TEST((spelt.tls == silent.tls));
  BOOST_TEST(spelt.second_ehlo == silent.second_ehlo);
  BOOST_TEST(spelt.pipelining == silent.pipelining);
  BOOST_TEST(spelt.waits_for_greeting == silent.waits_for_greeting);
  BOOST_TEST((spelt.segment == silent.segment));
  BOOST_TEST((spelt.pace == silent.pace));
  BOOST_TEST(!spelt.auth.has_value());
  BOOST_TEST(!spelt.certificate.has_value());
  BOOST_TEST(!spelt.server_name.has_value());
}

BOOST_AUTO_TEST_CASE(every_attribute) {
  const SenderSpec spec = sender_of(
      " service=\"submission\" starttls=\"required\" certificate=\"expired\" "
      "server-name=\"other.example\" auth=\"cram-md5\" password=\"bad\" auth-in-clear=\"yes\" "
      "helo=\"[127.0.0.1]\" helo-in-tls=\"b.test\" second-ehlo=\"no\" pipelining=\"no\" "
      "waits-for-greeting=\"no\" segment=\"per-byte\" pace=\"20ms\" tls=\"1.2-1.2\"");
  BOOST_TEST((spec.service == fakes::Service::submission));
  BOOST_TEST((spec.starttls == fakes::SenderTls::required));
  BOOST_TEST((spec.certificate == fakes::CertificateClass::expired));
  BOOST_TEST(spec.server_name.value() == "other.example");
  BOOST_REQUIRE(spec.auth.has_value());
  BOOST_TEST((spec.auth->mechanism == fakes::AuthMechanism::cram_md5));
  BOOST_TEST(!spec.auth->good_password);
  BOOST_TEST(spec.auth->in_clear);
  BOOST_TEST(spec.helo == "[127.0.0.1]");
  BOOST_TEST(spec.helo_in_tls == "b.test");
  BOOST_TEST(!spec.second_ehlo);
  BOOST_TEST(!spec.pipelining);
  BOOST_TEST(!spec.waits_for_greeting);
  BOOST_TEST((spec.segment == fakes::Segmentation::per_byte));
  BOOST_TEST((spec.pace == std::chrono::milliseconds(20)));
  BOOST_TEST((spec.tls.max == fakes::TlsVersion::tls1_2));
  // No name at all is not the same as none given.
  BOOST_TEST(sender_of(" server-name=\"-\"").server_name.value() == "");
  const SenderSpec implicit = sender_of(" service=\"submissions\"");
  BOOST_TEST((implicit.service == fakes::Service::submissions));
  BOOST_TEST((implicit.starttls == fakes::SenderTls::never));
  BOOST_TEST(scenario_of("<sender address=\"ipv6\"/>")->senders.front().ipv6);
}

BOOST_AUTO_TEST_CASE(every_word_of_a_step) {
  const struct {
    const char* word;
    Say what;
  } rows[] = {{"open", Say::open}, {"EHLO", Say::ehlo},       {"STARTTLS", Say::starttls},
              {"AUTH", Say::auth}, {"MAIL", Say::mail},       {"RCPT", Say::rcpt},
              {"DATA", Say::data}, {"content", Say::content}, {"RSET", Say::rset},
              {"NOOP", Say::noop}, {"VRFY", Say::vrfy},       {"QUIT", Say::quit}};
  for (const auto& row : rows)
    BOOST_TEST_CONTEXT(row.word)
  BOOST_TEST((step_of(" do=\"" + std::string(row.word) + "\"").says == std::vector{row.what}));
}

BOOST_AUTO_TEST_CASE(every_attribute_of_a_step) {
  const auto group = step_of(" do=\"MAIL RCPT DATA\" segment=\"per-line\" delay=\"2s\"");
  BOOST_TEST((group.says == std::vector{Say::mail, Say::rcpt, Say::data}));
  BOOST_TEST((group.segment == fakes::Segmentation::per_line));
  BOOST_TEST((group.delay == std::chrono::seconds(2)));
  BOOST_TEST(!group.replies.has_value());
  BOOST_TEST((group.until == fakes::TlsStage::finished));
  const auto raw = step_of(
      " do=\"STARTTLS\" raw=\"STARTTLS\\r\\nNOOP\\r\\n\\0\" replies=\"0\" "
      "until=\"server-hello\"");
  BOOST_TEST(raw.raw == std::string("STARTTLS\r\nNOOP\r\n\0", 17));
  BOOST_TEST(raw.replies.value() == 0u);
  BOOST_TEST((raw.until == fakes::TlsStage::server_hello));
  BOOST_TEST(!raw.segment.has_value());
  BOOST_TEST(step_of(" line=\"NOOP x\"").lines == Told{"NOOP x"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(endings_of_steps) {
  const auto last = [](const char* ending) {
    return sender_of("", std::string("<step do=\"NOOP\"/>") + ending).steps.back();
  };
  BOOST_TEST((std::get<fakes::Close>(last("<close how=\"rst\"/>")).how == fakes::CloseHow::rst));
  BOOST_TEST((std::get<fakes::Close>(last("<close/>")).how == fakes::CloseHow::fin));
  BOOST_TEST(std::holds_alternative<fakes::Hang>(last("<hang/>")));
}

BOOST_AUTO_TEST_CASE(several_senders) {
  const auto scenario = scenario_of(
      "<message id=\"m1\" recipients=\"to-m1\"/><message id=\"m2\" recipients=\"to-m2\"/><message "
      "id=\"m3\" recipients=\"to-m3\"/>"
      "<sender name=\"a\" messages=\"m2 m1\"/><sender name=\"b\" messages=\"m3\"/>");
  BOOST_REQUIRE(scenario->senders.size() == 2);
  BOOST_TEST(scenario->senders[0].name == "sender:a");
  BOOST_TEST(scenario->senders[0].messages == (Told{"m2", "m1"}), boost::test_tools::per_element());
  BOOST_TEST(scenario->sender("sender:b") == &scenario->senders[1]);
}

BOOST_AUTO_TEST_CASE(messages) {
  const auto scenario = scenario_of(
      "<message id=\"m1\" content=\"eight-bit long-line dots mime bare-lf bare-cr nul\" "
      "size=\"5000\" false-end=\"\\n.\\r\\n\" recipients=\"anna bert@one\"/><sender/>");
  const model::Message& message = scenario->messages.front();
  for (const auto shape : {&model::Content::eight_bit, &model::Content::long_line,
                           &model::Content::dots, &model::Content::mime, &model::Content::bare_lf,
                           &model::Content::bare_cr, &model::Content::nul})
    BOOST_TEST((message.content.*shape));
  BOOST_TEST(message.content.bytes_min == 5000u);
  BOOST_TEST(message.content.false_end == "\n.\r\n");
  // A recipient elsewhere needs a way to get there.
  const bool routed = std::ranges::any_of(scenario->records, [](const model::DnsRecord& record) {
    return record.name == "one" && record.type == "MX" && record.data == "10 mx";
  });
  BOOST_TEST(routed);
  BOOST_TEST(!scenario_of("<sender/>")->messages.front().content.is_odd());
}

BOOST_AUTO_TEST_CASE(a_host_of_its_own_stays) {
  const auto scenario = scenario_of("<sender/><mx host=\"slow\"/><host name=\"slow\"/>");
  BOOST_REQUIRE(scenario->hosts.size() == 1);
  BOOST_TEST(scenario->hosts.front().name == "slow");
}

BOOST_AUTO_TEST_CASE(policies) {
  const auto suite = read("<sender/>", " policies=\"may require-client-cert\"");
  BOOST_TEST(told(suite.problems) == Told{}, boost::test_tools::per_element());
  using model::Policy;
  BOOST_TEST(
      (suite.scenarios.front()->policies == std::vector{Policy::may, Policy::require_client_cert}));
  BOOST_TEST(suite.scenarios.front()->has(Policy::may));
  BOOST_TEST(!suite.scenarios.front()->has(Policy::none));
  check_rows({{"outbound policy", "<sender/>", {"2:30: \"secure\" is no inbound policy"}}},
             " policies=\"may secure\"");
  check_rows({{"inbound policy", "<mx/>", {"2:30: \"require-client-cert\" is no outbound policy"}}},
             " policies=\"require-client-cert\"");
}

BOOST_AUTO_TEST_CASE(problems_of_senders) {
  check_rows({
      {"starttls beside implicit TLS",
       "<sender service=\"submissions\" starttls=\"required\"/>",
       {"3:31: starttls= has no effect: submissions is TLS from the first byte"}},
      {"password of nobody",
       "<sender password=\"bad\"/>",
       {"3:9: password= has no effect without auth="}},
      {"auth-in-clear of nobody",
       "<sender auth-in-clear=\"yes\"/>",
       {"3:9: auth-in-clear= has no effect without auth="}},
      {"no name",
       "<message id=\"m1\" recipients=\"to-m1\"/><message id=\"m2\" recipients=\"to-m2\"/>"
       "<sender messages=\"m1\"/>\n<sender messages=\"m2\"/>",
       {"4:1: of several senders each needs a name="}},
      {"the same name",
       "<message id=\"m1\" recipients=\"to-m1\"/><message id=\"m2\" recipients=\"to-m2\"/><sender "
       "name=\"a\" messages=\"m1\"/>\n"
       "<sender name=\"a\" messages=\"m2\"/>",
       {"4:1: another sender has this name"}},
      {"an unknown message",
       "<message id=\"first\" recipients=\"to-first\"/>\n<sender messages=\"frist\"/>",
       {"4:1: no sender brings message \"first\"; say messages=",
        "4:19: no <message> has the id \"frist\" [first]"}},
      {"a message of nobody",
       "<message id=\"m1\" recipients=\"to-m1\"/><message id=\"m2\" "
       "recipients=\"to-m2\"/>\n<sender messages=\"m1\"/>",
       {"4:1: no sender brings message \"m2\"; say messages="}},
      {"a message twice",
       "<message id=\"m1\" recipients=\"to-m1\"/>\n<sender name=\"a\" messages=\"m1\"/><sender "
       "name=\"b\" "
       "messages=\"m1\"/>",
       {"4:1: message \"m1\" is brought more than once"}},
      {"several and no messages=",
       "<sender name=\"a\"/><sender name=\"b\"/>",
       {"3:1: no sender brings message \"m1\"; say messages="}},
      {"a word",
       "<sender starttls=\"sometimes\"/>",
       {"3:19: starttls=\"sometimes\" is not one of never, if-offered, required or unasked"}},
      {"a child",
       "<sender><reply/></sender>",
       {"3:9: <reply> has no place in <sender>; it belongs in <on>"}},
      {"no sender, host or fault",
       "<message/>",
       {"2:1: scenario \"a/b\" has neither <sender>, <host>, <mx>, <relay> nor <on dns=...>"}},
  });
}

BOOST_AUTO_TEST_CASE(problems_of_steps) {
  check_rows({
      {"nothing", "<sender>\n<step/></sender>", {"4:1: <step> needs do=, line= or raw="}},
      {"line and raw",
       "<sender>\n<step line=\"a\" raw=\"b\"/></sender>",
       {"4:1: <step> takes only one of line= and raw="}},
      {"open and another",
       "<sender>\n<step do=\"open NOOP\"/></sender>",
       {"4:1: do=\"open\" is a step of its own: what the sender says there is its own attributes' "
        "affair"}},
      {"open and an attribute",
       "<sender>\n<step do=\"open\" delay=\"1s\"/></sender>",
       {"4:1: do=\"open\" is a step of its own: what the sender says there is its own attributes' "
        "affair"}},
      {"until without STARTTLS",
       "<sender>\n<step do=\"NOOP\" until=\"start\"/></sender>",
       {"4:17: until= has no effect without do=\"STARTTLS\""}},
      {"behind close",
       "<sender><close/>\n<step do=\"NOOP\"/></sender>",
       {"4:1: <step> is never reached: <close> before it ends the session"}},
      {"behind hang",
       "<sender><hang/>\n<close/></sender>",
       {"4:1: <close> is never reached: <hang> before it ends the session"}},
      {"escapes",
       "<sender>\n<step raw=\"\\q\"/></sender>",
       {"4:12: raw= \"\\q\" is not bytes with C escapes: \\r \\n \\t \\0 \\\\ \\\" \\xHH"}},
      {"too many replies",
       "<sender>\n<step do=\"NOOP\" replies=\"1001\"/></sender>",
       {"4:26: replies=\"1001\" is not a number from 0 to 1000"}},
      {"elsewhere",
       "<mx><step do=\"NOOP\"/></mx>",
       {"3:5: <step> has no place in <mx>; it belongs in <case>, <sender>"}},
  });
}

BOOST_AUTO_TEST_CASE(problems_of_outbound_messages) {
  check_rows({
      {"false-end",
       "<mx/><message false-end=\"\\n.\\n\"/>",
       {"3:15: false-end= needs a <sender>, which sends it"}},
      {"elsewhere", "<mx/><message recipients=\"a b@one\"/>", {}},
      {"bare-lf",
       "<mx/><message content=\"dots bare-lf\"/>",
       {"3:24: \"bare-lf\" needs a <sender>, which sends it"}},
      {"nul and bare-cr",
       "<mx/><message content=\"nul bare-cr\"/>",
       {"3:24: \"bare-cr\" needs a <sender>, which sends it",
        "3:24: \"nul\" needs a <sender>, which sends it"}},
      {"what the injector sends too", "<mx/><message content=\"dots mime\" size=\"2000\"/>", {}},
      {"a recipient twice",
       "<sender/><message recipients=\"a a\"/>",
       {"3:31: \"a\" stands twice in recipients="}},
      {"an id twice",
       "<sender/><message id=\"m\" recipients=\"to-m\"/>\n<message id=\"m\" recipients=\"to-m\"/>",
       {"3:1: message \"m\" is brought more than once", "4:1: another message has the id \"m\""}},
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::xml::test
