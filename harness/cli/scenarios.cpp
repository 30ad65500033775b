// See scenarios.hpp.
#include "harness/cli/scenarios.hpp"

#include "harness/cli/console.hpp"
#include "harness/cli/failure.hpp"
#include "reports/text.hpp"

#include <fmt/format.h>

namespace smtprig::cli {

std::vector<std::filesystem::path> scenario_paths(const Sources& sources, const Share& share) {
  std::vector<std::filesystem::path> paths(sources.paths.begin(), sources.paths.end());
  if (paths.empty() || sources.shipped) paths.push_back(share.scenarios);
  return paths;
}

Scenarios read_scenarios(const std::vector<std::filesystem::path>& paths, const std::string& then) {
  auto suite = xml::read_suites(paths);
  if (suite.problems.empty()) return std::move(suite.scenarios);
  throw Failure{status_usage,
                fmt::format("{}{} in the scenarios; {}", problems_text(suite.problems),
                            reports::counted(suite.problems.size(), "problem"), then)};
}

std::string problems_text(const std::vector<xml::Problem>& problems) {
  std::string text;
  for (const auto& problem : problems)
    text += readable(problem.text()) + "\n";
  return text;
}

}  // namespace smtprig::cli
