// Names of MTA-STS in a cell's own domain.
#include <boost/test/unit_test.hpp>

#include "harness/model/sts.hpp"

namespace smtprig::model::test {

BOOST_AUTO_TEST_SUITE(sts)

BOOST_AUTO_TEST_CASE(names) {
  BOOST_TEST(sts_record_owner("@") == "_mta-sts");
  BOOST_TEST(sts_policy_host("other") == "mta-sts.other");
  const std::pair<const char*, const char*> rows[] = {
      {"mx", "mx.x.test"},        {"@", "x.test"},   {"*.@", "*.x.test"},
      {"*.mx", "*.mx.x.test"},    {".@", ".x.test"}, {"m*.@", "m*.x.test"},
      {"*.other.a.", "*.other.a"}};
  for (const auto& [pattern, expected] : rows)
    BOOST_TEST(absolute_pattern(pattern, "x.test") == expected);
}

BOOST_AUTO_TEST_CASE(bodies) {
  fakes::PolicyAnswer answer;
  answer.body = "version: STSv1\r\nmx: \t*.@ \r\nmx:b\nmx:\r\nmxx: c";
  BOOST_TEST(*absolute_policy(answer, "x.test").body ==
             "version: STSv1\r\nmx: \t*.x.test \r\nmx:b.x.test\nmx:\r\nmxx: c");
  answer.body.reset();
  answer.mx = {"@"};
  BOOST_TEST(absolute_policy(answer, "x.test").mx.front() == "x.test");
}

BOOST_AUTO_TEST_CASE(what_holds_when) {
  Scenario scenario;
  scenario.messages = {{.id = "a"}, {.id = "b"}, {.id = "c"}};
  scenario.sts.resize(3);
  scenario.sts[1].from = "c";
  scenario.sts[2].domain = "other";
  BOOST_TEST(sts_at(scenario, "@", 0) == &scenario.sts[0]);
  BOOST_TEST(sts_at(scenario, "@", 1) == &scenario.sts[0]);
  BOOST_TEST(sts_at(scenario, "@", 2) == &scenario.sts[1]);
  BOOST_TEST(sts_at(scenario, "other", 2) == &scenario.sts[2]);
  BOOST_TEST(sts_at(scenario, "third", 2) == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::model::test
