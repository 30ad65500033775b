// What the lab changes in a configuration file of the user's own, and which files one names.
#include "harness/servers/overrides.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace smtprig;

namespace {

using Lines = std::vector<std::string>;

std::string rendered(const std::string& line) {
  return servers::render(line, {{"listen", "192.0.2.1"}}, "a test");
}

servers::Edited edited(const model::ServerConfiguration& configuration, const std::string& text) {
  return servers::with_overrides(configuration, "main", text, rendered);
}

model::ServerOverride appended(Lines lines) {
  model::ServerOverride entry;
  entry.file = "main";
  entry.lines = std::move(lines);
  entry.because = "so";
  return entry;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(overrides)

BOOST_AUTO_TEST_CASE(lines_are_appended_in_place_of_the_users) {
  struct Row {
    const char* name;
    std::string text;
    std::string expected;
    std::string note;
  };
  const std::string last = "# What the lab needs.\nhost = 192.0.2.1\n";
  const Row rows[] = {
      {"nothing there", "", last, "  host = 192.0.2.1"},
      {"no newline at the end", "a = b", "a = b\n" + last, "  host = 192.0.2.1"},
      {"assigned", "host=x\na = b\n", "# host=x\na = b\n" + last,
       "  host = 192.0.2.1    instead of: host=x"},
      {"assigned in several lines", "host = x,\n  y,\n# z\n\tz\na = b\n",
       "# host = x,\n#   y,\n# z\n# \tz\na = b\n" + last,
       "  host = 192.0.2.1    instead of: host = x,"},
      {"assigned twice", "host = x\nhost = y\n", "# host = x\n# host = y\n" + last,
       "  host = 192.0.2.1    instead of: host = y"},
      {"in a comment", " # host = x\n", " # host = x\n" + last, "  host = 192.0.2.1"},
      {"a longer name", "hosts = x\n", "hosts = x\n" + last, "  host = 192.0.2.1"},
      {"braces of the user's", "a = ${host}\n", "a = ${host}\n" + last, "  host = 192.0.2.1"},
  };
  model::ServerConfiguration configuration;
  configuration.overrides = {appended({"host = {listen}"})};
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      const auto result = edited(configuration, row.text);
      BOOST_TEST(result.text == row.expected);
      BOOST_TEST(result.notes == (Lines{"main, so:", row.note}), boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(what_is_said_already_is_left) {
  model::ServerConfiguration configuration;
  configuration.overrides = {appended({"host = {listen}"})};
  const auto result = edited(configuration, "host=192.0.2.1 \n");
  BOOST_TEST(result.text == "host=192.0.2.1 \n");
  BOOST_TEST(result.notes.empty());
}

BOOST_AUTO_TEST_CASE(conditions) {
  struct Row {
    const char* name;
    const char* when;
    const char* unless;
    bool if_set;
    bool expected;
  };
  const Row rows[] = {
      {"always", "", "", false, true},
      {"found", "^relay\\s*=\\s*\\S", "", false, true},
      {"not found", "^relay = y", "", false, false},
      {"only in a comment", "^# relay", "", false, false},
      {"unless it is found", "", "^relay", false, false},
      {"unless it is not found", "", "^other", false, true},
      {"set", "", "", true, true},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      model::ServerConfiguration configuration;
      configuration.overrides = {appended({"relay ="})};
      configuration.overrides.front().when = row.when;
      configuration.overrides.front().unless = row.unless;
      configuration.overrides.front().if_set = row.if_set;
      const auto result = edited(configuration, "# relay = no\nrelay = x\n");
      BOOST_TEST((result.text.find("\nrelay =\n") != std::string::npos) == row.expected);
      BOOST_TEST(result.notes.empty() != row.expected);
    }
  }
  model::ServerConfiguration configuration;
  configuration.overrides = {appended({"relay =", "other ="})};
  configuration.overrides.front().if_set = true;
  BOOST_TEST(edited(configuration, "other = x\n").text ==
             "# other = x\n# What the lab needs.\nother =\n");
  configuration.overrides.front().file = "another";
  BOOST_TEST(edited(configuration, "other = x\n").text == "other = x\n");
}

BOOST_AUTO_TEST_CASE(rewrites) {
  model::ServerConfiguration configuration;
  configuration.rewrites = {{"main", "^(\\S+ unix )y", "\\1n", "no chroot"},
                            {"main", " -o name=\\S+", "", "no name"},
                            {"main", "nowhere", "", "never"},
                            {"another", "unix", "inet", "never"}};
  const auto result =
      edited(configuration, "smtp unix y -o name=a\n# smtp unix y\nlmtp unix y\n -o name=b -o x\n");
  BOOST_TEST(result.text == "smtp unix n\n# smtp unix y\nlmtp unix n\n -o x\n");
  BOOST_TEST(result.notes == (Lines{"main, no chroot: in 2 lines", "main, no name: in 2 lines"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(long_lines_are_cut_in_notes_only) {
  const std::string value(200, 'x');
  model::ServerConfiguration configuration;
  configuration.overrides = {appended({"a = " + value})};
  const auto result = edited(configuration, "");
  BOOST_TEST(result.text.find(value) != std::string::npos);
  BOOST_TEST(result.notes.at(1).size() < 100);
}

BOOST_AUTO_TEST_CASE(broken_expressions_are_errors) {
  model::ServerConfiguration configuration;
  configuration.rewrites = {{"main", "(", "", ""}};
  BOOST_CHECK_THROW(edited(configuration, "a\n"), lab::LabError);
  configuration.rewrites = {{"main", "a", "\\1", ""}};
  BOOST_CHECK_THROW(edited(configuration, "a\n"), lab::LabError);
  BOOST_CHECK_THROW(servers::mentions_in("a", "("), lab::LabError);
}

BOOST_AUTO_TEST_CASE(mentions) {
  const std::string expression = "(?P<type>hash|lmdb):(?:\\$dir/(?P<inside>\\S+)|(?P<path>/\\S+))";
  const auto found = servers::mentions_in(
      "a = hash:/x lmdb:$dir/y\n# hash:/z\nb = hash:z texthash:/w\n", expression);
  BOOST_TEST_REQUIRE(found.size() == 3);
  BOOST_TEST(found[0].text == "hash:/x");
  BOOST_TEST(found[0].captures.at("type") == "hash");
  BOOST_TEST(found[0].captures.at("path") == "/x");
  BOOST_TEST(!found[0].captures.contains("inside"));
  BOOST_TEST(found[1].captures.at("inside") == "y");
  BOOST_TEST(found[2].captures.at("path") == "/w");
  BOOST_TEST(servers::mentions_in("abc", "x*").size() == 3);  // an empty match moves on
}

BOOST_AUTO_TEST_SUITE_END()
