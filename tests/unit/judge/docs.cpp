// docs/outcomes.md lists every row of the oracle and every rule, as they are.
#include <boost/test/unit_test.hpp>

#include <fstream>
#include <set>
#include <sstream>
#include <vector>

#include "harness/judge/inbound_rows.hpp"
#include "harness/judge/oracle_rules.hpp"

namespace smtprig::judge::test {
namespace {

std::string text_of(const std::string& path) {
  std::ifstream in(std::string(SMTPRIG_SOURCE_DIR) + "/" + path);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

// Rules are named by literals: "conduct/C2".
std::set<std::string> rules_in(const std::string& source, const char* opening) {
  std::set<std::string> rules;
  for (auto at = source.find(opening); at != source.npos; at = source.find(opening, at + 1)) {
    const auto end = source.find_first_of("\"`", at + 1);
    const std::string rule = source.substr(at + 1, end - at - 1);
    if (!rule.ends_with('/') && !rule.ends_with("...")) rules.insert(rule);
  }
  return rules;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(docs)

BOOST_AUTO_TEST_CASE(every_row_of_the_oracle) {
  const std::string page = text_of("docs/outcomes.md");
  BOOST_REQUIRE(!page.empty());
  std::set<std::string_view> ids;
  std::vector<const Row*> rows(all_rows().begin(), all_rows().end());
  rows.insert(rows.end(), all_inbound_rows().begin(), all_inbound_rows().end());
  for (const Row* row : rows) {
    BOOST_TEST(ids.insert(row->id).second, "row " << row->id << " is listed twice");
    const std::string force =
        row->force == model::Force::meaning ? "meaning" : std::string(name(row->force));
    std::ostringstream line;
    line << "\n| " << row->id << " | " << row->title << " | " << row->clause << " | " << force
         << " |\n";
    BOOST_TEST(page.find(line.str()) != page.npos, "missing in the page:" << line.str());
  }
}

BOOST_AUTO_TEST_CASE(every_rule) {
  const std::string page = text_of("docs/outcomes.md");
  const std::string code =
      text_of("harness/judge/invariants.cpp") + text_of("harness/judge/conduct.cpp") +
      text_of("harness/judge/inbound_conduct.cpp") + text_of("harness/judge/extensions.cpp") +
      text_of("harness/judge/dsn_conduct.cpp") + text_of("harness/judge/inbound_extensions.cpp") +
      text_of("harness/judge/sts_conduct.cpp") + text_of("harness/judge/requiretls_conduct.cpp") +
      text_of("harness/judge/tls_report_conduct.cpp");
  for (const std::string kind : {"invariant/", "conduct/", "advice/"}) {
    const auto listed = rules_in(page, ("`" + kind).c_str());
    const auto written = rules_in(code, ("\"" + kind).c_str());
    BOOST_TEST(!written.empty());
    BOOST_TEST(listed == written, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::judge::test
