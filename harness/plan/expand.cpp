// Scenarios x servers x policies, in one order that no selection changes. Controls come along with
// every column that has a cell, because a column is only believed if its controls hold.
#include <algorithm>
#include <iterator>
#include <tuple>

#include "harness/plan/plan.hpp"

namespace smtprig::plan {
namespace {

using Scenarios = std::vector<std::shared_ptr<const model::Scenario>>;

bool is_control(const model::Scenario& scenario) {
  return scenario.id.starts_with("control/");
}

bool is_selected(const model::Cell& cell, const std::vector<std::string>& patterns) {
  return patterns.empty() || std::ranges::any_of(patterns, [&](const std::string& pattern) {
           return matches(pattern, cell);
         });
}

// The policies of a column that are wanted, in the order of their declaration, each once.
std::vector<model::Policy> wanted_policies(const ServerColumn& column, const Selection& selection) {
  std::vector<model::Policy> wanted;
  for (const model::Policy policy : model::policies) {
    const bool has = std::ranges::count(column.policies, policy) != 0;
    const bool asked =
        selection.policies.empty() || std::ranges::count(selection.policies, policy) != 0;
    if (has && asked) wanted.push_back(policy);
  }
  return wanted;
}

// The cells of one server and policy; none if the patterns select none.
void append_column(std::vector<model::Cell>& cells, const Scenarios& scenarios,
                   const model::ServerName& server, model::Policy policy,
                   const Selection& selection) {
  std::vector<model::Cell> controls, others;
  bool selected_any = false;
  for (const auto& scenario : scenarios) {
    model::Cell cell{.scenario = scenario, .server = server, .policy = policy};
    const bool selected = is_selected(cell, selection.patterns);
    selected_any = selected_any || selected;
    if (is_control(*scenario))
      controls.push_back(std::move(cell));
    else if (selected)
      others.push_back(std::move(cell));
  }
  if (!selected_any) return;
  std::ranges::move(controls, std::back_inserter(cells));
  std::ranges::move(others, std::back_inserter(cells));
}

}  // namespace

std::vector<model::Cell> expand(const Scenarios& scenarios,
                                const std::vector<ServerColumn>& servers,
                                const Selection& selection) {
  std::vector<model::Cell> cells;
  for (const ServerColumn& column : servers)
    for (const model::Policy policy : wanted_policies(column, selection))
      append_column(cells, scenarios, column.server, policy, selection);
  const auto key = [](const model::Cell& cell) {
    return std::tuple(std::string_view(cell.scenario->id), cell.server.text(), cell.policy);
  };
  std::ranges::sort(cells, {}, key);
  return cells;
}

std::vector<model::Cell> twins(const model::Cell& cell) {
  using enum model::Policy;
  const bool authenticates = cell.policy != none && cell.policy != may && cell.policy != encrypt;
  if (!authenticates || cell.attacker != model::Attacker::none) return {};
  std::vector<model::Cell> result(2, cell);
  result[0].attacker = model::Attacker::impostor_self_signed;
  result[1].attacker = model::Attacker::impostor_other_name;
  return result;
}

}  // namespace smtprig::plan
