// What was typed against what a project file says.
#include <boost/test/unit_test.hpp>

#include "harness/cli/failure.hpp"
#include "harness/cli/project.hpp"

namespace smtprig::cli {
namespace {

using model::Policy;
using Strings = std::vector<std::string>;
using Wishes = std::vector<ServerWish>;

xml::Project sample() {
  xml::Project project;
  project.scenarios = {"mail", "more.xml"};
  project.shipped = true;
  project.known = {"known.xml", "more-known"};
  project.servers = {{"postfix", "3.7.11", ""}, {"postfix", "", "build"}, {"embedded", "", ""}};
  project.policies = {Policy::may, Policy::verify};
  project.own_policies = {
      std::make_shared<const model::OwnPolicy>(*model::own_policy_of("p = may, secure: a"))};
  project.out = "build/mail";
  project.jobs = 3;
  project.seed = 7;
  return project;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(project)

BOOST_AUTO_TEST_CASE(without_a_project_there_are_defaults) {
  const auto run = with_project(RunOptions{}, {});
  BOOST_TEST(run.scenarios.paths.empty());
  BOOST_TEST(run.policies.empty());
  BOOST_TEST(run.out == "out");
  BOOST_TEST((run.jobs == 1u));
  BOOST_TEST((run.seed == 1u));
  BOOST_TEST((wishes(run, {}) == Wishes{{"embedded", ""}}));
  BOOST_TEST(with_project(ListOptions{}, {}).servers == Strings{"embedded"},
             boost::test_tools::per_element());
  BOOST_TEST(with_project(ExplainOptions{}, {}).server == "embedded");
  BOOST_TEST(with_project(AcceptOptions{}, {}).out == "out");
}

BOOST_AUTO_TEST_CASE(what_is_not_typed_comes_from_the_project) {
  const auto run = with_project(RunOptions{}, sample());
  BOOST_TEST(run.scenarios.paths == (Strings{"mail", "more.xml"}),
             boost::test_tools::per_element());
  BOOST_TEST(run.scenarios.shipped);
  BOOST_TEST(run.known == (Strings{"known.xml", "more-known"}), boost::test_tools::per_element());
  BOOST_TEST((run.policies == std::vector{Policy::may, Policy::verify}));
  BOOST_TEST(run.own_policies.size() == 1u);
  BOOST_TEST(run.out == "build/mail");
  BOOST_TEST((run.jobs == 3u));
  BOOST_TEST((run.seed == 7u));
  BOOST_TEST((wishes(run, sample()) ==
              Wishes{{"postfix-3.7.11", ""}, {"postfix", "build"}, {"embedded", ""}}));
  const auto list = with_project(ListOptions{}, sample());
  BOOST_TEST(list.servers == (Strings{"postfix", "embedded"}), boost::test_tools::per_element());
  BOOST_TEST(list.policies.size() == 2u);
  BOOST_TEST(list.scenarios.paths.size() == 2u);
  const auto explain = with_project(ExplainOptions{}, sample());
  BOOST_TEST(explain.server == "postfix");
  BOOST_TEST(explain.policies.size() == 2u);
  BOOST_TEST(with_project(AcceptOptions{}, sample()).out == "build/mail");
}

BOOST_AUTO_TEST_CASE(what_is_typed_wins_thing_by_thing) {
  RunOptions typed;
  typed.scenarios.paths = {"own"};
  typed.known = {"k"};
  typed.policies = {Policy::none};
  typed.out = "o";
  typed.jobs = 1;
  typed.seed = 0;
  const auto run = with_project(typed, sample());
  BOOST_TEST(run.scenarios.paths == Strings{"own"}, boost::test_tools::per_element());
  BOOST_TEST(!run.scenarios.shipped);
  BOOST_TEST(run.known == Strings{"k"}, boost::test_tools::per_element());
  BOOST_TEST((run.policies == std::vector{Policy::none}));
  BOOST_TEST(run.own_policies.empty());
  BOOST_TEST(run.out == "o");
  BOOST_TEST((run.jobs == 1u));
  BOOST_TEST((run.seed == 0u));
  ListOptions list;
  list.servers = {"exim"};
  BOOST_TEST(with_project(list, sample()).servers == Strings{"exim"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(policies_of_the_project_by_name) {
  RunOptions typed;
  typed.other_policies = {"p"};
  const auto run = with_project(typed, sample());
  BOOST_TEST(run.policies.empty());
  BOOST_TEST_REQUIRE(run.own_policies.size() == 1u);
  BOOST_TEST(run.own_policies[0]->name == "p");
  BOOST_TEST(run.other_policies.empty());
  typed.other_policies = {"verfy"};
  const auto tells = [](const Failure& failure) {
    return failure.text.find("\"verfy\" is none of none may") != std::string::npos &&
           failure.text.find("did you mean verify?") != std::string::npos;
  };
  BOOST_CHECK_EXCEPTION(with_project(typed, {}), Failure, tells);
}

BOOST_AUTO_TEST_CASE(a_cell_that_is_named_is_not_narrowed) {
  RunOptions typed;
  typed.targets = {"cert/good@postfix/none"};
  BOOST_TEST(with_project(typed, sample()).policies.empty());
  typed.targets = {"cert/good"};
  BOOST_TEST(with_project(typed, sample()).policies.size() == 2u);
  ExplainOptions explain;
  explain.cell = "cert/good@exim/none";
  BOOST_TEST(with_project(explain, sample()).server == "");
  BOOST_TEST(with_project(explain, sample()).policies.empty());
}

BOOST_AUTO_TEST_CASE(servers_that_are_wanted) {
  const struct {
    const char* name;
    Strings typed;
    const char* root;
    const char* mutant;
    Wishes expected;
  } rows[] = {
      {"a name keeps the roots of the project",
       {"postfix"},
       "",
       "",
       {{"postfix-3.7.11", ""}, {"postfix", "build"}}},
      {"one version of it", {"postfix-3.7.11"}, "", "", {{"postfix-3.7.11", ""}}},
      {"another version", {"postfix-3.8.1"}, "", "", {{"postfix-3.8.1", ""}}},
      {"another server", {"exim", "embedded"}, "", "", {{"exim", ""}, {"embedded", ""}}},
      {"a typed root", {"postfix"}, "/r", "", {{"postfix", "/r"}}},
      {"a defect needs the embedded server", {}, "", "ignores-name", {{"embedded", ""}}},
      {"a defect, and a server", {"postfix"}, "/r", "ignores-name", {{"postfix", "/r"}}},
  };
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      RunOptions options;
      options.servers = row.typed;
      options.root = row.root;
      options.mutant = row.mutant;
      BOOST_TEST((wishes(options, sample()) == row.expected));
    }
  }
  // For the one server of a project, a root can be typed; its version is then that root's.
  RunOptions options;
  options.root = "/r";
  xml::Project one;
  one.servers = {{"postfix", "3.7.11", "build"}};
  BOOST_TEST((wishes(options, one) == Wishes{{"postfix", "/r"}}));
}

BOOST_AUTO_TEST_CASE(configurations_of_servers) {
  xml::Project project;
  project.servers = {{.name = "postfix", .configuration = "conf"}};
  RunOptions options;
  BOOST_TEST((wishes(options, project) == Wishes{{"postfix", "", "conf"}}));
  options.servers = {"postfix"};
  BOOST_TEST((wishes(options, project) == Wishes{{"postfix", "", "conf"}}));
  options.config = "/etc/postfix";
  BOOST_TEST((wishes(options, project) == Wishes{{"postfix", "", "/etc/postfix"}}));
  options.servers = {"embedded"};
  options.config = "";
  BOOST_TEST((wishes(options, project) == Wishes{{"embedded"}}));
}

BOOST_AUTO_TEST_CASE(where_accept_writes) {
  xml::Project project;
  BOOST_TEST(known_file(project, "/shipped", "postfix") == "/shipped/postfix.xml");
  project.known = {"known.xml", "other.xml"};
  BOOST_TEST(known_file(project, "/shipped", "postfix") == "known.xml");
  project.known = {SMTPRIG_SOURCE_DIR};
  BOOST_TEST(known_file(project, "/shipped", "postfix") == SMTPRIG_SOURCE_DIR "/postfix.xml");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::cli
