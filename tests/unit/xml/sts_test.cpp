// <sts> and later=: what they mean, and what of them cannot be.
#include <boost/test/unit_test.hpp>

#include "files.hpp"

namespace smtprig::xml::test {
namespace {

Suite publishing(const std::string& body) {
  return read_body("<scenario id=\"a/b\"><summary>x</summary>" + body + "</scenario>");
}

const model::Scenario& scenario_with(const Suite& suite) {
  BOOST_TEST(told(suite.problems) == std::vector<std::string>{}, boost::test_tools::per_element());
  BOOST_REQUIRE(!suite.scenarios.empty());
  return *suite.scenarios.front();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sts)

BOOST_AUTO_TEST_CASE(defaults) {
  const Suite suite = publishing("<mx/><host name=\"b\"/><mx host=\"b\"/><sts/>");
  const auto& sts = scenario_with(suite).sts.at(0);
  BOOST_TEST(sts.domain == "@");
  BOOST_TEST((sts.record && sts.published && sts.reach == model::Reach::listens));
  const auto& answer = sts.host.answers.at(0);
  BOOST_TEST((answer.mx == std::vector<std::string>{"mx", "b"}));
  BOOST_TEST((answer.mode == fakes::PolicyMode::enforce));
  BOOST_TEST(answer.max_age_seconds == 604'800u);
  const Suite alone = publishing("<host name=\"@\"/><sts/>");
  BOOST_TEST(
      (scenario_with(alone).sts.at(0).host.answers.at(0).mx == std::vector<std::string>{"@"}));
}

BOOST_AUTO_TEST_CASE(all_of_it) {
  const Suite suite = publishing(
      "<mx/><message/><message id=\"m2\" recipients=\"b\" later=\"yes\" wait=\"2s\"/>"
      "<sts mode=\"testing\" mx=\"*.@ other.test.\" max-age=\"7\" more=\"a: b\" line-end=\"lf\" "
      "last-line-end=\"no\" bytes=\"500\" status=\"302\" content-type=\"none\" location=\"/x\" "
      "chunked=\"yes\" delay=\"1ms\" segment-bytes=\"3\" pause=\"2ms\" certificate=\"expired\" "
      "id=\"z9\"><on https=\"body\" nth=\"2\"><close how=\"rst\"/></on>"
      "<on tls=\"client-hello\" connection=\"1\"><alert/></on></sts>"
      "<sts from=\"m2\" record=\"no\" published=\"no\"/>");
  const auto& scenario = scenario_with(suite);
  BOOST_TEST((scenario.messages.at(1).later && scenario.messages.at(1).wait.count() == 2000));
  const auto& sts = scenario.sts.at(0);
  BOOST_TEST(sts.id == "z9");
  BOOST_REQUIRE(sts.host.answers.size() == 2u);
  const auto& answer = sts.host.answers[0];
  BOOST_TEST((answer.status == 302u && answer.location == "/x" && !answer.content_type));
  BOOST_TEST((answer.mode == fakes::PolicyMode::testing && answer.max_age_seconds == 7));
  BOOST_TEST((answer.mx == std::vector<std::string>{"*.@", "other.test."}));
  BOOST_TEST((answer.more == std::vector<std::string>{"a: b"}));
  BOOST_TEST((answer.line_end == fakes::LineEnd::lf && !answer.last_line_end));
  BOOST_TEST((answer.chunked && answer.segment_bytes == 3 && answer.pause.count() == 2));
  BOOST_TEST((sts.host.answers[1].target == "/x" && sts.host.answers[1].status == 200));
  BOOST_TEST((sts.host.https.certificate == fakes::CertificateClass::expired));
  BOOST_REQUIRE(sts.host.https.rules.size() == 2u);
  BOOST_TEST(sts.host.https.rules[0].id == "https=body");
  BOOST_TEST(sts.host.https.rules[1].id == "tls=client-hello");
  BOOST_TEST((scenario.sts.at(1).from == "m2" && !scenario.sts.at(1).record));
}

BOOST_AUTO_TEST_CASE(what_cannot_be) {
  const std::pair<const char*, const char*> rows[] = {
      {"<mx/><sts/><sts/>", "there is an <sts> for the same domain and time already"},
      {"<mx/><sts domain=\"x\"/>", "no message goes to \"x\""},
      {"<mx/><sts/><sts from=\"m1\"/>", "no <message> with later=\"yes\" has the id \"m1\""},
      {"<mx/><sts body=\"x\" mode=\"none\"/>", "mode= has no effect: body= is the whole policy"},
      {"<mx/><sts reach=\"refuses\" status=\"404\"/>",
       "status= has no effect: the policy host refuses every connection"},
      {"<mx/><sts><on https=\"request\" tls=\"start\"><close/></on></sts>",
       "<on> needs exactly one of https= and tls="},
      {"<mx/><sts><on tls=\"start\" nth=\"2\"><close/></on></sts>",
       "nth= has no meaning at a stage of TLS"},
      {"<mx/><sts><on https=\"request\"><reply line=\"220 x\"/></on></sts>",
       "only SMTP has replies of lines: <reply> needs raw= here"},
      {"<mx/><sts><on https=\"request\"><reply/></on></sts>", "<reply> needs raw= or delay= here"},
      {"<sender/><sts/>", "a scenario with a <sender> has no <sts>"},
      {"<mx/><message later=\"yes\"/>", "nothing is sent before the first message"},
      {"<mx/><message wait=\"1s\"/>", "wait= needs later=\"yes\""},
  };
  for (const auto& [body, expected] : rows) {
    const Suite suite = publishing(body);
    const auto problems = told(suite.problems);
    const bool found = std::any_of(problems.begin(), problems.end(), [&](const std::string& text) {
      return text.find(expected) != text.npos;
    });
    BOOST_TEST(found, body << ": " << (problems.empty() ? "nothing" : problems.front()));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::xml::test
