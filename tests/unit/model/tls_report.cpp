// TLS reports: the example of RFC 8460 appendix B, there and back, and what a reader refuses.
#include "harness/model/tls_report.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace smtprig::model;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

// RFC 8460 appendix B.
const std::string the_example = R"({
  "organization-name": "Company-X",
  "date-range": {
    "start-datetime": "2016-04-01T00:00:00Z",
    "end-datetime": "2016-04-01T23:59:59Z"
  },
  "contact-info": "sts-reporting@company-x.example",
  "report-id": "5065427c-23d3-47ca-b6e0-946ea0e8c4be",
  "policies": [{
    "policy": {
      "policy-type": "sts",
      "policy-string": ["version: STSv1","mode: testing",
            "mx: *.mail.company-y.example","max_age: 86400"],
      "policy-domain": "company-y.example",
      "mx-host": ["*.mail.company-y.example"]
    },
    "summary": {
      "total-successful-session-count": 5326,
      "total-failure-session-count": 303
    },
    "failure-details": [{
      "result-type": "certificate-expired",
      "sending-mta-ip": "2001:db8:abcd:0012::1",
      "receiving-mx-hostname": "mx1.mail.company-y.example",
      "failed-session-count": 100
    }, {
      "result-type": "starttls-not-supported",
      "sending-mta-ip": "2001:db8:abcd:0013::1",
      "receiving-mx-hostname": "mx2.mail.company-y.example",
      "receiving-ip": "203.0.113.56",
      "failed-session-count": 200,
      "additional-information": "https://reports.company-x.example/report_info?)"
                                R"(id=5065427c-23d3#StarttlsNotSupported"
    }, {
      "result-type": "validation-failure",
      "sending-mta-ip": "198.51.100.62",
      "receiving-ip": "203.0.113.58",
      "receiving-mx-hostname": "mx-backup.mail.company-y.example",
      "failed-session-count": 3,
      "failure-reason-code": "X509_V_ERR_PROXY_PATH_LENGTH_EXCEEDED"
    }]
  }]
})";

// The example with the value at a pointer (RFC 6901) replaced, or removed where `value` is empty.
std::string changed(const std::string& pointer, const std::string& value) {
  json::value report = json::parse(the_example);
  const std::size_t last = pointer.rfind('/');
  json::value& parent = report.at_pointer(pointer.substr(0, last));
  const std::string name = pointer.substr(last + 1);
  if (value.empty()) {
    parent.as_object().erase(name);
  } else {
    parent.as_object()[name] = json::parse(value);
  }
  return json::serialize(report);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tls_report)

BOOST_AUTO_TEST_CASE(example) {
  const auto report = tls_report_from(the_example);
  BOOST_REQUIRE(report.has_value());
  BOOST_TEST(report->organization_name == "Company-X");
  BOOST_TEST(report->contact_info == "sts-reporting@company-x.example");
  BOOST_TEST(report->report_id == "5065427c-23d3-47ca-b6e0-946ea0e8c4be");
  BOOST_TEST((report->start == std::chrono::sys_days(std::chrono::year(2016) / 4 / 1)));
  BOOST_TEST((report->end - report->start == 24h - 1s));
  BOOST_REQUIRE(report->policies.size() == 1u);
  const TlsReportPolicy& policy = report->policies[0];
  BOOST_TEST(policy.type == "sts");
  BOOST_TEST(policy.string.size() == 4u);
  BOOST_TEST(policy.domain == "company-y.example");
  BOOST_TEST(policy.mx_host == std::vector<std::string>{"*.mail.company-y.example"});
  BOOST_TEST(policy.successful_session_count == 5326u);
  BOOST_TEST(policy.failed_session_count == 303u);
  BOOST_REQUIRE(policy.failures.size() == 3u);
  BOOST_TEST(policy.failures[0].result_type == "certificate-expired");
  BOOST_TEST(policy.failures[1].receiving_ip == "203.0.113.56");
  BOOST_TEST(policy.failures[1].additional_information.starts_with("https://reports."));
  BOOST_TEST(policy.failures[2].failed_session_count == 3u);
  BOOST_TEST(policy.failures[2].failure_reason_code == "X509_V_ERR_PROXY_PATH_LENGTH_EXCEEDED");
}

