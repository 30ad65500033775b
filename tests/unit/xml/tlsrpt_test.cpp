// <tlsrpt>: what it means, and what of it cannot be.
#include <boost/test/unit_test.hpp>

#include "files.hpp"

namespace smtprig::xml::test {
namespace {

Suite reporting(const std::string& body) {
  return read_body("<scenario id=\"a/b\"><summary>x</summary>" + body + "</scenario>");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tlsrpt)

BOOST_AUTO_TEST_CASE(defaults) {
  const Suite suite = reporting("<mx/><tlsrpt/>");
  BOOST_TEST(told(suite.problems) == std::vector<std::string>{}, boost::test_tools::per_element());
  BOOST_REQUIRE(!suite.scenarios.empty());
  const auto& tlsrpt = suite.scenarios.front()->tlsrpt;
  BOOST_REQUIRE(tlsrpt.has_value());
  BOOST_TEST((tlsrpt->record && tlsrpt->published && tlsrpt->reach == model::Reach::listens));
  BOOST_TEST(tlsrpt->text == "v=TLSRPTv1; rua={collector}");
  BOOST_TEST(tlsrpt->collector.answers.at(0).status == 201u);
  BOOST_TEST(!reporting("<mx/>").scenarios.front()->tlsrpt.has_value());
}

BOOST_AUTO_TEST_CASE(all_of_it) {
  const Suite suite = reporting(
      "<mx/><tlsrpt text=\"v=TLSRPTv1; rua=mailto:a@b.test\" certificate=\"expired\" "
      "status=\"503\" nth=\"2\" delay=\"3ms\" location=\"/x\"/>"
      "<on dns=\"TXT _smtp._tls\"><answer rcode=\"SERVFAIL\"/></on>"
      "<on dns=\"A tlsrpt\"><answer rcode=\"SERVFAIL\"/></on>");
  BOOST_TEST(told(suite.problems) == std::vector<std::string>{}, boost::test_tools::per_element());
  const auto& tlsrpt = *suite.scenarios.front()->tlsrpt;
  BOOST_TEST(tlsrpt.text == "v=TLSRPTv1; rua=mailto:a@b.test");
  BOOST_TEST((tlsrpt.collector.https.certificate == fakes::CertificateClass::expired));
  const auto& answer = tlsrpt.collector.answers.at(0);
  BOOST_TEST((answer.status == 503u && answer.location == "/x" && answer.delay.count() == 3));
  BOOST_TEST((answer.nth.contains(2) && !answer.nth.contains(1)));
}

BOOST_AUTO_TEST_CASE(what_cannot_be) {
  const std::pair<const char*, const char*> rows[] = {
      {"<mx/><tlsrpt/><tlsrpt/>", "there is a <tlsrpt> already"},
      {"<relay/><tlsrpt/>", "a scenario with a <relay> has no <tlsrpt>"},
      {"<sender/><tlsrpt/>", "a scenario with a <sender> has no <tlsrpt>"},
      {"<mx/><tlsrpt record=\"no\" text=\"x\"/>", "text= has no effect: there is no record"},
      {"<mx/><tlsrpt reach=\"refuses\" status=\"500\"/>",
       "status= has no effect: nobody reaches the collector"},
  };
  for (const auto& [body, problem] : rows) {
    const Suite suite = reporting(body);
    std::string all;
    for (const std::string& each : told(suite.problems))
      all += each + "\n";
    BOOST_TEST(all.find(problem) != all.npos, body << ": " << all);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::xml::test
