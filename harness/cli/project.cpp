// See project.hpp.
#include "harness/cli/project.hpp"

#include "harness/cli/failure.hpp"
#include "harness/xml/nearest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace smtprig::cli {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> as_words(const std::vector<fs::path>& paths) {
  std::vector<std::string> words;
  for (const auto& path : paths)
    words.push_back(path.string());
  return words;
}

std::string wanted_name(const xml::ProjectServer& server) {
  return server.version.empty() ? server.name : server.name + "-" + server.version;
}

Sources sources(const Sources& typed, const xml::Project& project) {
  return typed.paths.empty() ? Sources{as_words(project.scenarios), project.shipped} : typed;
}

// A cell's id says which policy, so those of a project do not narrow it.
bool name_cells(const std::vector<std::string>& patterns) {
  return std::ranges::any_of(patterns,
                             [](const auto& pattern) { return pattern.find('@') != pattern.npos; });
}

// What is named and is no policy of the servers must be one of the project's own.
template <typename Options>
void find_others(Options& options, const xml::Project& project) {
  std::vector<std::string> known;
  for (const auto policy : model::policies)
    known.emplace_back(name(policy));
  known.emplace_back(name(model::Policy::require_client_cert));
  for (const auto& policy : project.own_policies)
    known.push_back(policy->name);
  for (const auto& wanted : std::exchange(options.other_policies, {})) {
    const auto is_it = [&](const auto& policy) { return policy->name == wanted; };
    const auto found = std::ranges::find_if(project.own_policies, is_it);
    if (found == project.own_policies.end()) {
      const auto near = xml::nearest(wanted, known);
      throw Failure{status_usage,
                    fmt::format("--policy: \"{}\" is none of {}{}", wanted, fmt::join(known, " "),
                                near.empty() ? "" : "; did you mean " + near + "?")};
    }
    options.own_policies.push_back(*found);
  }
}

template <typename Options>
void take_policies(Options& options, const xml::Project& project, bool narrows) {
  find_others(options, project);
  if (!options.policies.empty() || !options.own_policies.empty()) return;
  if (narrows) options.policies = project.policies;
  options.own_policies = project.own_policies;
}

std::string out_folder(const std::string& typed, const xml::Project& project) {
  if (!typed.empty()) return typed;
  return project.out.empty() ? "out" : project.out.string();
}

// What the project says of a server that was typed.
std::vector<ServerWish> described(const std::string& typed, const xml::Project& project) {
  std::vector<ServerWish> found;
  for (const auto& server : project.servers)
    if (typed == server.name || typed == wanted_name(server))
      found.push_back({wanted_name(server), server.root, server.configuration});
  if (found.empty()) found.push_back({typed});
  return found;
}

}  // namespace

RunOptions with_project(RunOptions options, const xml::Project& project) {
  options.scenarios = sources(options.scenarios, project);
  take_policies(options, project, !name_cells(options.targets));
  if (options.known.empty()) options.known = as_words(project.known);
  options.out = out_folder(options.out, project);
  if (!options.jobs) options.jobs = project.jobs.value_or(1);
  if (!options.seed) options.seed = project.seed.value_or(1);
  return options;
}

ListOptions with_project(ListOptions options, const xml::Project& project) {
  options.scenarios = sources(options.scenarios, project);
  take_policies(options, project, !name_cells(options.targets));
  if (options.servers.empty())
    for (const auto& server : project.servers)
      if (std::ranges::count(options.servers, server.name) == 0)
        options.servers.push_back(server.name);
  if (options.servers.empty()) options.servers = {"embedded"};
  return options;
}

ExplainOptions with_project(ExplainOptions options, const xml::Project& project) {
  options.scenarios = sources(options.scenarios, project);
  const bool names_cell = name_cells({options.cell});
  take_policies(options, project, !names_cell);
  if (options.server.empty() && !names_cell)
    options.server = project.servers.empty() ? "embedded" : project.servers.front().name;
  return options;
}

AcceptOptions with_project(AcceptOptions options, const xml::Project& project) {
  options.out = out_folder(options.out, project);
  return options;
}

std::vector<ServerWish> wishes(const RunOptions& options, const xml::Project& project) {
  std::vector<ServerWish> wanted;
  for (const auto& typed : options.servers) {
    if (!options.root.empty()) {
      wanted.push_back({typed, options.root});
      continue;
    }
    for (auto& wish : described(typed, project))
      wanted.push_back(std::move(wish));
  }
  if (wanted.empty() && options.mutant.empty())
    for (const auto& server : project.servers)
      wanted.push_back(options.root.empty()
                           ? ServerWish{wanted_name(server), server.root, server.configuration}
                           : ServerWish{server.name, options.root, server.configuration});
  if (wanted.empty()) wanted.push_back({"embedded", options.root});
  if (!options.config.empty()) wanted.front().configuration = options.config;
  return wanted;
}

fs::path known_file(const xml::Project& project, const fs::path& shipped,
                    const std::string& server) {
  if (project.known.empty()) return shipped / (server + ".xml");
  const auto& first = project.known.front();
  std::error_code error;
  return fs::is_directory(first, error) ? first / (server + ".xml") : first;
}

}  // namespace smtprig::cli
