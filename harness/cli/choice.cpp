// See choice.hpp.
#include "harness/cli/choice.hpp"

#include "harness/cli/failure.hpp"
#include "harness/servers/installed.hpp"
#include "harness/servers/own_configuration.hpp"
#include "harness/xml/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace smtprig::cli {
namespace {

servers::Wanted wanted(const Share& share, const std::string& text) {
  try {
    return servers::wanted_server(share.servers, text);
  } catch (const lab::LabError&) {
    const auto names = servers::server_names(share.servers);
    const auto near = xml::nearest(text, names);
    throw Failure{status_usage,
                  fmt::format("unknown server \"{}\"; there are: {}{}", text, fmt::join(names, " "),
                              near.empty() ? "" : fmt::format("; did you mean {}?", near))};
  }
}

// Whether it is not among `others` yet. Cells are told apart by name and version, so two that share
// both must be one.
bool is_new(const run::ServerChoice& choice, const std::vector<run::ServerChoice>& others) {
  for (const auto& other : others) {
    if (other.description.name != choice.description.name || other.version != choice.version)
      continue;
    if (other.root == choice.root && other.configuration == choice.configuration) return false;
    if (other.root == choice.root)
      throw Failure{status_usage, fmt::format("{} {} is asked for twice, with two configurations: "
                                              "their cells cannot be told apart",
                                              choice.description.name, choice.version)};
    throw Failure{status_usage,
                  fmt::format("{} {} is asked for twice, in {} and in {}: their cells cannot be "
                              "told apart",
                              choice.description.name, choice.version,
                              other.root.empty() ? "the system" : other.root.string(),
                              choice.root.empty() ? "the system" : choice.root.string())};
  }
  return true;
}

// Those whose companion is not there.
void leave_out_policies(run::ServerChoice& choice) {
  auto& policies = choice.description.policies;
  for (const auto* missing : servers::missing_companions(choice.description, choice.root))
    std::erase_if(policies, [&](const model::ServerPolicy& policy) {
      const bool lost = policy.companion == missing->name;
      if (lost) choice.left_out[policy.policy] = missing->needs;
      return lost;
    });
}

}  // namespace

model::ServerDescription description_of(const Share& share, const std::string& name) {
  const auto known = wanted(share, name);
  try {
    return servers::describe_server(share.servers, known.name);
  } catch (const lab::LabError& error) {
    throw Failure{status_usage, error.what()};
  }
}

std::vector<run::ServerChoice> choose_servers(const Share& share,
                                              const std::vector<ServerWish>& wanted_servers) {
  std::vector<run::ServerChoice> choices;
  for (const auto& wish : wanted_servers) {
    const auto asked = wanted(share, wish.name);
    run::ServerChoice choice;
    choice.description = description_of(share, wish.name);
    choice.file = std::filesystem::absolute(share.servers / asked.name / "server.xml");
    choice.configuration = wish.configuration;
    try {
      const auto root = wish.root.empty() ? wish.root : std::filesystem::absolute(wish.root);
      const auto found = servers::find_installed(choice.description, asked.version, root,
                                                 servers::cache_directory());
      choice.root = found.root;
      choice.version = found.version;
      choice.is_given = found.origin == servers::Origin::given;
      if (!servers::can_log_in(choice.description, choice.root))
        for (auto& relay : choice.description.relays)
          relay.login.clear();
      if (!servers::clock_library(choice.description, choice.root).empty())
        choice.description.moves_clock = true;
      leave_out_policies(choice);
    } catch (const lab::LabError& error) {
      throw Failure{wish.root.empty() ? status_rig : status_usage, error.what()};
    }
    if (!asked.version.empty() && asked.version != choice.version)
      throw Failure{status_usage, fmt::format("the {} in {} is {}, not {}", asked.name,
                                              wish.root.string(), choice.version, asked.version)};
    if (is_new(choice, choices)) choices.push_back(std::move(choice));
  }
  return choices;
}

std::vector<std::string> take_configuration(run::ServerChoice& server) {
  const auto folder = server.configuration;
  if (!server.description.configuration)
    throw Failure{status_usage,
                  fmt::format("{} takes no configuration of your own", server.description.name)};
  std::error_code error;
  const auto place = std::filesystem::canonical(folder, error);
  if (error || !std::filesystem::is_directory(place, error))
    throw Failure{status_usage, fmt::format("configuration {}: {}", folder.string(),
                                            error ? error.message() : "it is no folder")};
  try {
    const auto own = servers::read_configuration(*server.description.configuration, place,
                                                 [](const std::string& line) { return line; });
    server.configuration = place;
    return own.notes;
  } catch (const lab::LabError& problem) {
    throw Failure{status_usage, problem.what()};
  }
}

std::vector<plan::ServerColumn> columns_of(const std::vector<run::ServerChoice>& servers,
                                           const model::OwnPolicies& own) {
  std::vector<plan::ServerColumn> columns;
  for (const auto& server : servers)
    columns.push_back(plan::column_of(server.description, server.version, own));
  return columns;
}

}  // namespace smtprig::cli
