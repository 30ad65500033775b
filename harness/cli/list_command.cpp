// `list`: scenarios, the cells that they make, and where they are written.
#include "harness/cli/catalogue.hpp"
#include "harness/cli/choice.hpp"
#include "harness/cli/commands.hpp"
#include "harness/cli/console.hpp"
#include "harness/cli/failure.hpp"
#include "harness/cli/listing.hpp"
#include "harness/cli/project_file.hpp"
#include "harness/cli/scenarios.hpp"
#include "reports/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace smtprig::cli {
namespace {

plan::Selection selection_of(const ListOptions& options, std::vector<std::string> patterns) {
  return {std::move(patterns),  options.policies,  options.direction,
          options.own_policies, options.attackers, options.dns.value_or(model::DnsMode::claimed)};
}

std::vector<plan::ServerColumn> listed_columns(const ListOptions& options, const Share& share) {
  const auto selection = selection_of(options, options.targets);
  std::vector<plan::ServerColumn> columns;
  for (const auto& name : options.servers)
    columns.push_back(plan::selected(
        plan::column_of(description_of(share, name), "", options.own_policies), selection));
  return columns;
}

// What the patterns select, in the order of ids. Controls do not come along: they were not asked
// for.
std::vector<Listed> selected(const Scenarios& scenarios,
                             const std::vector<plan::ServerColumn>& columns,
                             const plan::Selection& selection) {
  const auto& patterns = selection.patterns;
  std::vector<Listed> list;
  for (const auto& scenario : scenarios) {
    if (selection.direction && scenario->direction() != *selection.direction) continue;
    if (!left_out_of(selection.dns, *scenario).empty()) continue;
    Listed listed{scenario, {}};
    for (const auto& column : columns) {
      for (const auto& cell : column.cells_of(scenario)) {
        const auto selects = [&](const auto& pattern) { return plan::matches(pattern, cell); };
        if (patterns.empty() || std::ranges::any_of(patterns, selects))
          listed.cells.push_back(cell.id());
        for (const auto& attacked : plan::attacked_cells(cell, selection))
          listed.cells.push_back(attacked.id());
      }
    }
    if (!listed.cells.empty()) list.push_back(std::move(listed));
  }
  std::ranges::sort(list, {}, [](const Listed& one) { return std::string_view(one.scenario->id); });
  return list;
}

}  // namespace

int list_command(const ListOptions& typed) {
  const auto share = find_share();
  const auto options = with_project(typed, find_project(typed.project, share));
  const auto targets = targets_of(options.targets, scenario_paths(options.scenarios, share));
  const auto scenarios = read_scenarios(targets.paths, "nothing can be listed");
  const auto columns = listed_columns(options, share);
  if (const auto text = unmatched_pattern(targets.patterns, scenarios, columns))
    throw Failure{status_nothing, *text};
  const auto selection = selection_of(options, targets.patterns);
  const auto list = selected(scenarios, columns, selection);
  print_error(text(left_out(scenarios, columns, selection)));
  if (list.empty()) throw Failure{status_nothing, "no cell is left under these policies"};
  if (options.format == ListFormat::json) {
    print(scenarios_json(list));
    return 0;
  }
  print(options.long_form ? long_text(list) : short_text(list));
  std::size_t cells = 0;
  for (const auto& one : list)
    cells += one.cells.size();
  print_error(fmt::format("{}, {} on {}\n", reports::counted(list.size(), "scenario"),
                          reports::counted(cells, "cell"), fmt::join(options.servers, ", ")));
  return 0;
}

}  // namespace smtprig::cli
