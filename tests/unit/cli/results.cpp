// Folders of results, what the last run left, and which ids a pattern may have meant.
#include "harness/cli/results.hpp"

#include <boost/test/unit_test.hpp>

#include "harness/cli/catalogue.hpp"
#include "reports/jsonl.hpp"

#include <unistd.h>

#include <fstream>

namespace smtprig::cli {
namespace {

namespace fs = std::filesystem;

// A folder of its own that goes with the test.
struct Scratch {
  Scratch() {
    auto text = (fs::temp_directory_path() / "smtprig-test-XXXXXX").string();
    BOOST_REQUIRE(mkdtemp(text.data()));
    path = text;
  }
  ~Scratch() { fs::remove_all(path); }
  fs::path path;
};

model::CellResult cell(std::string scenario, model::Policy policy, model::Verdict verdict) {
  model::CellResult result;
  result.scenario = std::move(scenario);
  result.server = {"postfix", "3.7.11"};
  result.policy = policy;
  result.cell = result.scenario + "@postfix-3.7.11/" + std::string(name(policy));
  result.judgement.verdict = verdict;
  return result;
}

BOOST_AUTO_TEST_CASE(folders_are_new_and_latest_leads_to_the_newest) {
  const Scratch scratch;
  const auto out = scratch.path / "a" / "out";
  const auto first = make_results_folder(out, "2026-01-31T12:00:00Z", {"embedded", "postfix"});
  BOOST_TEST(first.filename() == "2026-01-31T12-00-00-embedded-postfix");
  BOOST_TEST(fs::is_directory(first));
  const auto second = make_results_folder(out, "2026-01-31T12:00:00Z", {"embedded", "postfix"});
  BOOST_TEST(second.filename() == "2026-01-31T12-00-00-embedded-postfix-2");
  BOOST_TEST(fs::equivalent(out / "latest", second));
  // Relative, so that the whole folder can be moved.
  BOOST_TEST(fs::read_symlink(out / "latest").is_relative());
}

BOOST_AUTO_TEST_CASE(the_last_verdict_of_a_cell_counts) {
  const Scratch scratch;
  const auto file = scratch.path / "results.jsonl";
  {
    std::ofstream out(file);
    reports::JsonLines lines(out);
    lines.begin({});
    using model::Policy;
    using model::Verdict;
    lines.add(cell("cert/expired", Policy::verify, Verdict::fail));
    lines.add(cell("cert/good", Policy::may, Verdict::fail));
    lines.add(cell("cert/good", Policy::may, Verdict::pass));
    lines.add(cell("routing/null-mx", Policy::dane_mta_sts, Verdict::error));
    out << R"({"type":"cell","cell":"cut)";  // killed while it wrote
  }
  const auto last = read_last_run(file);
  BOOST_REQUIRE_MESSAGE(last.has_value(), (last.has_error() ? last.error() : ""));
  const std::vector<std::string> expected = {"cert/expired@postfix*/verify",
                                             "routing/null-mx@postfix*/dane+mta-sts"};
  BOOST_TEST(last->unexpected == expected, boost::test_tools::per_element());
  BOOST_TEST(last->servers == std::vector<std::string>{"postfix"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_file_that_is_not_ours_is_refused) {
  const Scratch scratch;
  BOOST_TEST(read_last_run(scratch.path / "none.jsonl").has_error());
  const auto file = scratch.path / "other.jsonl";
  std::ofstream(file) << "[1]\n{}\n";
  const auto last = read_last_run(file);
  BOOST_REQUIRE(last.has_error());
  BOOST_TEST(last.error().find("other.jsonl:1") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(words_are_paths_if_they_exist) {
  const Scratch scratch;
  const auto file = scratch.path / "my.xml";
  std::ofstream(file) << "<suite/>";
  const auto both = targets_of({file.string(), "cert/*"}, {"/shipped"});
  BOOST_TEST((both.paths == std::vector<fs::path>{file}));
  BOOST_TEST((both.patterns == std::vector<std::string>{"cert/*"}));
  BOOST_TEST((targets_of({}, {"/shipped"}).paths == std::vector<fs::path>{"/shipped"}));
}

BOOST_AUTO_TEST_CASE(exceptions_that_name_no_domain_are_told) {
  auto one = std::make_shared<model::Scenario>();
  one->id = "cert/expired";
  auto two = std::make_shared<model::Scenario>();
  two->id = "domains/two";
  two->messages = {{.recipients = {"a", "b@partner"}}};
  const auto told = [&](const char* text) {
    return idle_exceptions({std::make_shared<const model::OwnPolicy>(*model::own_policy_of(text))},
                           {one, two});
  };
  BOOST_TEST(told("p = may, secure: cert domains/two */partner domains/two/partner").empty());
  const auto wrong = told("p = may, secure: cert/expird cert, none: */partners domains/two/a");
  BOOST_TEST_REQUIRE(wrong.size() == 3u);
  BOOST_TEST(wrong[0] ==
             "p: \"cert/expird\" names no domain of these scenarios; near it: "
             "cert/expired");
  BOOST_TEST(wrong[1].starts_with("p: \"*/partners\" names no domain"));
  BOOST_TEST(wrong[2].starts_with("p: \"domains/two/a\" names no domain"));
}

BOOST_AUTO_TEST_CASE(the_policies_of_the_last_run_are_known_to_the_next) {
  const Scratch scratch;
  const auto file = scratch.path / "results.jsonl";
  {
    std::ofstream out(file);
    reports::JsonLines lines(out);
    reports::RunFacts facts;
    facts.own_policies = {{"p", "p = may, secure: cert */x"}};
    facts.resolver = "unbound-1.17.1";
    lines.begin(facts);
    auto failed = cell("cert/expired", model::Policy::secure, model::Verdict::fail);
    failed.own_policy = "p";
    lines.add(failed);
  }
  const auto last = read_last_run(file);
  BOOST_REQUIRE(last.has_value());
  BOOST_TEST(last->unexpected == std::vector<std::string>{"cert/expired@postfix*/p"},
             boost::test_tools::per_element());
  BOOST_TEST_REQUIRE(last->own_policies.size() == 1u);
  BOOST_TEST(last->own_policies[0]->text() == "p = may, secure: cert */x");
  BOOST_TEST((last->dns == model::DnsMode::signed_zones));
}

BOOST_AUTO_TEST_CASE(a_pattern_that_selects_nothing_names_what_is_near) {
  std::vector<std::shared_ptr<const model::Scenario>> scenarios;
  for (const char* id :
       {"cert/expired", "cert/self-signed", "starttls/refused/454", "routing/null-mx"}) {
    auto scenario = std::make_shared<model::Scenario>();
    scenario->id = id;
    scenarios.push_back(std::move(scenario));
  }
  const std::vector<plan::ServerColumn> columns = {{{"embedded", ""}, {model::Policy::may}}};
  const struct {
    const char* pattern;
    const char* near;  // nullptr: the pattern selects something
  } rows[] = {
      {"cert", nullptr},
      {"cert/*", nullptr},
      {"cert/expired@embedded/may", nullptr},
      {"cert/expird", "cert/expired"},
      {"crt", "cert"},
      {"expired", "cert/expired"},
      {"null-mx", "routing/null-mx"},
      {"starttls/refusd", "starttls/refused"},
      {"*self-signd", "cert/self-signed"},
  };
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.pattern) {
      const auto text = unmatched_pattern({row.pattern}, scenarios, columns);
      BOOST_REQUIRE(text.has_value() == (row.near != nullptr));
      if (row.near)
        BOOST_TEST(text->find(row.near, text->find("near it")) != std::string::npos, *text);
    }
  }
  BOOST_TEST(unmatched_pattern({"zzz/qqqqqq"}, scenarios, columns)->find("near it") ==
             std::string::npos);
}

}  // namespace
}  // namespace smtprig::cli
