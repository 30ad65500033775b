// What a policy host answers, and what a collector reads in a report; both without I/O.
#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "fakes/https/collector.hpp"
#include "fakes/https/gzip.hpp"
#include "fakes/https/policy_host.hpp"

using namespace smtprig::fakes;
using namespace smtprig::fakes::https;

namespace {

Request request_for(std::string method, std::string target) {
  Request request;
  request.method = std::move(method);
  request.target = std::move(target);
  return request;
}

std::string field_of(const Answer& answer, const std::string& name) {
  for (const auto& [each, value] : answer.response.fields)
    if (each == name) return value;
  return "absent";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(answers)

BOOST_AUTO_TEST_CASE(honest) {
  PolicyHostSpec spec;
  spec.answers[0].mx = {"mx.a.test"};
  const Answer answer = policy_answer(spec, request_for("GET", std::string(policy_target)), 1);
  BOOST_TEST(answer.response.status == 200u);
  BOOST_TEST(field_of(answer, "Content-Type") == "text/plain");
  BOOST_TEST(field_of(answer, "Location") == "absent");
  BOOST_TEST(answer.response.body == body_of(spec.answers[0]));
  BOOST_TEST(
      policy_answer(spec, request_for("HEAD", std::string(policy_target)), 1).response.status ==
      200u);
}

BOOST_AUTO_TEST_CASE(other_requests) {
  const PolicyHostSpec spec;
  for (const std::string target : {"/", "/.well-known/mta-sts.txt?x", "/.well-known/MTA-STS.txt"})
    BOOST_TEST(policy_answer(spec, request_for("GET", target), 1).response.status == 404u, target);
  for (const std::string method : {"POST", "PUT", "get"}) {
    const Answer answer = policy_answer(spec, request_for(method, std::string(policy_target)), 1);
    BOOST_TEST(answer.response.status == 405u, method);
    BOOST_TEST(field_of(answer, "Allow") == "GET, HEAD");
  }
}

BOOST_AUTO_TEST_CASE(deviations) {
  PolicyHostSpec spec;
  PolicyAnswer& only = spec.answers[0];
  only.status = 302;
  only.location = "https://x.test/";
  only.content_type = std::nullopt;
  only.fields = {{"Cache-Control", "max-age=60"}};
  const Answer answer = policy_answer(spec, request_for("GET", std::string(policy_target)), 1);
  BOOST_TEST(answer.response.status == 302u);
  BOOST_TEST(field_of(answer, "Content-Type") == "absent");
  BOOST_TEST(field_of(answer, "Location") == "https://x.test/");
  BOOST_TEST(field_of(answer, "Cache-Control") == "max-age=60");
  // Who follows nothing but takes the body all the same is seen by the policy in it.
  BOOST_TEST(!answer.response.body.empty());
}

BOOST_AUTO_TEST_CASE(by_ordinal) {
  PolicyHostSpec spec;
  spec.answers.clear();
  for (const auto& [first, last, status] :
       std::vector<std::array<unsigned, 3>>{{1, 1, 500}, {2, 3, 404}, {5, 9, 200}}) {
    PolicyAnswer answer;
    answer.nth = {first, last};
    answer.status = status;
    spec.answers.push_back(answer);
  }
  const std::vector<unsigned> expected = {500, 404, 404, 404, 200, 200};
  for (std::uint32_t nth = 1; nth <= expected.size(); ++nth) {
    BOOST_TEST_CONTEXT(nth) {
      BOOST_TEST(policy_answer(spec, request_for("GET", std::string(policy_target)), nth)
                     .response.status == expected[nth - 1]);
    }
  }
}

BOOST_AUTO_TEST_CASE(reports) {
  const std::string json = R"({"report-id": "x"})";
  const ReportReceived packed = report_from("Application/TLSRPT+gzip; x=y", gzip(json));
  BOOST_TEST(packed.media_type == "application/tlsrpt+gzip");
  BOOST_TEST(packed.json == json);
  BOOST_TEST(packed.bytes == gzip(json).size());
  BOOST_TEST(packed.problem.empty());
  const ReportReceived plain = report_from("application/tlsrpt+json", json);
  BOOST_TEST(plain.json == json);
  BOOST_TEST(plain.bytes == json.size());
  // The type says what it is, not the bytes.
  BOOST_TEST(report_from("application/tlsrpt+gzip", json).problem == "not gzip, or damaged");
  BOOST_TEST(report_from("application/tlsrpt+gzip", json).json.empty());
  BOOST_TEST(report_from("application/tlsrpt+gzip", gzip(json), 5).problem == "too large");
  BOOST_TEST(report_from("application/tlsrpt+json", json, 5).problem == "too large");
  BOOST_TEST(report_from("application/tlsrpt+json", json, 5).json == json.substr(0, 5));
}

BOOST_AUTO_TEST_CASE(report_types) {
  for (const std::string good : {"application/tlsrpt+gzip", "application/tlsrpt+json",
                                 "APPLICATION/tlsrpt+JSON;a=b", " application/tlsrpt+gzip "})
    BOOST_TEST(is_report_type(good), good);
  for (const std::string bad : {"", "application/json", "application/gzip", "application/tlsrpt",
                                "text/plain; x=application/tlsrpt+json"})
    BOOST_TEST(!is_report_type(bad), bad);
}

BOOST_AUTO_TEST_SUITE_END()
