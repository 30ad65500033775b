// See tell.hpp.
#include "harness/cli/tell.hpp"

#include "harness/cli/console.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace smtprig::cli {
namespace {

using Scenarios = std::vector<std::shared_ptr<const model::Scenario>>;

// A means that a server may lack, and which scenarios ask for it.
struct Means {
  bool plan::ServerColumn::*has;
  bool (model::Scenario::*is_needed)() const;
  std::string_view what;  // such scenarios are about
  std::string_view why;   // "it does not say that ..."
};

constexpr Means all_means[] = {
    {&plan::ServerColumn::requiretls, &model::Scenario::speaks_of_tls,
     "REQUIRETLS and \"TLS-Required: No\" (RFC 8689)", "does not say that it heeds them"},
    {&plan::ServerColumn::moves_clock, &model::Scenario::moves_clock, "days that go by",
     "has no clock that can be moved"},
};

std::size_t lost_for(plan::ServerColumn column, const Means& means, const Scenarios& scenarios,
                     const plan::Selection& selection) {
  column.*means.has = true;
  const auto is_selected = [&](const model::Cell& cell) {
    return plan::is_selected(cell, selection.patterns);
  };
  return static_cast<std::size_t>(std::ranges::count_if(scenarios, [&](const auto& scenario) {
    return scenario->direction() == model::Direction::outbound &&
           ((*scenario).*means.is_needed)() &&
           std::ranges::any_of(column.cells_of(scenario), is_selected);
  }));
}

}  // namespace

// What a real server cannot do for want of a library is no fault of its own.
void tell_logins(const std::vector<run::ServerChoice>& servers) {
  for (const auto& server : servers) {
    const auto& description = server.description;
    const bool none = std::ranges::all_of(description.relays,
                                          [](const auto& relay) { return relay.login.empty(); });
    if (none && !description.login_needs.empty())
      print_error(fmt::format(
          "scenarios in which {} logs in at a relay are left out: there is no "
          "{}{}\n",
          description.name, description.login_needs,
          description.with_packages.empty()
              ? ""
              : fmt::format(" (Debian: {})", fmt::join(description.with_packages, " "))));
  }
}

void tell_left_out(const std::vector<run::ServerChoice>& servers) {
  for (const auto& server : servers)
    for (const auto& [policy, file] : server.left_out)
      print_error(fmt::format(
          "{} is played without the policy {}: there is no {}{}\n", server.description.name,
          model::name(policy), file,
          server.description.package.empty()
              ? ""
              : fmt::format(" (run `smtprig servers fetch {}`)", server.description.name)));
}

void tell_lacking(const std::vector<plan::ServerColumn>& columns, const Scenarios& scenarios,
                  const plan::Selection& selection) {
  if (selection.direction == model::Direction::inbound) return;
  for (const plan::ServerColumn& column : columns)
    for (const Means& means : all_means) {
      if (column.*means.has) continue;
      if (const auto lost = lost_for(column, means, scenarios, selection); lost > 0)
        print_error(fmt::format("{} scenario{} of {} {} left out: {} {}\n", lost,
                                lost == 1 ? "" : "s", means.what, lost == 1 ? "is" : "are",
                                column.server.name, means.why));
    }
}

}  // namespace smtprig::cli
