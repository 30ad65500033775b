// The command line: what is understood, and what is said about what is not.
#include "harness/cli/options.hpp"

#include <boost/test/unit_test.hpp>

#include <variant>

namespace smtprig::cli {
namespace {

Parsed parsed(std::vector<std::string> arguments) {
  return parse(arguments, "1.2.3");
}

template <typename T>
T command(std::vector<std::string> arguments) {
  const auto result = parsed(std::move(arguments));
  BOOST_REQUIRE_MESSAGE(result.command, result.text);
  BOOST_REQUIRE(std::holds_alternative<T>(*result.command));
  return std::get<T>(*result.command);
}

BOOST_AUTO_TEST_CASE(nothing_means_run) {
  const auto run = command<RunOptions>({});
  BOOST_TEST(run.targets.empty());
  BOOST_TEST(run.servers.empty());
  BOOST_TEST(!run.jobs.has_value());
  BOOST_TEST(run.out == "");
  BOOST_TEST(run.scenarios.paths.empty());
  BOOST_TEST(!run.project.ignored);
  BOOST_TEST((run.files == std::set{Report::terminal, Report::junit, Report::jsonl}));
}

BOOST_AUTO_TEST_CASE(options_without_a_command_are_those_of_run) {
  const auto run = command<RunOptions>({"--server", "postfix", "--fail-fast"});
  BOOST_TEST(run.servers == std::vector<std::string>{"postfix"}, boost::test_tools::per_element());
  BOOST_TEST(run.fail_fast);
}

BOOST_AUTO_TEST_CASE(lists_split_at_commas_and_leave_the_positionals) {
  const auto run =
      command<RunOptions>({"run", "cert", "--server", "embedded,postfix", "starttls",
                           "--server=exim", "--policy", "verify,dane+mta-sts", "drop/*"});
  const std::vector<std::string> servers = {"embedded", "postfix", "exim"};
  const std::vector<std::string> targets = {"cert", "starttls", "drop/*"};
  BOOST_TEST(run.servers == servers, boost::test_tools::per_element());
  BOOST_TEST(run.targets == targets, boost::test_tools::per_element());
  BOOST_TEST((run.policies == std::vector{model::Policy::verify, model::Policy::dane_mta_sts}));
}

BOOST_AUTO_TEST_CASE(mode_of_the_dns) {
  using enum model::DnsMode;
  BOOST_TEST(!command<RunOptions>({"run"}).dns);
  BOOST_TEST((command<RunOptions>({"run", "--dns", "signed"}).dns == signed_zones));
  BOOST_TEST((command<ListOptions>({"list", "--dns=signed"}).dns == signed_zones));
  BOOST_TEST((command<ListOptions>({"list", "--dns", "claimed"}).dns == claimed));
  const auto wrong = parse({"run", "--dns", "singed"}, "1");
  BOOST_TEST(wrong.status == 2);
  BOOST_TEST(wrong.text.find("did you mean signed?") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(one_direction) {
  using enum model::Direction;
  BOOST_TEST((command<RunOptions>({"run", "--direction", "inbound"}).direction == inbound));
  BOOST_TEST((command<ListOptions>({"list", "--direction", "outbound"}).direction == outbound));
  BOOST_TEST(!command<RunOptions>({"run"}).direction);
}

BOOST_AUTO_TEST_CASE(policies_of_your_own) {
  const auto run = command<RunOptions>({"--policy", "none,may", "--policy", "may, secure: a b",
                                        "--policy", "p = may, verify: c", "--policy=verify"});
  BOOST_TEST((run.policies ==
              std::vector{model::Policy::none, model::Policy::may, model::Policy::verify}));
  BOOST_TEST_REQUIRE(run.own_policies.size() == 2);
  BOOST_TEST(run.own_policies[0]->text() == "may-but-secure = may, secure: a b");
  BOOST_TEST(run.own_policies[1]->name == "p");
  BOOST_TEST(run.other_policies.empty());
  const auto other = command<RunOptions>({"--policy", "partners,may"});
  BOOST_TEST((other.policies == std::vector{model::Policy::may}));
  BOOST_TEST(other.other_policies == std::vector<std::string>{"partners"},
             boost::test_tools::per_element());
  BOOST_TEST(
      command<ExplainOptions>({"explain", "x", "--policy", "may, secure: a"}).own_policies.size() ==
      1);
  BOOST_TEST(command<ListOptions>({"list", "--policy", "may, secure: a"}).own_policies.size() == 1);
}

BOOST_AUTO_TEST_CASE(everything_of_run) {
  const auto run = command<RunOptions>({"run",
                                        "--jobs",
                                        "4",
                                        "--seed",
                                        "18446744073709551615",
                                        "--repeat",
                                        "20",
                                        "--mutant",
                                        "x",
                                        "--out",
                                        "results",
                                        "--scenarios",
                                        "mine,x",
                                        "--color",
                                        "never",
                                        "--report",
                                        "junit,md",
                                        "--format",
                                        "markdown",
                                        "--last-failed",
                                        "--server-root",
                                        "/opt/postfix",
                                        "--config",
                                        "/etc/postfix",
                                        "--known",
                                        "a.xml",
                                        "--known",
                                        "b.xml",
                                        "--scenarios",
                                        "more",
                                        "--project",
                                        "p.xml"});
  const std::vector<std::string> scenarios = {"mine,x", "more"}, known = {"a.xml", "b.xml"};
  BOOST_TEST((run.jobs == 4u));
  BOOST_TEST((run.seed == 18'446'744'073'709'551'615u));
  BOOST_TEST(run.repeat == 20u);
  BOOST_TEST(run.mutant == "x");
  BOOST_TEST(run.out == "results");
  BOOST_TEST(run.scenarios.paths == scenarios, boost::test_tools::per_element());
  BOOST_TEST(run.known == known, boost::test_tools::per_element());
  BOOST_TEST(run.project.file == "p.xml");
  BOOST_TEST(run.root == "/opt/postfix");
  BOOST_TEST(run.config == "/etc/postfix");
  BOOST_TEST((run.colour == ColourWhen::never));
  BOOST_TEST((run.files == std::set{Report::junit, Report::markdown}));
  BOOST_TEST((run.format == Report::markdown));
  BOOST_TEST(run.last_failed);
}

BOOST_AUTO_TEST_CASE(other_commands) {
  const auto list = command<ListOptions>({"list", "cert", "-l", "--policy", "may", "--no-project"});
  BOOST_TEST(list.long_form);
  BOOST_TEST((list.format == ListFormat::text));
  BOOST_TEST(list.project.ignored);
  BOOST_TEST((command<ListOptions>({"list", "--format", "json"}).format == ListFormat::json));
  BOOST_TEST((list.policies == std::vector{model::Policy::may}));
  BOOST_TEST(command<ExplainOptions>({"explain", "cert/expired"}).cell == "cert/expired");
  BOOST_TEST(command<ValidateOptions>({"validate", "a.xml", "b"}).paths.size() == 2u);
  command<ServersListOptions>({"servers"});
  BOOST_TEST((command<ServersListOptions>({"servers", "list"}).format == ListFormat::text));
  BOOST_TEST((command<ServersListOptions>({"servers", "list", "--format=json"}).format ==
              ListFormat::json));
  BOOST_TEST(command<ServersFetchOptions>({"servers", "fetch", "postfix", "exim"}).names.size() ==
             2u);
  BOOST_TEST(!command<SchemaOptions>({"schema"}).reference);
  BOOST_TEST(command<SchemaOptions>({"schema", "--reference"}).reference);
  BOOST_TEST((command<CompletionOptions>({"completion", "fish"}).shell == Shell::fish));
}

BOOST_AUTO_TEST_CASE(words_to_complete_are_taken_as_they_are) {
  const std::vector<std::string> words = {"run", "--zebra", "--help", ""};
  const auto complete = command<CompleteOptions>({"__complete", "run", "--zebra", "--help", ""});
  BOOST_TEST(complete.words == words, boost::test_tools::per_element());
  BOOST_TEST(command<CompleteOptions>({"__complete"}).words.empty());
}

BOOST_AUTO_TEST_CASE(mistakes_are_named_with_the_nearest_right_name) {
  const struct {
    const char* name;
    std::vector<std::string> arguments;
    const char* expected;
  } rows[] = {
      {"option", {"run", "--polcy", "may"}, "unknown option --polcy; did you mean --policy?"},
      {"option with value",
       {"run", "--sever=postfix"},
       "unknown option --sever; did you mean --server?"},
      {"option that is near none", {"run", "--zzzzzzzz"}, "unknown option --zzzzzzzz\n"},
      {"command", {"rnu"}, "unknown command rnu; did you mean run?"},
      {"command of servers", {"servers", "fetsh"}, "unknown command fetsh; did you mean fetch?"},
      {"own policy", {"run", "--policy", "may, sekure: a"}, "\"sekure\" is none of none may"},
      {"own policies of one name",
       {"run", "--policy", "may, secure: a", "--policy", "may, secure: b"},
       "two of your own are named may-but-secure"},
      {"report", {"run", "--report", "junti"}, "did you mean junit?"},
      {"colour", {"run", "--color", "alway"}, "did you mean always?"},
      {"number", {"run", "--jobs", "many"}, "--jobs"},
      {"range", {"run", "--jobs", "0"}, "--jobs"},
      {"negative seed", {"run", "--seed", "-1"}, "--seed"},
      {"missing argument", {"explain"}, "cell is required"},
      {"one too many", {"explain", "a", "b"}, "one argument too many: b"},
      {"missing value", {"run", "--server"}, "--server"},
      {"format of a list", {"list", "--format", "jsn"}, "did you mean json?"},
      {"shell", {"completion", "bsh"}, "did you mean bash?"},
      {"no shell", {"completion"}, "shell is required"},
      {"topic", {"help", "exit-staus"}, "did you mean exit-status?"},
      {"both ways about the project", {"run", "--project", "x", "--no-project"}, "--project"},
  };
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      const auto result = parsed(row.arguments);
      BOOST_TEST(!result.command);
      BOOST_TEST(result.status == 2);
      BOOST_TEST(result.text.find(row.expected) != std::string::npos, result.text);
      BOOST_TEST(result.text.find("--help") != std::string::npos, result.text);
    }
  }
}

BOOST_AUTO_TEST_CASE(version) {
  BOOST_TEST(parsed({"--version"}).text == "smtprig 1.2.3\n");
  BOOST_TEST(parsed({"--version"}).status == 0);
}

}  // namespace
}  // namespace smtprig::cli
