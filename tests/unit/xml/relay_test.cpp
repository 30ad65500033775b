// <relay> of a scenario: what it means, with what is within it, and what cannot be.
#include <boost/test/unit_test.hpp>

#include "files.hpp"

namespace smtprig::xml::test {
namespace {

using fakes::AuthMechanism;
using fakes::Service;

Suite with(const std::string& body, const std::string& attributes = "") {
  return read_body("<scenario id=\"a/b\" clause=\"RFC 5321 2\" level=\"MUST\"" + attributes +
                   "><summary>x</summary>" + body + "</scenario>");
}

model::Scenario scenario_of(const std::string& body) {
  const Suite suite = with(body);
  BOOST_TEST(told(suite.problems) == std::vector<std::string>{}, boost::test_tools::per_element());
  BOOST_REQUIRE(suite.scenarios.size() == 1);
  return *suite.scenarios.front();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(relay)

BOOST_AUTO_TEST_CASE(services) {
  const auto submission = scenario_of(
      "<relay service=\"submission\" login=\"wrong-password\" offers-auth=\"in-tls\" "
      "mechanisms=\"cram-md5 plain\" demands-auth=\"yes\"/>");
  BOOST_REQUIRE(submission.relay);
  BOOST_TEST(submission.relay->host == "relay");
  BOOST_TEST((submission.relay->service == Service::submission));
  BOOST_TEST((submission.relay->login == model::Login::wrong_password));
  const auto& spec = submission.hosts.at(0).receiver;
  BOOST_TEST((spec.extensions.auth == fakes::OffersAuth::in_tls));
  BOOST_TEST(
      (spec.extensions.mechanisms == std::vector{AuthMechanism::cram_md5, AuthMechanism::plain}));
  BOOST_TEST(spec.demands_auth);
  BOOST_TEST((!spec.implicit_tls && !spec.lmtp));
  BOOST_TEST(submission.mx.empty());

  const auto submissions = scenario_of("<relay service=\"submissions\"/><mx/>");
  BOOST_TEST(submissions.hosts.at(0).receiver.implicit_tls);
  BOOST_TEST(!submissions.hosts.at(1).receiver.implicit_tls);
  // Under no policy that does without TLS.
  for (const auto policy : {model::Policy::none, model::Policy::may})
    BOOST_TEST(!submissions.has(policy));
  BOOST_TEST((submissions.has(model::Policy::encrypt) && submission.has(model::Policy::none)));
  BOOST_TEST(!scenario_of("<relay service=\"submissions\" implicit-tls=\"no\"/>")
                  .hosts.at(0)
                  .receiver.implicit_tls);
  BOOST_TEST(scenario_of("<relay service=\"lmtp\"/>").hosts.at(0).receiver.lmtp);
}

BOOST_AUTO_TEST_CASE(what_stands_within_it_acts) {
  const auto scenario = scenario_of(
      "<relay service=\"lmtp\"><on smtp=\"end-of-data\" argument=\"^bob@\"><close/></on>"
      "<show certificate=\"expired\" connection=\"1\"/></relay>");
  BOOST_REQUIRE(scenario.hosts.at(0).receiver.rules.size() == 1);
  BOOST_TEST(scenario.hosts.at(0).receiver.rules.front().when.argument == "^bob@");
  BOOST_TEST(scenario.hosts.at(0).receiver.certificates.size() == 1);
  const Suite varied = with(
      "<relay service=\"lmtp\"><vary><case id=\"a\"/><case id=\"b\"><on smtp=\"MAIL\"><close/>"
      "</on></case></vary></relay>");
  BOOST_REQUIRE(varied.scenarios.size() == 2);
  BOOST_TEST(varied.scenarios[1]->hosts.at(0).receiver.rules.size() == 1);
}

BOOST_AUTO_TEST_CASE(what_cannot_be) {
  const struct {
    const char* body;
    const char* attributes;
    const char* expected;
  } rows[] = {
      {"<relay/>", "", "<relay> needs service="},
      {"<relay service=\"smtp\"/><relay service=\"lmtp\"/>", "",
       "a scenario has one <relay> at most"},
      {"<relay service=\"smtp\"/><sender/>", "", "a scenario with a <sender> has no <relay>"},
      {"<relay service=\"smtp\"/><message recipients=\"a bob@other\"/>", "",
       "a <relay> takes the mail of the domain alone, and a message goes to \"other\""},
      {"<relay service=\"submissions\"/>", " policies=\"may encrypt\"",
       "under \"may\" no relay with TLS from the first byte can be used"},
      {"<relay service=\"smtp\" mechanisms=\"plain\"/>", "", "mechanisms= needs offers-auth="},
      {"<relay service=\"smtp\"><on smtp=\"end-of-data\" argument=\"x\"><close/></on></relay>", "",
       "nothing is sent here that argument= could match"},
      {"<relay service=\"submissions\" starttls=\"no\"/>", "",
       "starttls= has no effect: the peer speaks TLS from the first byte"},
  };
  for (const auto& row : rows) {
    const auto problems = told(with(row.body, row.attributes).problems);
    const bool found = std::ranges::any_of(
        problems, [&](const auto& each) { return each.find(row.expected) != each.npos; });
    BOOST_TEST(found, row.body << ": no \"" << row.expected << "\" in \""
                               << (problems.empty() ? "" : problems.front()) << "\"");
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::xml::test
