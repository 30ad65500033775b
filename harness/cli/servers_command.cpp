// `smtprig servers`: which servers can be put under test here, and how to get the others.
#include "harness/cli/choice.hpp"
#include "harness/cli/commands.hpp"
#include "harness/cli/console.hpp"
#include "harness/cli/failure.hpp"
#include "harness/cli/share.hpp"
#include "harness/servers/fetch.hpp"
#include "harness/servers/installed.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace smtprig::cli {
namespace {

using Row = std::array<std::string, 4>;  // name, version, where, policies

std::string policies_text(const model::ServerDescription& server) {
  std::string text;
  for (const auto& policy : server.policies)
    text += fmt::format("{}{}", text.empty() ? "" : " ", name(policy.policy));
  return text;
}

std::string where(const servers::Installed& found) {
  switch (found.origin) {
    case servers::Origin::built_in:
      return "built in";
    case servers::Origin::system:
      return "the system";
    default:
      return found.root.string();
  }
}

std::string missing(const model::ServerDescription& server) {
  return server.package.empty() ? "not found"
                                : fmt::format("not found: smtprig servers fetch {}", server.name);
}

void add_rows(std::vector<Row>& rows, const model::ServerDescription& server) {
  const auto policies = policies_text(server);
  const auto found = servers::all_installed(server, servers::cache_directory());
  for (const auto& one : found)
    rows.push_back({server.name, one.version.empty() ? "-" : one.version, where(one), policies});
  if (found.empty()) rows.push_back({server.name, "-", missing(server), policies});
}

}  // namespace

int servers_list_command() {
  const auto share = find_share();
  std::vector<Row> rows = {{"server", "version", "where", "policies"}};
  for (const auto& name : servers::server_names(share.servers))
    add_rows(rows, description_of(share, name));
  std::array<std::size_t, 4> widths{};
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], row[i].size());
  for (const auto& row : rows)
    print(fmt::format("{:<{}}  {:<{}}  {:<{}}  {}\n", row[0], widths[0], row[1], widths[1],
                      reports::safe(row[2]), widths[2], row[3]));
  return 0;
}

int servers_fetch_command(const ServersFetchOptions& options) {
  const auto share = find_share();
  for (const auto& name : options.names) {
    const auto server = description_of(share, name);
    if (server.package.empty())
      throw Failure{status_usage, fmt::format("{} has no package: nothing is to be fetched", name)};
    try {
      const auto found =
          servers::fetch(server, servers::cache_directory(),
                         [](const std::string& text) { print_error(reports::safe(text) + "\n"); });
      print(fmt::format("{} {} is in {}\n", server.name, found.version, found.root.string()));
    } catch (const lab::LabError& error) {
      throw Failure{status_rig, readable(error.what())};
    }
  }
  return 0;
}

}  // namespace smtprig::cli
