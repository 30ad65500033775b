// From scenarios to an ordered list of cells; pure.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/model/cell.hpp"
#include "harness/model/dns_mode.hpp"
#include "harness/model/server.hpp"

namespace smtprig::plan {

struct Selection {
  // Scenario ids or cell ids, by prefix at a component's end ("cert", "cert/expired",
  // "cert/expired@embedded/may") or glob (* within all, ? one character). Empty: all.
  std::vector<std::string> patterns;
  std::vector<model::Policy> policies;        // empty: all that the server has
  std::optional<model::Direction> direction;  // empty: both
  // Of the user's own. They alone are played, unless `policies` names others or a pattern a cell.
  model::OwnPolicies own = {};
  // Under which outbound cells are played too, as far as they tell something of them (attack.hpp).
  // A pattern that names one ("~strip") asks for it by itself.
  std::vector<model::Attacker> attackers = {};
  // Scenarios that it cannot play are left out; see model::left_out_of().
  model::DnsMode dns = model::DnsMode::claimed;
};

struct ServerColumn {
  model::ServerName server;
  std::vector<model::Policy> policies;  // that it has, outbound
  std::vector<model::Policy> inbound;
  model::OwnPolicies own = {};  // outbound; it has all their levels
  std::vector<model::ServerRelay> relays = {};
  bool requiretls = false;   // it heeds RFC 8689 in mail that goes out
  bool moves_clock = false;  // its clock can be put forward

  // Those of the scenario: under each policy under which it is played.
  std::vector<model::Cell> cells_of(const std::shared_ptr<const model::Scenario>& scenario) const;
};

// What the description says that the server has, and those of `own` whose levels it has.
ServerColumn column_of(const model::ServerDescription& server, std::string version,
                       const model::OwnPolicies& own = {});

// What is asked for by policies and patterns of the selection.
ServerColumn selected(ServerColumn column, const Selection& selection);

// All selected cells, in the order of scenario id, server, policy, attacker. Controls (scenarios
// below "control/") that a selected column needs are added if the patterns left them out.
std::vector<model::Cell> expand(
    const std::vector<std::shared_ptr<const model::Scenario>>& scenarios,
    const std::vector<ServerColumn>& servers, const Selection& selection);

// Those of an outbound cell that the selection asks for, by list or by a pattern.
std::vector<model::Cell> attacked_cells(const model::Cell& cell, const Selection& selection);

bool matches(std::string_view pattern, const model::Cell& cell);
// By any of them; all cells are, where there is none.
bool is_selected(const model::Cell& cell, const std::vector<std::string>& patterns);

// The twins of a cell, which show whether the server authenticates its peer: outbound
// impostor_self_signed and impostor_other_name; inbound impostor_self_signed, whose senders show a
// certificate of their own making. None for policies that authenticate nobody, and none of a twin.
std::vector<model::Cell> twins(const model::Cell& cell);

// A stream of its own for each cell: depends on root seed and cell id alone. SplitMix64 of the root
// plus FNV-1a of the id, so that it is the same on every machine and in every version.
std::uint64_t seed_of(std::uint64_t root, std::string_view cell_id);

}  // namespace smtprig::plan
