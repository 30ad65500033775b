// The commands that only look: explain, schema, completion.
#include "harness/cli/catalogue.hpp"
#include "harness/cli/choice.hpp"
#include "harness/cli/commands.hpp"
#include "harness/cli/console.hpp"
#include "harness/cli/explain.hpp"
#include "harness/cli/failure.hpp"
#include "harness/cli/project_file.hpp"
#include "harness/cli/scenarios.hpp"
#include "harness/cli/shell_script.hpp"

#include <fmt/format.h>
#include <unistd.h>

namespace smtprig::cli {
namespace {

// "cert/expired@postfix-3.7.11/verify" in its parts; those that are missing stay empty.
struct CellName {
  std::string scenario;
  std::string server;
  std::optional<model::Policy> policy;
};

CellName cell_name(const std::string& text) {
  CellName cell;
  const auto at = text.find('@');
  cell.scenario = text.substr(0, at);
  if (at == std::string::npos) return cell;
  auto rest = text.substr(at + 1);
  rest = rest.substr(0, rest.find('~'));
  const auto slash = rest.find('/');
  cell.server = rest.substr(0, slash);
  if (slash == std::string::npos) return cell;
  const auto policy = rest.substr(slash + 1);
  cell.policy = model::policy_named(policy);
  if (!cell.policy)
    throw Failure{status_usage, fmt::format("\"{}\" names no policy: {}", policy, text)};
  return cell;
}

}  // namespace

int explain_command(const ExplainOptions& typed) {
  const auto share = find_share();
  const auto options = with_project(typed, find_project(typed.project, share));
  const auto wanted = cell_name(options.cell);
  const auto scenarios =
      read_scenarios(scenario_paths(options.scenarios, share), "nothing can be explained");
  auto server = options.server.empty() ? wanted.server : options.server;
  if (server.empty()) server = "embedded";
  auto asked = options.policies;
  if (asked.empty() && wanted.policy) asked.push_back(*wanted.policy);
  const auto column = plan::column_of(description_of(share, server), "", asked);
  if (column.policies.empty() && column.inbound.empty())
    throw Failure{status_nothing, fmt::format("{} has none of these policies", server)};
  Scenarios chosen;
  for (const auto& scenario : scenarios)
    for (const auto policy : column.policies_for(*scenario)) {
      if (!plan::matches(wanted.scenario, {scenario, column.server, policy})) continue;
      chosen.push_back(scenario);
      break;
    }
  if (chosen.empty())
    throw Failure{status_nothing, unmatched_pattern({wanted.scenario}, scenarios, {column})
                                      .value_or(wanted.scenario + " selects nothing")};
  for (const auto& scenario : chosen) {
    if (scenario != chosen.front()) print("\n----\n\n");
    print(explain_text(scenario, column.server, column.policies_for(*scenario),
                       columns_of(STDOUT_FILENO)));
  }
  return 0;
}

int schema_command(const SchemaOptions& options) {
  print(options.reference ? xml::reference() : xml::schema());
  return 0;
}

int completion_command(const CompletionOptions& options) {
  print(shell_script(options.shell));
  return 0;
}

}  // namespace smtprig::cli
