// What a newcomer reads: help of every command, topics, and that README and docs say the same.
#include <boost/test/unit_test.hpp>

#include "harness/cli/definition.hpp"
#include "harness/cli/formatter.hpp"
#include "harness/cli/help.hpp"
#include "harness/cli/options.hpp"
#include "harness/cli/status.hpp"
#include "reports/text.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <sstream>

namespace smtprig::cli {
namespace {

std::string help_of(std::vector<std::string> words) {
  const auto result = parse(words, "1.2.3");
  BOOST_TEST(!result.command);
  BOOST_TEST(result.status == 0, result.text);
  return result.text;
}

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::string file(const char* name) {
  std::ifstream in(std::string(SMTPRIG_SOURCE_DIR "/") + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The command's words, and so for those below it.
void visit(const CLI::App& app, const std::vector<std::string>& words,
           const std::function<void(const CLI::App&, const std::vector<std::string>&)>& look) {
  look(app, words);
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    auto longer = words;
    longer.push_back(command->get_name());
    visit(*command, longer, look);
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(help_texts)

BOOST_AUTO_TEST_CASE(every_help_teaches_by_example) {
  const struct {
    std::vector<std::string> arguments;
    const char* example;
  } rows[] = {
      {{"--help"}, "smtprig run --server postfix"},
      {{"help"}, "smtprig run --server postfix"},
      {{"run", "--help"}, "smtprig run --last-failed"},
      {{"help", "run"}, "smtprig run --last-failed"},
      {{"list", "--help"}, "smtprig list cert --long"},
      {{"explain", "-h"}, "smtprig explain cert/expired"},
      {{"validate", "--help"}, "smtprig validate my-scenarios/"},
      {{"accept", "--help"}, "smtprig accept routing/null-mx"},
      {{"servers", "--help"}, "smtprig servers fetch postfix"},
      {{"help", "servers", "fetch"}, "smtprig servers fetch postfix"},
      {{"schema", "--help"}, "xmllint"},
      {{"completion", "--help"}, "source <(smtprig completion bash)"},
      {{"help", "project"}, "<scenarios path="},
      {{"help", "exit-status"}, "130 "},
      {{"help", "exit-codes"}, "130 "},
  };
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.example) {
      const auto text = help_of(row.arguments);
      BOOST_TEST(holds(text, row.example), text);
    }
  }
}

BOOST_AUTO_TEST_CASE(every_command_is_whole) {
  Raw raw;
  const auto program = definition(raw, "1");
  const auto all = help_of({"--help"});
  visit(*program, {}, [&](const CLI::App& app, const std::vector<std::string>& words) {
    const auto name = fmt::format("smtprig{}{}", words.empty() ? "" : " ", fmt::join(words, " "));
    BOOST_TEST_CONTEXT(name) {
      auto asked = words;
      asked.emplace_back("--help");
      const auto text = help_of(asked);
      BOOST_TEST(holds(text, "\nUsage: " + name), text);
      for (const auto* option : app.get_options()) {
        BOOST_TEST(!option->get_description().empty(), option->get_name());
        BOOST_TEST(holds(text, option->get_positional() ? option->get_type_name()
                                                        : "--" + option->get_lnames().front()));
      }
      const auto first = app.get_description().substr(0, app.get_description().find('\n'));
      if (words.size() == 1) BOOST_TEST(holds(all, "  " + words.front() + " "));
      BOOST_TEST(holds(text, first));
    }
  });
}

BOOST_AUTO_TEST_CASE(nothing_is_wider_than_a_terminal) {
  Raw raw;
  std::string all = help_of({"help", "project"}) + help_of({"help", "exit-status"});
  visit(*definition(raw, "1"), {}, [&](const CLI::App&, const std::vector<std::string>& words) {
    auto asked = words;
    asked.emplace_back("--help");
    all += help_of(asked);
  });
  std::istringstream lines(all);
  for (std::string line; std::getline(lines, line);)
    BOOST_TEST(reports::width(line) <= help_columns, line);
}

BOOST_AUTO_TEST_CASE(the_readme_has_every_exit_status) {
  const auto readme = file("README.md"), page = file("docs/command-line.md");
  for (const auto& status : exit_statuses) {
    BOOST_TEST(holds(readme, fmt::format("| {} | {} |", status.number, status.meaning)));
    BOOST_TEST(holds(
        page, fmt::format("| {} | {} | {} |", status.number, status.meaning, status.commands)));
  }
}

BOOST_AUTO_TEST_CASE(the_page_has_every_command_and_the_example_of_a_project) {
  const auto page = file("docs/command-line.md");
  Raw raw;
  visit(*definition(raw, "1"), {}, [&](const CLI::App&, const std::vector<std::string>& words) {
    BOOST_TEST(holds(page, fmt::format("smtprig {}", fmt::join(words, " "))),
               fmt::format("{} is missing", fmt::join(words, " ")));
  });
  BOOST_TEST(holds(page, help::project_example));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::cli