BOOST_AUTO_TEST_CASE(there_and_back) {
  const TlsReport report = *tls_report_from(the_example);
  const std::string written = json::serialize(to_json(report));
  BOOST_TEST((*tls_report_from(written) == report));
  // Nothing is added or lost, but for the order of a failure's members.
  BOOST_TEST(json::parse(written) == json::parse(the_example));
  TlsReport least;
  least.organization_name = "x";
  least.policies.push_back({.type = "no-policy-found", .domain = "a.test"});
  BOOST_TEST(
      json::serialize(to_json(least)) ==
      R"({"organization-name":"x","date-range":{"start-datetime":"1970-01-01T00:00:00Z",)"
      R"("end-datetime":"1970-01-01T00:00:00Z"},"contact-info":"","report-id":"",)"
      R"("policies":[{"policy":{"policy-type":"no-policy-found","policy-domain":"a.test"},)"
      R"("summary":{"total-successful-session-count":0,"total-failure-session-count":0}}]})");
}

BOOST_AUTO_TEST_CASE(taken) {
  struct Row {
    std::string pointer;
    std::string value;
  };
  const std::vector<Row> rows = {
      {"/unknown", "{\"a\": null}"},
      {"/policies", "[]"},
      {"/policies/0/failure-details", ""},
      {"/policies/0/failure-details", "[]"},
      {"/policies/0/policy/mx-host", "\"*.mail.company-y.example\""},  // as in life
      {"/policies/0/policy/mx-host", ""},
      {"/policies/0/policy/policy-string", ""},
      {"/policies/0/failure-details/0/result-type", "\"later-type\""},
      {"/policies/0/failure-details/0/sending-mta-ip", ""},
      {"/policies/0/summary/total-successful-session-count", "0"},
      {"/date-range/end-datetime", "\"2016-04-01T00:00:00Z\""},
  };
  for (const Row& row : rows)
    BOOST_TEST_CONTEXT(row.pointer << " " << row.value) {
      BOOST_TEST(tls_report_from(changed(row.pointer, row.value)).has_value());
    }
}

BOOST_AUTO_TEST_CASE(refused) {
  struct Row {
    std::string pointer;
    std::string value;
    std::string problem;
  };
  const std::string first = "/policies/0/failure-details/0";
  const std::vector<Row> rows = {
      {"/organization-name", "", "organization-name: it is missing"},
      {"/contact-info", "null", "contact-info: it is no string"},
      {"/report-id", "1", "report-id: it is no string"},
      {"/date-range", "", "date-range: it is missing"},
      {"/date-range", "[]", "date-range: it is no object"},
      {"/date-range/start-datetime", "", "date-range.start-datetime: it is missing"},
      {"/date-range/start-datetime", "\"2016-04-01\"",
       "date-range.start-datetime: it is no date of RFC 3339"},
      {"/date-range/end-datetime", "\"2016-03-31T23:59:59Z\"",
       "date-range: it ends before it begins"},
      {"/policies", "{}", "policies: it is no array"},
      {"/policies", "[1]", "policies[0]: it is no object"},
      {"/policies/0/policy", "", "policies[0].policy: it is missing"},
      {"/policies/0/policy/policy-type", "\"dane\"",
       "policies[0].policy.policy-type: it is none of RFC 8460 4.4"},
      {"/policies/0/policy/policy-domain", "", "policies[0].policy.policy-domain: it is missing"},
      {"/policies/0/policy/policy-string", "\"x\"",
       "policies[0].policy.policy-string: it is no array"},
      {"/policies/0/policy/mx-host", "[1]", "policies[0].policy.mx-host: one of it is no string"},
      {"/policies/0/summary", "", "policies[0].summary: it is missing"},
      {"/policies/0/summary/total-failure-session-count", "-1",
       "policies[0].summary.total-failure-session-count: it is no count"},
      {"/policies/0/summary/total-failure-session-count", "1.5",
       "policies[0].summary.total-failure-session-count: it is no count"},
      {"/policies/0/summary/total-failure-session-count", "\"1\"",
       "policies[0].summary.total-failure-session-count: it is no count"},
      {"/policies/0/failure-details", "{}", "policies[0].failure-details: it is no array"},
      {first + "/result-type", "", "policies[0].failure-details[0].result-type: it is missing"},
      {first + "/failed-session-count", "",
       "policies[0].failure-details[0].failed-session-count: it is missing"},
      {first + "/sending-mta-ip", "null",
       "policies[0].failure-details[0].sending-mta-ip: it is no string"},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.pointer << " " << row.value) {
      const auto report = tls_report_from(changed(row.pointer, row.value));
      BOOST_REQUIRE(!report.has_value());
      BOOST_TEST(report.error().text() == row.problem);
    }
  }
  for (const std::string& text : {std::string(), std::string("{"), std::string(100, '['),
                                  the_example + "x", std::string("{\"a\": \"\xff\"}")}) {
    const auto report = tls_report_from(text);
    BOOST_REQUIRE(!report.has_value());
    BOOST_TEST(report.error().text().starts_with("it is no JSON: "));
  }
  BOOST_TEST(tls_report_from("[]").error().text() == "it is no object");
}

