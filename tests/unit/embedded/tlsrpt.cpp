// TLSRPT: the record, sentence by sentence of RFC 8460 3; counting; reports as they go out.
#include "harness/servers/embedded/tlsrpt.hpp"

#include "fakes/https/gzip.hpp"
#include "harness/servers/embedded/tlsrpt_record.hpp"

#include <openssl/evp.h>
#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace {

using namespace smtprig;
using namespace smtprig::embedded;
using Texts = std::vector<std::string>;

Texts uris(const TlsrptRecord& record) {
  Texts all;
  for (const ReportUri& uri : record.rua)
    all.push_back(uri.text);
  return all;
}

std::string decoded(std::string base64) {
  std::erase_if(base64, [](char c) { return c == '\r' || c == '\n'; });
  std::string bytes(base64.size(), '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                   reinterpret_cast<const unsigned char*>(base64.data()),
                                   static_cast<int>(base64.size()));
  BOOST_REQUIRE(size >= 0);
  const std::size_t padding = static_cast<std::size_t>(std::ranges::count(base64, '='));
  bytes.resize(static_cast<std::size_t>(size) - padding);
  return bytes;
}

TlsSessionResult session(const std::string& mx, const std::string& result = "") {
  TlsSessionResult one;
  one.policy.type = "sts";
  one.policy.domain = "rcpt.test";
  one.policy.mx_host = {"*.rcpt.test"};
  one.failed = !result.empty();
  one.failure.result_type = result;
  one.failure.receiving_mx_hostname = mx;
  return one;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tlsrpt)

BOOST_AUTO_TEST_CASE(records) {
  struct Row {
    std::string name;
    std::vector<Texts> answer;
    Texts rua;
    std::string reason = {};
  };
  const std::string mail = "mailto:reports@example.com";
  const std::string web = "https://reporting.example.com/v1/tlsrpt";
  const std::vector<Row> rows = {
      {"the example by mail", {{"v=TLSRPTv1;rua=" + mail}}, {mail}},
      {"the example by HTTPS", {{"v=TLSRPTv1; rua=" + web}}, {web}},
      {"both", {{"v=TLSRPTv1; rua=" + mail + "," + web + ";"}}, {mail, web}},
      {"blanks around the comma", {{"v=TLSRPTv1;rua=" + mail + " ,\t" + web}}, {mail, web}},
      {"unknown field", {{"v=TLSRPTv1;x=y;rua=" + mail}}, {mail}},
      {"strings are joined", {{"v=TLSRPTv1;rua=mailto:", "reports@example.com"}}, {mail}},
      {"among others", {{"v=spf1 -all"}, {"v=TLSRPTv1;rua=" + mail}}, {mail}},
      {"the first rua counts", {{"v=TLSRPTv1;rua=" + mail + ";rua=" + web}}, {mail}},
      {"an equals sign in a URI",
       {{"v=TLSRPTv1;rua=https://a.test/?x=y"}},
       {"https://a.test/?x=y"}},
      {"none", {}, {}, "no record begins with \"v=TLSRPTv1;\""},
      {"two",
       {{"v=TLSRPTv1;rua=" + mail}, {"v=TLSRPTv1;rua=" + web}},
       {},
       "2 records begin with \"v=TLSRPTv1;\""},
      {"another version",
       {{"v=TLSRPTv2;rua=" + mail}},
       {},
       "no record begins with \"v=TLSRPTv1;\""},
      {"case", {{"v=tlsrptv1;rua=" + mail}}, {}, "no record begins with \"v=TLSRPTv1;\""},
      {"no rua", {{"v=TLSRPTv1;x=y"}}, {}, "there is no rua"},
      {"empty rua", {{"v=TLSRPTv1;rua="}}, {}, "there is no rua"},
      {"no field", {{"v=TLSRPTv1;"}}, {}, "an empty field"},
      {"malformed field", {{"v=TLSRPTv1;rua=" + mail + ";x"}}, {}, "a field without \"=\""},
      {"malformed value",
       {{"v=TLSRPTv1;rua=" + mail + ";x=a b"}},
       {},
       "the value of \"x\" is not well-formed"},
      {"another scheme",
       {{"v=TLSRPTv1;rua=ftp://a.test"}},
       {},
       "rua \"ftp://a.test\": neither https nor mailto"},
      {"one of another scheme",
       {{"v=TLSRPTv1;rua=http://a.test," + web}},
       {web},
       "rua \"http://a.test\": neither https nor mailto"},
      {"an empty URI", {{"v=TLSRPTv1;rua=," + web}}, {web}, "rua \"\": neither https nor mailto"},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      const TlsrptRecord record = tlsrpt_record_from(row.answer);
      BOOST_TEST(uris(record) == row.rua, boost::test_tools::per_element());
      BOOST_TEST(record.reason == row.reason);
    }
  }
  BOOST_TEST(tlsrpt_record_name("example.com") == "_smtp._tls.example.com");
}

