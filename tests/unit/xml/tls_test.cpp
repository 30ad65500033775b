// What a peer chooses in TLS: that each word reaches its field, and what is wrong and where.
#include <boost/test/unit_test.hpp>

#include "files.hpp"

namespace smtprig::xml::test {
namespace {

using Told = std::vector<std::string>;

// `body` stands on line 3.
Suite read_tls_of(const std::string& body) {
  return read_body("<scenario id=\"a/b\"><summary>x</summary>\n" + body + "\n</scenario>");
}

const model::Scenario& scenario_in(const Suite& suite) {
  BOOST_TEST(told(suite.problems) == Told{}, boost::test_tools::per_element());
  BOOST_REQUIRE(suite.scenarios.size() == 1);
  return *suite.scenarios.front();
}

BOOST_AUTO_TEST_SUITE(tls)

BOOST_AUTO_TEST_CASE(words_of_a_receiver) {
  using fakes::DhGroup, fakes::ReceiverSpec, fakes::ServerNames, fakes::Tickets;
  const struct {
    const char* attribute;
    void (*change)(ReceiverSpec&);
  } rows[] = {
      {"tickets=\"none\"", [](auto& spec) { spec.tls.tickets = Tickets::none; }},
      {"tickets=\"resumed\"", [](auto& spec) { spec.tls.tickets = Tickets::resumed; }},
      {"tickets=\"ignored\"", [](auto& spec) { spec.tls.tickets = Tickets::ignored; }},
      {"tickets=\"refused\"", [](auto& spec) { spec.tls.tickets = Tickets::refused; }},
      {"server-names=\"any\"", [](auto& spec) { spec.tls.server_names = ServerNames::any; }},
      {"server-names=\"own\"", [](auto& spec) { spec.tls.server_names = ServerNames::own; }},
      {"server-names=\"needed\"", [](auto& spec) { spec.tls.server_names = ServerNames::needed; }},
      {"server-names=\"unknown\"",
       [](auto& spec) { spec.tls.server_names = ServerNames::unknown; }},
      {"server-names=\"warned\"", [](auto& spec) { spec.tls.server_names = ServerNames::warned; }},
      {"dh=\"fitting\"", [](auto& spec) { spec.tls.dh = DhGroup::fitting; }},
      {"dh=\"modp1024\"", [](auto& spec) { spec.tls.dh = DhGroup::modp1024; }},
      {"dh=\"modp2048\"", [](auto& spec) { spec.tls.dh = DhGroup::modp2048; }},
      {"dh=\"ffdhe2048\"", [](auto& spec) { spec.tls.dh = DhGroup::ffdhe2048; }},
      {"dh=\"ffdhe3072\"", [](auto& spec) { spec.tls.dh = DhGroup::ffdhe3072; }},
      {"alpn=\"smtp h2\"", [](auto& spec) { spec.tls.alpn = "smtp:h2"; }},
      {"demands-certificate=\"yes\"", [](auto& spec) { spec.demands_certificate = true; }},
  };
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.attribute) {
      const Suite suite = read_tls_of("<mx " + std::string(row.attribute) + "/>");
      const ReceiverSpec& read = scenario_in(suite).hosts.front().receiver;
      ReceiverSpec expected;
      row.change(expected);
      BOOST_TEST((read.tls == expected.tls));
      BOOST_TEST(read.demands_certificate == expected.demands_certificate);
    }
  }
}

BOOST_AUTO_TEST_CASE(words_of_a_sender) {
  const Suite suite = read_tls_of(
      "<message id=\"m1\"/><message id=\"m2\" recipients=\"b\"/>"
      "<sender name=\"a\" messages=\"m1\" service=\"submissions\"/>"
      "<sender name=\"b\" messages=\"m2\" resumes=\"a\" alpn=\"esmtp smtp\"/>");
  const auto& senders = scenario_in(suite).senders;
  BOOST_REQUIRE(senders.size() == 2u);
  BOOST_TEST(senders[0].resumes == "");
  BOOST_TEST(senders[1].resumes == "sender:a");
  // Who shall be resumed keeps its session.
  for (const model::Sender& sender : senders)
    BOOST_TEST((sender.spec.tls.tickets == fakes::Tickets::resumed));
  BOOST_TEST(senders[1].spec.tls.alpn == "esmtp:smtp");
}

BOOST_AUTO_TEST_CASE(what_has_no_effect) {
  const std::string messages = "<message id=\"m1\"/><message id=\"m2\" recipients=\"b\"/>\n";
  const struct {
    const char* name;
    std::string body;
    Told expected;
  } rows[] = {
      {"no TLS",
       "<mx starttls=\"no\"\n tickets=\"resumed\" dh=\"modp2048\"/>",
       {"4:2: tickets= has no effect: the peer never speaks TLS",
        "4:20: dh= has no effect: the peer never speaks TLS"}},
      {"nobody before",
       messages + "<sender name=\"a\" messages=\"m1\"\n resumes=\"b\"/>"
                  "<sender name=\"b\" messages=\"m2\"/>",
       {"5:11: no sender before this one has the name \"b\""}},
      {"itself",
       messages + "<sender name=\"a\" messages=\"m1\"/><sender name=\"b\" messages=\"m2\"\n"
                  " resumes=\"b\"/>",
       {"5:11: no sender before this one has the name \"b\""}},
      {"the first in clear",
       messages + "<sender name=\"a\" messages=\"m1\" starttls=\"never\"/>"
                  "<sender name=\"b\" messages=\"m2\"\n resumes=\"a\"/>",
       {"5:2: resumes= has no effect: one of the two speaks no TLS"}},
      {"the second in clear",
       messages + "<sender name=\"a\" messages=\"m1\"/>"
                  "<sender name=\"b\" messages=\"m2\" starttls=\"never\"\n resumes=\"a\"/>",
       {"5:2: resumes= has no effect: one of the two speaks no TLS"}},
  };
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      const Suite suite = read_tls_of(row.body);
      BOOST_TEST(told(suite.problems) == row.expected, boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace smtprig::xml::test
