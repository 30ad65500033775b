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
#include "harness/model/attack.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

namespace smtprig::cli {
namespace {

// "cert/expired@postfix-3.7.11/verify" in its parts; those that are missing stay empty.
struct CellName {
  std::string scenario;
  std::string server;
  std::string policy;
  std::optional<model::Attacker> attacker;
};

CellName cell_name(const std::string& text, const model::OwnPolicies& own) {
  CellName cell;
  const auto at = text.find('@');
  cell.scenario = text.substr(0, at);
  if (at == std::string::npos) return cell;
  auto rest = text.substr(at + 1);
  if (const auto tilde = rest.find('~'); tilde != std::string::npos) {
    cell.attacker = model::attacker_named(rest.substr(tilde + 1));
    if (!cell.attacker || *cell.attacker == model::Attacker::none)
      throw Failure{status_usage,
                    fmt::format("\"{}\" names no attacker: {}", rest.substr(tilde + 1), text)};
    rest.resize(tilde);
  }
  const auto slash = rest.find('/');
  cell.server = rest.substr(0, slash);
  if (slash == std::string::npos) return cell;
  cell.policy = rest.substr(slash + 1);
  const auto is_it = [&](const auto& policy) { return policy->name == cell.policy; };
  if (!model::policy_named(cell.policy) && std::ranges::none_of(own, is_it))
    throw Failure{status_usage, fmt::format("\"{}\" names no policy: {}", cell.policy, text)};
  return cell;
}

// Those of the cells to which that attack means something.
std::vector<model::Cell> under(model::Attacker attacker, const std::vector<model::Cell>& cells) {
  std::vector<model::Cell> attacked;
  for (const auto& cell : cells)
    if (std::ranges::count(model::attackers_of(cell), attacker) != 0)
      attacked.push_back(model::attacked(cell, attacker));
  return attacked;
}

}  // namespace

int explain_command(const ExplainOptions& typed) {
  const auto share = find_share();
  const auto options = with_project(typed, find_project(typed.project, share));
  const auto wanted = cell_name(options.cell, options.own_policies);
  const auto scenarios =
      read_scenarios(scenario_paths(options.scenarios, share), "nothing can be explained");
  auto server = options.server.empty() ? wanted.server : options.server;
  if (server.empty()) server = "embedded";
  const plan::Selection selection{
      {options.cell}, options.policies, std::nullopt, options.own_policies};
  const auto column = plan::selected(
      plan::column_of(description_of(share, server), "", options.own_policies), selection);
  if (column.policies.empty() && column.inbound.empty() && column.own.empty())
    throw Failure{status_nothing, fmt::format("{} has none of these policies", server)};
  std::vector<std::vector<model::Cell>> chosen;  // by scenario
  for (const auto& scenario : scenarios) {
    auto cells = column.cells_of(scenario);
    std::erase_if(cells, [&](const model::Cell& cell) {
      const bool other = !wanted.policy.empty() && name(cell.label()) != wanted.policy;
      return other || !plan::matches(wanted.scenario, cell);
    });
    if (cells.empty()) continue;
    if (!wanted.attacker) chosen.push_back(cells);
    const auto attackers = wanted.attacker ? std::vector{*wanted.attacker} : options.attackers;
    for (const auto attacker : attackers)
      if (auto attacked = under(attacker, cells); !attacked.empty())
        chosen.push_back(std::move(attacked));
  }
  if (chosen.empty())
    throw Failure{status_nothing, unmatched_pattern({wanted.scenario}, scenarios, {column})
                                      .value_or(wanted.scenario + " selects nothing")};
  for (const auto& cells : chosen) {
    if (&cells != &chosen.front()) print("\n----\n\n");
    print(explain_text(cells, columns_of(STDOUT_FILENO)));
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
