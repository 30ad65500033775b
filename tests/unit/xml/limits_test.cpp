// Each limit: what lies on it is read, what lies beyond is one problem.
#include <boost/test/unit_test.hpp>

#include "files.hpp"
#include "harness/xml/document.hpp"
#include "harness/xml/problems.hpp"
#include "harness/xml/scenario.hpp"
#include "harness/xml/suite.hpp"
#include "harness/xml/vary.hpp"

namespace smtprig::xml::test {
namespace {

using Told = std::vector<std::string>;

Told read(const std::string& text) {
  const Folder folder;
  return told(read_suites({folder.write("suite.xml", text)}).problems);
}

std::string scenario(const std::string& id, const std::string& children) {
  return "<scenario id=\"" + id + "\"><summary>x</summary><mx/>" + children + "</scenario>";
}

std::string repeat(const std::string& text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i)
    all += text;
  return all;
}

std::string cases(std::size_t count) {
  std::string all = "<vary>";
  for (std::size_t i = 0; i < count; ++i)
    all += "<case id=\"c" + std::to_string(i) + "\"/>";
  return all + "</vary>";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(limits)

BOOST_AUTO_TEST_CASE(file_size) {
  const std::string shell = suite("<!---->");
  const std::string most = suite("<!--" + std::string(file_bytes_max - shell.size(), 'x') + "-->");
  BOOST_REQUIRE(most.size() == file_bytes_max);
  BOOST_TEST(read(most) == Told{}, boost::test_tools::per_element());
  BOOST_TEST(read(most + "\n") == Told{"0:0: is larger than 4 MiB"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(depth) {
  // <suite> and <scenario> are two, the innermost <case> holds one more.
  const auto nested = [](std::size_t pairs) {
    std::string open, close;
    for (std::size_t i = 0; i < pairs; ++i) {
      open += "<vary><case id=\"c\">";
      close = "</case></vary>" + close;
    }
    return suite(scenario("a/b", open + close));
  };
  BOOST_TEST(read(nested((depth_max - 2) / 2)) == Told{}, boost::test_tools::per_element());
  const auto problems = read(nested((depth_max - 2) / 2 + 1));
  BOOST_REQUIRE(problems.size() == 1);
  BOOST_TEST(problems[0].find("elements are nested deeper than 32") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(elements) {
  const auto problems = read(suite(repeat("<zebra/>\n", elements_max - 1)));
  BOOST_REQUIRE(problems.size() == problems_max + 1);
  BOOST_TEST(problems.back() == "0:0: 98999 further problems are not told");
  BOOST_TEST(read(suite(repeat("<zebra/>\n", elements_max))) ==
                 Told{"100001:1: more than 100000 elements"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(attributes) {
  const auto with = [](std::size_t count) {
    std::string all = "<zebra";
    for (std::size_t i = 0; i < count; ++i)
      all += " a" + std::to_string(i) + "=\"\"";
    return suite(all + "/>");
  };
  BOOST_TEST(read(with(attributes_max)) == Told{"2:1: unknown element <zebra> in <suite>"},
             boost::test_tools::per_element());
  BOOST_TEST(read(with(attributes_max + 1)) == Told{"2:1: <zebra> has more than 64 attributes"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(includes) {
  const Folder folder;
  const auto including = [&](std::size_t count) {
    std::string body;
    for (std::size_t i = 0; i < count; ++i) {
      const auto name = "peers/p" + std::to_string(i) + ".xml";
      folder.write(name, suite("<receiver id=\"r" + std::to_string(i) + "\"/>"));
      body += "<include href=\"" + name + "\"/>\n";
    }
    return told(read_suites({folder.write("suite.xml", suite(body))}).problems);
  };
  BOOST_TEST(including(includes_max) == Told{}, boost::test_tools::per_element());
  BOOST_TEST(including(includes_max + 1) == Told{"66:1: more than 64 includes"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(cases_of_a_scenario) {
  const Folder folder;
  const auto product =
      folder.write("a.xml", suite(scenario("a/b", cases(10) + cases(10) + cases(10))));
  BOOST_TEST(read_suites({product}).scenarios.size() == cases_max);
  BOOST_TEST(read(suite(scenario("a/b", cases(cases_max + 1)))) ==
                 Told{"2:1: <vary> makes more than 1000 cases of this scenario"},
             boost::test_tools::per_element());
  // Counted, not made: 100 ^ 20 of them would not be.
  BOOST_TEST(read(suite(scenario("a/b", repeat(cases(100), 20)))) ==
                 Told{"2:1: <vary> makes more than 1000 cases of this scenario"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(expanded_elements_of_a_file) {
  std::string messages;
  for (int i = 0; i < 1100; ++i)
    messages += "<message id=\"m" + std::to_string(i) + "\"/>";
  BOOST_TEST(read(suite(scenario("a/b", cases(1000) + messages))) ==
                 Told{"2:1: <vary> makes more than 1000000 elements of this file"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(domain) {
  const std::string label(63, 'x');
  // The longest name of a policy of one's own, impostor-self-signed and test, with their dots: 40 +
  // 1 + 20 + 1 + 4 + 1 + 1.
  const std::string most = label + "/" + label + "/" + std::string(132 - 128, 'x');
  BOOST_TEST(read(suite(scenario(most, ""))) == Told{}, boost::test_tools::per_element());
  const auto problems = read(suite(scenario(most + "x", "")));
  BOOST_REQUIRE(problems.size() == 1);
  BOOST_TEST(problems[0].ends_with("makes a domain of 201 bytes, the limit is 200"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::xml::test