BOOST_AUTO_TEST_CASE(mail_uris) {
  BOOST_TEST(report_uri_from("mailto:a@b.test")->mailbox == "a@b.test");
  BOOST_TEST(report_uri_from("MAILTO:a%2Bx@b.test?subject=x")->mailbox == "a+x@b.test");
  BOOST_TEST(report_uri_from("mailto:a%21b@c.test")->mailbox == "a!b@c.test");
  for (const std::string bad :
       {"mailto:", "mailto:a", "mailto:a@", "mailto:a@b.test!10m", "mailto:a@b.test%2Cc@d.test",
        "mailto:a%0D%0AX@b.test", "mailto:a@b%", "mailto:a@b.test%zz", "mailto:<a@b.test>"})
    BOOST_TEST(!report_uri_from(bad).has_value(), bad);
}

BOOST_AUTO_TEST_CASE(https_uris) {
  struct Row {
    std::string text;
    std::string host;
    std::uint16_t port;
    std::string target;
  };
  const std::vector<Row> rows = {
      {"https://a.test", "a.test", 443, "/"},
      {"HTTPS://A.Test/", "a.test", 443, "/"},
      {"https://a.test:8443/v1/x?y=z#part", "a.test", 8443, "/v1/x?y=z"},
      {"https://a.test?y", "a.test", 443, "/?y"},
      {"https://a.test:/", "a.test", 443, "/"},
      {"https://192.0.2.1/x", "192.0.2.1", 443, "/x"},
      {"https://[2001:db8::1]:99/x", "[2001:db8::1]", 99, "/x"},
      {"https://a.test/%2c%21", "a.test", 443, "/%2c%21"},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.text) {
      const auto uri = report_uri_from(row.text);
      BOOST_REQUIRE(uri.has_value());
      BOOST_TEST((uri->scheme == ReportUri::Scheme::https));
      BOOST_TEST(uri->host == row.host);
      BOOST_TEST(uri->port == row.port);
      BOOST_TEST(uri->target == row.target);
    }
  }
  for (const std::string bad :
       {"https:", "https://", "https:///x", "https://a b.test/", "https://u@a.test/",
        "https://a.test:0/", "https://a.test:65536/", "https://a.test:x/", "https://-a.test/",
        "https://[::1", "https://[x]/", "https://a.test/!", "https://a.test/\r\nX: y",
        "https://b\xc3\xbc.test/", "http://a.test/", "//a.test/", ""})
    BOOST_TEST(!report_uri_from(bad).has_value(), bad);
}

BOOST_AUTO_TEST_CASE(counting) {
  TlsReportTally tally;
  tally.add("Rcpt.test", session("mx1"));
  tally.add("rcpt.test", session("mx1"));
  tally.add("rcpt.test", session("mx1", "certificate-expired"));
  tally.add("rcpt.test", session("mx1", "certificate-expired"));
  tally.add("rcpt.test", session("mx2", "certificate-expired"));
  tally.add("rcpt.test", session("mx1", "starttls-not-supported"));
  TlsSessionResult other = session("mx1");
  other.policy.type = "tlsa";
  other.policy.successful_session_count = 99;
  tally.add("rcpt.test", other);
  tally.add("other.test", session("mx1"));
  BOOST_TEST(tally.domains() == (Texts{"other.test", "rcpt.test"}));
  const auto policies = tally.take("RCPT.test");
  BOOST_REQUIRE(policies.size() == 2u);
  BOOST_TEST(policies[0].type == "sts");
  BOOST_TEST(policies[0].mx_host == Texts{"*.rcpt.test"});
  BOOST_TEST(policies[0].successful_session_count == 2u);
  BOOST_TEST(policies[0].failed_session_count == 4u);
  BOOST_REQUIRE(policies[0].failures.size() == 3u);
  BOOST_TEST(policies[0].failures[0].failed_session_count == 2u);
  BOOST_TEST(policies[0].failures[1].receiving_mx_hostname == "mx2");
  BOOST_TEST(policies[0].failures[1].failed_session_count == 1u);
  BOOST_TEST(policies[1].successful_session_count == 1u);
  BOOST_TEST(policies[1].failures.empty());
  BOOST_TEST(tally.take("rcpt.test").empty());
  BOOST_TEST(tally.domains() == Texts{"other.test"});
}

