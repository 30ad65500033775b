// Scenarios x servers x policies, in one order that no selection changes. Controls come along with
// every column that has a cell, because a column is only believed if its controls hold.
#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <tuple>
#include <utility>

#include "harness/model/attack.hpp"
#include "harness/plan/plan.hpp"

namespace smtprig::plan {
namespace {

using Scenarios = std::vector<std::shared_ptr<const model::Scenario>>;

bool is_control(const model::Scenario& scenario) {
  return scenario.id.starts_with("control/");
}

bool authenticates_peer(model::Policy policy) {
  using enum model::Policy;
  return policy != none && policy != may && policy != encrypt;
}

// Whether the patterns speak of cells, whose ids say under which policies.
bool name_cells(const std::vector<std::string>& patterns) {
  return std::ranges::any_of(
      patterns, [](const std::string& pattern) { return pattern.find('@') != pattern.npos; });
}

// In the order of `all`, each once.
template <std::size_t N>
void put_in_order(std::vector<model::Policy>& had, const std::array<model::Policy, N>& all) {
  std::vector<model::Policy> ordered;
  for (const model::Policy policy : all)
    if (std::ranges::count(had, policy) != 0) ordered.push_back(policy);
  had = std::move(ordered);
}

bool can_relay(const std::vector<model::ServerRelay>& relays, const model::Relay& wanted) {
  return std::ranges::any_of(relays, [&](const model::ServerRelay& each) {
    return each.service == wanted.service &&
           (wanted.login == model::Login::none || !each.login.empty());
  });
}

using Label = std::tuple<model::Direction, model::PolicyLabel>;

// The cells of one server, by the columns in which they stand.
std::map<Label, std::vector<model::Cell>> by_label(const Scenarios& scenarios,
                                                   const ServerColumn& column, model::DnsMode dns) {
  std::map<Label, std::vector<model::Cell>> cells;
  for (const auto& scenario : scenarios) {
    if (!left_out_of(dns, *scenario).empty()) continue;
    for (model::Cell& cell : column.cells_of(scenario))
      cells[{cell.direction(), cell.label()}].push_back(std::move(cell));
  }
  return cells;
}

// Those that are selected, and all controls; nothing if the patterns select none.
void append_selected(std::vector<model::Cell>& cells, std::vector<model::Cell> candidates,
                     const Selection& selection) {
  std::vector<model::Cell> controls, others;
  bool selected_any = false;
  for (model::Cell& cell : candidates) {
    const bool selected = is_selected(cell, selection.patterns);
    auto attacked = attacked_cells(cell, selection);
    selected_any = selected_any || selected || !attacked.empty();
    std::ranges::move(attacked, std::back_inserter(others));
    if (is_control(*cell.scenario))
      controls.push_back(std::move(cell));
    else if (selected)
      others.push_back(std::move(cell));
  }
  if (!selected_any) return;
  std::ranges::move(controls, std::back_inserter(cells));
  std::ranges::move(others, std::back_inserter(cells));
}

}  // namespace

bool is_selected(const model::Cell& cell, const std::vector<std::string>& patterns) {
  return patterns.empty() || std::ranges::any_of(patterns, [&](const std::string& pattern) {
           return matches(pattern, cell);
         });
}

std::vector<model::Cell> attacked_cells(const model::Cell& cell, const Selection& selection) {
  std::vector<std::string> naming;
  std::ranges::copy_if(
      selection.patterns, std::back_inserter(naming),
      [](const std::string& pattern) { return pattern.find('~') != pattern.npos; });
  std::vector<model::Cell> cells;
  if (naming.empty() && selection.attackers.empty()) return cells;
  for (const model::Attacker attacker : model::attackers_of(cell)) {
    model::Cell twin = model::attacked(cell, attacker);
    if (!left_out_of(selection.dns, *twin.scenario).empty()) continue;
    const bool asked = std::ranges::count(selection.attackers, attacker) != 0;
    if ((asked && is_selected(twin, selection.patterns)) ||
        (!naming.empty() && is_selected(twin, naming)))
      cells.push_back(std::move(twin));
  }
  return cells;
}

ServerColumn column_of(const model::ServerDescription& server, std::string version,
                       const model::OwnPolicies& own) {
  ServerColumn column;
  column.server = {server.name, std::move(version)};
  const auto add = [&](std::vector<model::Policy>& to, model::Policy policy) {
    if (std::ranges::count(to, policy) == 0) to.push_back(policy);
  };
  for (const auto& entry : server.policies)
    add(column.policies, entry.policy);
  for (const auto& entry : server.inbound)
    add(column.inbound, entry.policy);
  const auto lacks = [&](const std::shared_ptr<const model::OwnPolicy>& policy) {
    return std::ranges::any_of(model::policies, [&](model::Policy level) {
      return policy->has_level(level) && std::ranges::count(column.policies, level) == 0;
    });
  };
  column.relays = server.relays;
  column.requiretls = server.requiretls;
  column.moves_clock = server.moves_clock;
  column.own = own;
  std::erase_if(column.own, lacks);
  return column;
}

ServerColumn selected(ServerColumn column, const Selection& selection) {
  const auto& asked = selection.policies;
  const bool all_plain = asked.empty() && (selection.own.empty() || name_cells(selection.patterns));
  const auto is_left_out = [&](model::Policy policy) {
    return !all_plain && std::ranges::count(asked, policy) == 0;
  };
  std::erase_if(column.policies, is_left_out);
  std::erase_if(column.inbound, is_left_out);
  return column;
}

std::vector<model::Cell> ServerColumn::cells_of(
    const std::shared_ptr<const model::Scenario>& scenario) const {
  std::vector<model::Cell> cells;
  if (scenario->relay && !can_relay(relays, *scenario->relay)) return cells;
  const bool is_inbound = scenario->direction() == model::Direction::inbound;
  if (!is_inbound && !requiretls && scenario->speaks_of_tls()) return cells;
  if (!moves_clock && scenario->moves_clock()) return cells;
  for (const model::Policy policy : is_inbound ? inbound : policies)
    if (scenario->has(policy)) cells.push_back({scenario, server, policy});
  if (is_inbound) return cells;
  for (const auto& policy : own)
    if (model::Cell cell = cell_under(policy, scenario, server); scenario->has(cell.policy))
      cells.push_back(std::move(cell));
  return cells;
}

std::vector<model::Cell> expand(const Scenarios& scenarios,
                                const std::vector<ServerColumn>& servers,
                                const Selection& selection) {
  std::vector<model::Cell> cells;
  for (const ServerColumn& server : servers) {
    ServerColumn column = selected(server, selection);
    put_in_order(column.policies, model::policies);
    put_in_order(column.inbound, model::inbound_policies);
    for (auto& [label, candidates] : by_label(scenarios, column, selection.dns))
      if (!selection.direction || *selection.direction == std::get<0>(label))
        append_selected(cells, std::move(candidates), selection);
  }
  const auto key = [](const model::Cell& cell) {
    return std::tuple(std::string_view(cell.scenario->id), cell.server.text(), cell.label(),
                      cell.attacker);
  };
  std::ranges::sort(cells, {}, key);
  return cells;
}

std::vector<model::Cell> twins(const model::Cell& cell) {
  // DANE authenticates nobody where there are no TLSA records, and MTA-STS nobody without a policy.
  const auto requires_tls = [&] {
    return std::ranges::any_of(cell.scenario->messages, &model::Message::requiretls);
  };
  const auto could = [&](model::Policy policy) {
    using enum model::Policy;
    if (policy != none && requires_tls()) return true;  // RFC 8689 4.2.1
    const bool has_tlsa = cell.scenario->has_tlsa();
    if (policy == dane || policy == dane_only) return has_tlsa;
    const bool has_sts = cell.scenario->has_enforced_sts();
    if (policy == mta_sts) return has_sts;
    if (policy == dane_mta_sts) return has_tlsa || has_sts;
    return authenticates_peer(policy);
  };
  const bool authenticates = cell.direction() == model::Direction::inbound
                                 ? authenticates_peer(cell.policy)
                                 : std::ranges::any_of(cell.levels(), could);
  if (!authenticates || cell.attacker != model::Attacker::none) return {};
  if (cell.scenario->moves_clock()) return {};
  if (cell.direction() == model::Direction::inbound)
    return {model::attacked(cell, model::Attacker::impostor_self_signed)};
  return {model::attacked(cell, model::Attacker::impostor_self_signed),
          model::attacked(cell, model::Attacker::impostor_other_name)};
}

}  // namespace smtprig::plan
