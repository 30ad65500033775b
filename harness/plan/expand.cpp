// Scenarios x servers x policies, in one order that no selection changes. Controls come along with
// every column that has a cell, because a column is only believed if its controls hold.
#include <algorithm>
#include <array>
#include <iterator>
#include <tuple>
#include <utility>

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

// Those of `all` that the server has and that are asked for, each once.
template <std::size_t N>
std::vector<model::Policy> wanted_policies(const std::array<model::Policy, N>& all,
                                           const std::vector<model::Policy>& had,
                                           const Selection& selection) {
  std::vector<model::Policy> wanted;
  for (const model::Policy policy : all) {
    const bool has = std::ranges::count(had, policy) != 0;
    const bool asked =
        selection.policies.empty() || std::ranges::count(selection.policies, policy) != 0;
    if (has && asked) wanted.push_back(policy);
  }
  return wanted;
}

// The cells of one server, direction and policy; none if the patterns select none.
void append_column(std::vector<model::Cell>& cells, const Scenarios& scenarios,
                   const model::ServerName& server, model::Direction direction,
                   model::Policy policy, const Selection& selection) {
  if (selection.direction && *selection.direction != direction) return;
  std::vector<model::Cell> controls, others;
  bool selected_any = false;
  for (const auto& scenario : scenarios) {
    if (scenario->direction() != direction || !scenario->has(policy)) continue;
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

ServerColumn column_of(const model::ServerDescription& server, std::string version,
                       const std::vector<model::Policy>& asked) {
  ServerColumn column;
  column.server = {server.name, std::move(version)};
  const auto add = [&](std::vector<model::Policy>& to, model::Policy policy) {
    const bool wanted = asked.empty() || std::ranges::count(asked, policy) != 0;
    if (wanted && std::ranges::count(to, policy) == 0) to.push_back(policy);
  };
  for (const auto& entry : server.policies)
    add(column.policies, entry.policy);
  for (const auto& entry : server.inbound)
    add(column.inbound, entry.policy);
  return column;
}

std::vector<model::Policy> ServerColumn::policies_for(const model::Scenario& scenario) const {
  auto played = scenario.direction() == model::Direction::inbound ? inbound : policies;
  std::erase_if(played, [&](model::Policy policy) { return !scenario.has(policy); });
  return played;
}

std::vector<model::Cell> expand(const Scenarios& scenarios,
                                const std::vector<ServerColumn>& servers,
                                const Selection& selection) {
  std::vector<model::Cell> cells;
  for (const ServerColumn& column : servers) {
    using enum model::Direction;
    for (const auto policy : wanted_policies(model::policies, column.policies, selection))
      append_column(cells, scenarios, column.server, outbound, policy, selection);
    for (const auto policy : wanted_policies(model::inbound_policies, column.inbound, selection))
      append_column(cells, scenarios, column.server, inbound, policy, selection);
  }
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
  if (cell.direction() == model::Direction::inbound) {
    model::Cell twin = cell;
    twin.attacker = model::Attacker::impostor_self_signed;
    return {twin};
  }
  std::vector<model::Cell> result(2, cell);
  result[0].attacker = model::Attacker::impostor_self_signed;
  result[1].attacker = model::Attacker::impostor_other_name;
  return result;
}

}  // namespace smtprig::plan
