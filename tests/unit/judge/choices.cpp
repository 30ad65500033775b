// Every combination of choices is taken, once.
#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "harness/judge/choices.hpp"

BOOST_AUTO_TEST_SUITE(choices)

BOOST_AUTO_TEST_CASE(all_paths_once) {
  smtprig::judge::Choices choices;
  std::vector<std::string> paths;
  do {
    std::string path = std::to_string(choices.pick(3));
    if (path == "1") path += choices.coin() ? "y" : "n";
    paths.push_back(path);
  } while (choices.next());
  const std::vector<std::string> expected = {"0", "1n", "1y", "2"};
  BOOST_TEST(paths == expected);
}

BOOST_AUTO_TEST_CASE(no_choice_is_one_path) {
  smtprig::judge::Choices choices;
  BOOST_TEST(!choices.next());
}

BOOST_AUTO_TEST_SUITE_END()