BOOST_AUTO_TEST_CASE(counting_is_bounded) {
  TlsReportTally tally({.domains_max = 2, .policies_max = 2, .failures_max = 2});
  for (int i = 0; i < 5; ++i) {
    tally.add("d" + std::to_string(i) + ".test", session("mx"));
    tally.add("d0.test", session("mx" + std::to_string(i), "certificate-expired"));
    TlsSessionResult other = session("mx");
    other.policy.domain = "p" + std::to_string(i);
    tally.add("d1.test", other);
  }
  BOOST_TEST(tally.domains().size() == 2u);
  const auto failing = tally.take("d0.test");
  BOOST_TEST(failing.at(0).failed_session_count == 5u);
  BOOST_TEST(failing.at(0).failures.size() == 2u);
  BOOST_TEST(tally.take("d1.test").size() == 2u);
}

namespace {

model::TlsReport sample_report() {
  model::TlsReport report;
  report.organization_name = "smtprig";
  report.start = std::chrono::sys_seconds(std::chrono::seconds(1'470'013'200));
  report.end = report.start + std::chrono::days(1);
  report.contact_info = "postmaster@mail.sndr.test";
  report.report_id = "a-1.2";
  report.policies.push_back({.type = "no-policy-found", .domain = "rcpt.test"});
  return report;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_file) {
  const ReportFile file = report_file(sample_report(), "mail.sndr.test", "rcpt.test");
  BOOST_TEST(file.name == "mail.sndr.test!rcpt.test!1470013200!1470099600!a12.json.gz");
  BOOST_TEST(file.media_type == "application/tlsrpt+gzip");
  const auto json = fakes::https::gunzip(file.bytes, 10'000);
  BOOST_REQUIRE(json.has_value());
  BOOST_TEST((*model::tls_report_from(*json) == sample_report()));
  model::TlsReport without_id = sample_report();
  without_id.report_id = "-";
  BOOST_TEST(report_file(without_id, "s.test", "d.test").name ==
             "s.test!d.test!1470013200!1470099600.json.gz");
}

BOOST_AUTO_TEST_CASE(a_message) {
  ReportEnvelope envelope{
      "tlsrpt@mail.sndr.test", "reports@rcpt.test", "mail.sndr.test", "rcpt.test",
      std::chrono::system_clock::time_point(std::chrono::seconds(1'470'100'000))};
  const std::string message = report_message(sample_report(), envelope);
  for (const std::string part :
       {"From: tlsrpt@mail.sndr.test\r\n", "To: reports@rcpt.test\r\n",
        "Subject: Report Domain: rcpt.test\r\n\tSubmitter: mail.sndr.test\r\n"
        "\tReport-ID: <a-1.2@mail.sndr.test>\r\n",
        "TLS-Report-Domain: rcpt.test\r\n", "TLS-Report-Submitter: mail.sndr.test\r\n",
        "TLS-Required: No\r\n", "Content-Type: multipart/report; report-type=\"tlsrpt\";\r\n",
        "Content-Type: application/tlsrpt+gzip\r\nContent-Transfer-Encoding: base64\r\n",
        "filename=\"mail.sndr.test!rcpt.test!1470013200!1470099600!a12.json.gz\"\r\n"}) {
    BOOST_TEST(message.find(part) != std::string::npos, part);
  }
  // Lines end in CRLF and fit (RFC 5322 2.1.1).
  for (std::size_t at = 0; at < message.size();) {
    const std::size_t feed = message.find('\n', at);
    BOOST_REQUIRE(feed != std::string::npos);
    BOOST_TEST(message[feed - 1] == '\r');
    BOOST_TEST(feed - at < 200u);
    at = feed + 1;
  }
  const std::size_t data = message.find("json.gz\"\r\n\r\n") + 12;
  const std::string bytes = decoded(message.substr(data, message.rfind("--=_") - data));
  const auto json = fakes::https::gunzip(bytes, 10'000);
  BOOST_REQUIRE(json.has_value());
  BOOST_TEST((*model::tls_report_from(*json) == sample_report()));
}

BOOST_AUTO_TEST_SUITE_END()