BOOST_AUTO_TEST_CASE(dates) {
  const std::chrono::sys_seconds noon =
      std::chrono::sys_days(std::chrono::year(2024) / 2 / 29) + 12h + 34min + 56s;
  BOOST_TEST(internet_date(noon) == "2024-02-29T12:34:56Z");
  for (const std::string text :
       {"2024-02-29T12:34:56Z", "2024-02-29t12:34:56z", "2024-02-29 12:34:56Z",
        "2024-02-29T12:34:56.789Z", "2024-02-29T14:34:56+02:00", "2024-02-29T00:04:56-12:30",
        "2024-03-01T00:34:56+12:00"}) {
    const auto date = internet_date_from(text);
    BOOST_REQUIRE_MESSAGE(date.has_value(), text);
    BOOST_TEST((*date == noon), text);
  }
  BOOST_TEST(internet_date_from("1990-12-31T23:59:60Z").has_value());
  for (const std::string text : {"",
                                 "2024-02-29",
                                 "2024-02-29T12:34:56",
                                 "2024-02-29T12:34Z",
                                 "2023-02-29T12:34:56Z",
                                 "2024-13-01T00:00:00Z",
                                 "2024-00-01T00:00:00Z",
                                 "2024-01-00T00:00:00Z",
                                 "2024-02-29T24:00:00Z",
                                 "2024-02-29T12:60:00Z",
                                 "2024-02-29T12:34:61Z",
                                 "2024-02-29T12:34:56.Z",
                                 "2024-02-29T12:34:56Zx",
                                 "2024-02-29T12:34:56+0200",
                                 "2024-02-29T12:34:56+24:00",
                                 "24-02-29T12:34:56Z",
                                 "2024-2-29T12:34:56Z",
                                 "2024-02-29T12:34:-6Z",
                                 "-024-02-29T12:34:56Z",
                                 "2024/02/29T12:34:56Z"}) {
    BOOST_TEST(!internet_date_from(text).has_value(), text);
  }
}

// RFC 8460 6.6 has eleven.
BOOST_AUTO_TEST_CASE(result_types) {
  for (const std::string good :
       {"starttls-not-supported", "certificate-host-mismatch", "certificate-expired",
        "tlsa-invalid", "dnssec-invalid", "dane-required", "certificate-not-trusted",
        "sts-policy-invalid", "sts-webpki-invalid", "validation-failure", "sts-policy-fetch-error"})
    BOOST_TEST(is_tls_result_type(good), good);
  for (const std::string bad : {"", "none", "unspecified", "sts-webpki-error", "Tlsa-Invalid"})
    BOOST_TEST(!is_tls_result_type(bad), bad);
}

BOOST_AUTO_TEST_SUITE_END()
