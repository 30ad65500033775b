// The record of TLS reporting in a cell's own domain.
#include <boost/test/unit_test.hpp>

#include "harness/model/tls_reporting.hpp"

namespace smtprig::model::test {

BOOST_AUTO_TEST_SUITE(tls_reporting)

BOOST_AUTO_TEST_CASE(the_collector_has_a_uri) {
  TlsReporting reporting;
  BOOST_TEST(collector_uri(reporting, "x.test") == "https://tlsrpt.x.test/v1/tlsrpt");
  BOOST_TEST(tls_reporting_text(reporting, "x.test") ==
             "v=TLSRPTv1; rua=https://tlsrpt.x.test/v1/tlsrpt");
  reporting.text = "{collector},{collector}/a";
  BOOST_TEST(tls_reporting_text(reporting, "x.test") ==
             "https://tlsrpt.x.test/v1/tlsrpt,https://tlsrpt.x.test/v1/tlsrpt/a");
}

BOOST_AUTO_TEST_CASE(data_is_in_strings) {
  BOOST_TEST(txt_data("") == "\"\"");
  BOOST_TEST(txt_data("a \"b\" \\c") == "\"a \\\"b\\\" \\\\c\"");
  const std::string long_text(300, 'x');
  BOOST_TEST(txt_data(long_text) ==
             "\"" + std::string(255, 'x') + "\" \"" + std::string(45, 'x') + "\"");
}

BOOST_AUTO_TEST_CASE(all_records_are_read) {
  Scenario scenario;
  scenario.tlsrpt.emplace().text = "first";
  scenario.records = {{"_smtp._tls", "TXT", "\"second \" \"and \\\"more\\\"\""},
                      {"_smtp._tls", "CNAME", "other"},
                      {"@", "TXT", "\"else\""}};
  const std::vector<std::string> both = {"first", "second and \"more\""};
  BOOST_TEST(tls_reporting_records(scenario, "x.test") == both, boost::test_tools::per_element());
  scenario.tlsrpt->record = false;
  BOOST_TEST(tls_reporting_records(scenario, "x.test").size() == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::model::test
