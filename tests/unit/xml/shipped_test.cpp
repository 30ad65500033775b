// The files that are shipped: they read clean, one named case for each scenario; what is generated
// from the table is what the table says. SMTPRIG_APPROVE=1 writes the generated files anew.
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "files.hpp"
#include "harness/model/cell.hpp"

namespace smtprig::xml::test {
namespace {

namespace fs = std::filesystem;
using boost::unit_test::make_test_case;

fs::path root() {
  return SMTPRIG_SOURCE_DIR;
}

void report(const std::vector<Problem>& problems) {
  for (const auto& problem : problems)
    BOOST_ERROR(problem.text());
}

void check_generated(const char* name, const std::string& expected) {
  if (std::getenv("SMTPRIG_APPROVE") != nullptr) {
    fs::create_directories((root() / name).parent_path());
    std::ofstream(root() / name, std::ios::binary) << expected;
  }
  BOOST_TEST((source(name) == expected),
             name << " is not what the table says; SMTPRIG_APPROVE=1 test_xml writes it anew");
}

// What reading alone does not say of a shipped scenario.
void check_scenario(const std::shared_ptr<const model::Scenario>& scenario) {
  BOOST_TEST(!scenario->summary.empty());
  BOOST_TEST(scenario->summary.ends_with('.'));
  BOOST_TEST(scenario->clause.starts_with("RFC "));
  BOOST_TEST(!scenario->level.empty());
  const auto topic = scenario->id.substr(0, scenario->id.find('/'));
  BOOST_TEST(fs::path(scenario->location.file).parent_path().filename() == topic);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(shipped)

BOOST_AUTO_TEST_CASE(reading_is_clean) {
  const auto suite = read_suites({root() / "scenarios"});
  report(suite.problems);
  BOOST_TEST(suite.scenarios.size() >= 34U);
  std::set<std::string> domains;
  for (const auto& scenario : suite.scenarios) {
    model::Cell cell{scenario, {"embedded", ""}, model::Policy::may, model::Attacker::none};
    BOOST_TEST(domains.insert(cell.domain()).second, scenario->id);
  }
  if (fs::exists(root() / "scenarios/known"))
    report(read_known({root() / "scenarios/known"}).problems);
  for (const auto& folder : fs::directory_iterator(root() / "harness/servers"))
    if (fs::exists(folder.path() / "server.xml"))
      report(read_server(folder.path() / "server.xml").problems);
}

BOOST_AUTO_TEST_CASE(peers_are_clean) {
  for (const auto& file : fs::directory_iterator(root() / "scenarios/peers"))
    report(read_suites({file.path()}).problems);
}

BOOST_AUTO_TEST_CASE(schema_is_shipped) {
  check_generated("scenarios/smtprig.xsd", schema());
}

BOOST_AUTO_TEST_CASE(reference_is_shipped) {
  check_generated("docs/scenario-format.md", reference());
}

// The examples of the page are read like any file.
BOOST_AUTO_TEST_CASE(examples_of_the_reference_are_clean) {
  const Folder folder;
  const std::string page = reference(), fence = "```xml\n";
  std::size_t examples = 0;
  for (auto at = page.find(fence); at != std::string::npos; at = page.find(fence, at)) {
    at += fence.size();
    const auto text = page.substr(at, page.find("```", at) - at);
    const auto read = read_suites({folder.write("example.xml", text)});
    report(read.problems);
    BOOST_TEST(!read.scenarios.empty());
    ++examples;
  }
  BOOST_TEST(examples > 0U);
}

BOOST_AUTO_TEST_SUITE_END()

// A problem has no test to belong to yet: reading_is_clean tells it.
boost::unit_test::test_suite* shipped_cases() {
  auto* suite = BOOST_TEST_SUITE("shipped_scenario");
  for (const auto& scenario : read_suites({root() / "scenarios"}).scenarios)
    suite->add(
        make_test_case([scenario] { check_scenario(scenario); }, scenario->id, __FILE__, __LINE__));
  return suite;
}

}  // namespace smtprig::xml::test
