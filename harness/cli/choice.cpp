// See choice.hpp.
#include "harness/cli/choice.hpp"

#include "harness/cli/failure.hpp"
#include "harness/servers/installed.hpp"
#include "harness/xml/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

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

}  // namespace

model::ServerDescription description_of(const Share& share, const std::string& name) {
  const auto known = wanted(share, name);
  try {
    return servers::describe_server(share.servers, known.name);
  } catch (const lab::LabError& error) {
    throw Failure{status_usage, error.what()};
  }
}

std::vector<run::ServerChoice> choose_servers(const Share& share, std::vector<std::string> names,
                                              const std::filesystem::path& root) {
  if (names.empty()) names.emplace_back("embedded");
  if (!root.empty() && names.size() != 1)
    throw Failure{status_usage, "--root is for a run with one server"};
  std::vector<run::ServerChoice> choices;
  std::set<std::string> seen;
  for (const auto& name : names) {
    const auto asked = wanted(share, name);
    run::ServerChoice choice;
    choice.description = description_of(share, name);
    choice.file = std::filesystem::absolute(share.servers / asked.name / "server.xml");
    try {
      const auto found = servers::find_installed(choice.description, asked.version, root,
                                                 servers::cache_directory());
      choice.root = found.root;
      choice.version = found.version;
    } catch (const lab::LabError& error) {
      throw Failure{status_rig, error.what()};
    }
    if (seen.insert(asked.name + " " + choice.version).second) choices.push_back(std::move(choice));
  }
  return choices;
}

std::vector<plan::ServerColumn> columns_of(const std::vector<run::ServerChoice>& servers) {
  std::vector<plan::ServerColumn> columns;
  for (const auto& server : servers)
    columns.push_back(plan::column_of(server.description, server.version));
  return columns;
}

}  // namespace smtprig::cli
