// What is offered for a word, whatever stands before it.
#include <boost/test/unit_test.hpp>

#include "harness/cli/completion.hpp"
#include "harness/cli/definition.hpp"
#include "harness/cli/shell_script.hpp"

#include <fmt/format.h>

#include <set>

namespace smtprig::cli {
namespace {

using Strings = std::vector<std::string>;

std::vector<Candidate> vocabulary(std::string_view kind, std::string_view word, const Typed&) {
  if (kind == "SERVER") return {{"embedded", "built in"}, {"postfix", ""}, {"postfix-3.7.11", ""}};
  if (kind == "POLICY") return {{"may", ""}, {"encrypt", ""}, {"verify", ""}};
  if (kind == "MUTANT") return {{"list", ""}, {"ignores-name", ""}};
  if (kind == "TOPIC") return {{"run", ""}, {"project", ""}};
  if (kind == "TARGET" || kind == "CELL")
    return next_components(word, {{"cert/expired", "Old."}, {"cert/good", ""}, {"tls/a", ""}});
  return {};
}

Strings offered(const Strings& words) {
  Strings all;
  const auto completion = complete(words, vocabulary);
  if (completion.files) all.emplace_back(":files");
  if (completion.folders) all.emplace_back(":folders");
  for (const auto& candidate : completion.candidates)
    all.push_back(candidate.word);
  return all;
}

bool offers(const Strings& words, const std::string& word) {
  const auto all = offered(words);
  return std::ranges::count(all, word) == 1;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(completion)

BOOST_AUTO_TEST_CASE(words_in_their_places) {
  const struct {
    const char* name;
    Strings words;
    Strings expected;
  } rows[] = {
      {"nothing typed",
       {},
       {"run", "list", "explain", "validate", "accept", "servers", "schema", "completion", "help"}},
      {"command", {"sch"}, {"schema"}},
      {"command of a command", {"servers", ""}, {"list", "fetch"}},
      {"argument", {"servers", "fetch", "po"}, {"postfix", "postfix-3.7.11"}},
      {"option", {"run", "--fa"}, {"--fail-fast"}},
      {"option, run implied", {"--fa"}, {"--fail-fast"}},
      {"option, run implied by another", {"--fail-fast", "--mu"}, {"--mutant"}},
      {"flag that was typed", {"run", "--fail-fast", "--fa"}, {}},
      {"option that may come again", {"run", "--known", "x", "--kno"}, {"--known"}},
      {"option of another command", {"list", "--fa"}, {}},
      {"value", {"run", "--server", "em"}, {"embedded"}},
      {"value behind =", {"run", "--server=em"}, {"--server=embedded"}},
      {"value of a list", {"run", "--policy", "may,v"}, {"may,verify"}},
      {"value of a list, once", {"run", "--policy", "may,"}, {"may,encrypt", "may,verify"}},
      {"value of a list behind =", {"run", "--policy=may,e"}, {"--policy=may,encrypt"}},
      {"one of words", {"run", "--color", "a"}, {"auto", "always"}},
      {"one of words, in a list", {"run", "--report", "junit,j"}, {"junit,jsonl"}},
      {"free value", {"run", "--seed", ""}, {}},
      {"folder", {"run", "--out", ""}, {":folders"}},
      {"file", {"accept", "--file", ""}, {":files"}},
      {"files and ids", {"run", ""}, {":files", "cert/", "tls/"}},
      {"next component", {"run", "cert/"}, {":files", "cert/expired", "cert/good"}},
      {"any number of arguments", {"run", "tls", "x.xml", "t"}, {":files", "tls/"}},
      {"behind an option's value",
       {"run", "--server", "postfix", "cert/g"},
       {":files", "cert/good"}},
      {"behind --", {"run", "--", "-"}, {":files"}},
      {"the one argument", {"explain", "t"}, {"tls/"}},
      {"no second argument", {"explain", "tls/a", ""}, {}},
      {"shell", {"completion", "z"}, {"zsh"}},
      {"topic", {"help", "p"}, {"project"}},
      {"unknown command", {"rnu", "--"}, {"--version", "--help"}},
      {"unknown option", {"run", "--zebra", "t"}, {":files", "tls/"}},
  };
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      auto all = offered(row.words);
      if (std::string_view(row.name) == "unknown command") all.resize(2);  // then those of run
      BOOST_TEST(all == row.expected, boost::test_tools::per_element());
    }
  }
}

// From the definition: an option that is added there is offered without a line elsewhere.
BOOST_AUTO_TEST_CASE(every_option_of_every_command_is_offered) {
  Raw raw;
  const auto program = definition(raw, "1");
  const auto all = [](const CLI::App*) { return true; };
  for (const auto* command : program->get_subcommands(all)) {
    BOOST_TEST(offers({""}, command->get_name()));
    for (const auto* option : command->get_options())
      for (const auto& name : option->get_lnames())
        BOOST_TEST(offers({command->get_name(), "--"}, "--" + name), command->get_name() + name);
  }
}

// A kind that nobody knows would be a mistake of spelling.
BOOST_AUTO_TEST_CASE(every_kind_is_known) {
  const std::set<std::string> known = {"FILE",   "DIR",  "PATH",  "SERVER", "POLICY", "MUTANT",
                                       "TARGET", "CELL", "TOPIC", "N",      "TEXT",   "URL"};
  Raw raw;
  const auto program = definition(raw, "1");
  std::vector<const CLI::App*> apps = {program.get()};
  for (std::size_t i = 0; i < apps.size(); ++i) {
    for (const auto* option : apps[i]->get_options()) {
      if (option->get_items_expected_max() == 0) continue;
      auto kind = option->get_type_name();
      if (kind.ends_with(",...")) kind.resize(kind.size() - 4);
      BOOST_TEST((kind.find('|') != std::string::npos || known.contains(kind)),
                 option->get_name() + ": " + kind);
    }
    for (const auto* command : apps[i]->get_subcommands([](const CLI::App*) { return true; }))
      apps.push_back(command);
  }
}

BOOST_AUTO_TEST_CASE(what_was_typed_reaches_the_vocabulary) {
  Typed seen;
  const Vocabulary spy = [&](std::string_view, std::string_view word, const Typed& typed) {
    BOOST_TEST(word == "x");
    seen = typed;
    return std::vector<Candidate>();
  };
  complete({"list", "a", "--server=embedded,postfix", "--scenarios", "d,e", "--long", "b", "x"},
           spy);
  BOOST_TEST(seen.command == "list");
  BOOST_TEST(seen.arguments == (Strings{"a", "b"}), boost::test_tools::per_element());
  BOOST_TEST(seen.values("--server") == (Strings{"embedded", "postfix"}),
             boost::test_tools::per_element());
  BOOST_TEST(seen.values("--scenarios") == (Strings{"d,e"}), boost::test_tools::per_element());
  BOOST_TEST(seen.has("--long"));
  BOOST_TEST(!seen.has("--policy"));
}

BOOST_AUTO_TEST_CASE(components_of_ids) {
  const std::vector<Candidate> ids = {{"a/b", "one"}, {"a/b/c", "two"}, {"a/d@s/p", ""}};
  using All = std::vector<Candidate>;
  BOOST_TEST((next_components("", ids) == All{{"a/", ""}}));
  BOOST_TEST((next_components("a/", ids) == All{{"a/b", "one"}, {"a/b/", ""}, {"a/d@s/", ""}}));
  BOOST_TEST((next_components("a/b/", ids) == All{{"a/b/c", "two"}}));
  BOOST_TEST((next_components("x", ids) == All{}));
}

BOOST_AUTO_TEST_CASE(lines_hold_what_lines_can) {
  Completion completion;
  completion.files = true;
  completion.candidates = {
      {"a", "tab\there\x1b[2J"}, {"b c", ""}, {"d\n", ""}, {"\x1b[2J", ""}, {"e", ""}};
  BOOST_TEST(completion_text(completion) == ":files\na\ttab\\there\\x1b[2J\ne\t\n");
}

BOOST_AUTO_TEST_CASE(scripts_know_no_option) {
  for (const auto shell : {Shell::bash, Shell::zsh, Shell::fish}) {
    const auto script = shell_script(shell);
    BOOST_TEST(script.find("__complete") != script.npos);
    BOOST_TEST(script.find("--server") == script.npos);
    BOOST_TEST(script.ends_with('\n'));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::cli
