// <vary>: which scenarios a file makes.
#include <boost/test/unit_test.hpp>

#include "files.hpp"

namespace smtprig::xml::test {
namespace {

using Names = std::vector<std::string>;

Names ids(const Suite& suite) {
  Names all;
  for (const auto& scenario : suite.scenarios)
    all.push_back(scenario->id);
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(vary)

BOOST_AUTO_TEST_CASE(children_stand_in_its_place) {
  const auto suite = read_body(
      "<scenario id=\"a/b\"><summary>x</summary><mx>"
      "<on smtp=\"MAIL\" nth=\"2\"><hang/></on>"
      "<vary><case id=\"none\"/><case id=\"one\"><on smtp=\"RCPT\"><hang/></on></case></vary>"
      "<on smtp=\"DATA\"><hang/></on></mx></scenario>");
  BOOST_TEST(suite.problems.empty());
  BOOST_TEST(ids(suite) == (Names{"a/b/none", "a/b/one"}), boost::test_tools::per_element());
  BOOST_TEST(suite.scenarios[0]->hosts[0].receiver.rules.size() == 2);
  const auto& rules = suite.scenarios[1]->hosts[0].receiver.rules;
  BOOST_REQUIRE(rules.size() == 3);
  BOOST_TEST(rules[1].id == "smtp=RCPT");
}

BOOST_AUTO_TEST_CASE(several_give_all_combinations_in_order) {
  const auto suite = read_body(
      "<scenario id=\"a/b\"><summary>x</summary>"
      "<vary><case id=\"v4\"><host name=\"m\"/></case><case id=\"v6\"><host name=\"m\" "
      "address=\"ipv6\"><vary><case id=\"x\"/><case id=\"y\"/></vary></host></case></vary>"
      "<mx host=\"m\"/>"
      "<vary><case id=\"p\"/><case id=\"q\"><message recipients=\"z\"/></case></vary></scenario>");
  BOOST_TEST(suite.problems.empty());
  BOOST_TEST(ids(suite) == (Names{"a/b/v4/p", "a/b/v4/q", "a/b/v6/x/p", "a/b/v6/x/q", "a/b/v6/y/p",
                                  "a/b/v6/y/q"}),
             boost::test_tools::per_element());
  BOOST_TEST(suite.scenarios[1]->messages[0].recipients[0] == "z");
  BOOST_TEST(suite.scenarios[3]->hosts[0].ipv6);
}

BOOST_AUTO_TEST_CASE(problems_are_told_once) {
  const auto suite = read_body(
      "<scenario id=\"a/b\"><summary>x</summary><mx receiver=\"no\"/>\n"
      "<vary><case id=\"p\"/><case id=\"p\"/></vary></scenario>");
  const Names expected{"2:15: the scenario of FILE:2 has the id \"a/b/p\"",
                       "2:54: no <receiver> has the id \"no\"",
                       "3:31: another case of this <vary> is \"p\""};
  auto problems = told(suite.problems);
  for (auto& text : problems)
    if (const auto at = text.find("of /"); at != std::string::npos)
      text.replace(at + 3, text.find(".xml", at) + 4 - at - 3, "FILE");
  BOOST_TEST(problems == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::xml::test
