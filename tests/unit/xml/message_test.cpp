// <message> and the seldom extensions of peers: what is read, and what is wrong and where.
#include <boost/test/unit_test.hpp>

#include "files.hpp"

namespace smtprig::xml::test {
namespace {

using Problems = std::vector<std::string>;

Suite suite_of(const std::string& body) {
  return read_body("<scenario id=\"a/b\"><summary>x</summary>\n" + body + "\n</scenario>");
}

model::Message message_of(const std::string& attributes, const std::string& peer = "<mx/>") {
  const Suite suite = suite_of(peer + "<message" + attributes + "/>");
  BOOST_TEST(told(suite.problems) == Problems{}, boost::test_tools::per_element());
  BOOST_REQUIRE(suite.scenarios.size() == 1);
  return suite.scenarios.front()->messages.front();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(message)

BOOST_AUTO_TEST_CASE(nothing_is_wished_for) {
  const model::Message message = message_of("");
  BOOST_TEST(message.dsn.notify == "");
  BOOST_TEST(message.dsn.wants("FAILURE"));
  BOOST_TEST(!message.dsn.wants("SUCCESS"));
  BOOST_TEST(message.dsn.returned == "");
  BOOST_TEST(message.dsn.envelope_id == "");
  BOOST_TEST(!message.dsn.original);
  BOOST_TEST(!message.requiretls);
}

BOOST_AUTO_TEST_CASE(wishes) {
  const model::Message message = message_of(
      " notify=\"success delay\" ret=\"hdrs\" envid=\"Qq;1\" orcpt=\"yes\" requiretls=\"yes\"");
  BOOST_TEST(message.dsn.notify == "SUCCESS,DELAY");
  BOOST_TEST(!message.dsn.wants("FAILURE"));
  BOOST_TEST(message.dsn.wants("DELAY"));
  BOOST_TEST(message.dsn.returned == "HDRS");
  BOOST_TEST(message.dsn.envelope_id == "Qq;1");
  BOOST_TEST(message.dsn.original);
  BOOST_TEST(message.requiretls);
  BOOST_TEST(message_of(" notify=\"never\" ret=\"full\"").dsn.notify == "NEVER");
}

BOOST_AUTO_TEST_CASE(internationalized) {
  BOOST_TEST(message_of(" recipients=\"gr\xc3\xbc\xc3\x9f"
                        "e\"")
                 .recipients.front() ==
             "gr\xc3\xbc\xc3\x9f"
             "e");
  BOOST_TEST(message_of(" content=\"utf8-header\"").content.utf8_header);
}

BOOST_AUTO_TEST_CASE(peers) {
  const Suite suite = suite_of(
      "<mx chunking=\"yes\" binary-mime=\"yes\" offers-auth=\"always\" "
      "offers-requiretls=\"yes\"><on smtp=\"BDAT\"><reply line=\"451 no\"/></on></mx>");
  BOOST_TEST(told(suite.problems) == Problems{}, boost::test_tools::per_element());
  const fakes::ReceiverSpec& spec = suite.scenarios.front()->hosts.front().receiver;
  BOOST_TEST(spec.extensions.chunking);
  BOOST_TEST(spec.extensions.binary_mime);
  BOOST_TEST((spec.extensions.auth == fakes::OffersAuth::always));
  BOOST_TEST(spec.extensions.requiretls);
  const Suite inbound =
      suite_of("<sender chunks=\"3\" insists=\"yes\"><step do=\"BDAT\"/></sender>");
  BOOST_TEST(told(inbound.problems) == Problems{}, boost::test_tools::per_element());
  const fakes::SenderSpec& sender = inbound.scenarios.front()->senders.front().spec;
  BOOST_TEST(sender.chunks == 3u);
  BOOST_TEST(sender.insists);
}

BOOST_AUTO_TEST_CASE(problems) {
  const struct {
    const char* body;
    const char* expected;
  } rows[] = {
      {"<mx/><message notify=\"never success\"/>", "\"never\" stands alone"},
      {"<mx/><message envid=\"a b\"/>", "envid= has at most 100"},
      {"<mx/><message envid=\"a+b\"/>", "envid= has at most 100"},
      {"<mx/><message content=\"binary\"/>", "\"binary\" needs a <sender>"},
      {"<mx/><message content=\"mime attachment\"/>", "\"attachment\" makes the parts"},
      {"<mx binary-mime=\"yes\"/>", "binary-mime= needs chunking"},
  };
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.body) {
      const auto problems = told(suite_of(row.body).problems);
      BOOST_REQUIRE(problems.size() == 1);
      BOOST_TEST(problems.front().find(row.expected) != std::string::npos);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::xml::test
