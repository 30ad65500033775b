// `smtprig servers`: which servers can be put under test here, and how to get the others.
#include "harness/cli/choice.hpp"
#include "harness/cli/commands.hpp"
#include "harness/cli/console.hpp"
#include "harness/cli/failure.hpp"
#include "harness/cli/listing.hpp"
#include "harness/cli/share.hpp"
#include "harness/servers/fetch.hpp"
#include "harness/servers/installed.hpp"
#include "harness/servers/resolver.hpp"

#include <fmt/format.h>

namespace smtprig::cli {
namespace {

std::string_view origin(servers::Origin origin) {
  switch (origin) {
    case servers::Origin::built_in:
      return "built-in";
    case servers::Origin::system:
      return "system";
    case servers::Origin::given:
      return "given";
    case servers::Origin::cache:
      return "cache";
  }
  return "cache";
}

// One for each installation; one without origin if there is none.
void add_installations(std::vector<ListedServer>& list, const model::ServerDescription& server) {
  ListedServer listed{.name = server.name, .package = server.package, .summary = server.summary};
  for (const auto& policy : server.policies)
    listed.policies.emplace_back(name(policy.policy));
  const auto found = servers::all_installed(server, servers::cache_directory());
  if (found.empty()) list.push_back(listed);
  for (const auto& one : found) {
    listed.version = one.version;
    listed.origin = origin(one.origin);
    listed.root = one.root.string();
    list.push_back(listed);
  }
}

}  // namespace

int servers_list_command(const ServersListOptions& options) {
  const auto share = find_share();
  std::vector<ListedServer> list;
  for (const auto& name : servers::server_names(share.servers))
    add_installations(list, description_of(share, name));
  print(options.format == ListFormat::json ? servers_json(list) : servers_text(list));
  return 0;
}

int servers_fetch_command(const ServersFetchOptions& options) {
  const auto share = find_share();
  for (const auto& name : options.names) {
    const auto resolver = servers::resolver_description();
    const auto server = name == resolver.name ? resolver : description_of(share, name);
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
