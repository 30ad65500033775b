// `validate`: every file by its own reader, all problems at once.
#include "harness/cli/commands.hpp"
#include "harness/cli/console.hpp"
#include "harness/cli/failure.hpp"
#include "harness/cli/scenarios.hpp"
#include "harness/cli/share.hpp"
#include "harness/judge/judge.hpp"
#include "harness/servers/installed.hpp"
#include "harness/xml/project.hpp"
#include "harness/xml/read.hpp"
#include "reports/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace smtprig::cli {
namespace {

namespace fs = std::filesystem;

// What is wrong with one kind of files, and how many files' worth of things were looked at.
struct Findings {
  std::string text;
  std::size_t problems = 0;
  std::size_t projects = 0;
  std::size_t scenarios = 0;
  std::size_t servers = 0;
  std::size_t deviations = 0;

  void add(const std::vector<xml::Problem>& list) {
    text += problems_text(list);
    problems += list.size();
  }
};

// What is to be looked at, by kind.
struct Files {
  std::vector<fs::path> suites, known, servers, projects;

  // A folder is one of scenarios, except below a folder "known"; a file is what its root says.
  void add(const fs::path& path) {
    const bool below_known =
        std::ranges::any_of(path, [](const fs::path& part) { return part == "known"; });
    std::error_code ignored;
    const auto root = fs::is_directory(path, ignored) ? std::string() : xml::root_name(path);
    auto& list = root == "project" || path.filename() == xml::project_file_name ? projects
                 : root == "server" || path.filename() == "server.xml"          ? servers
                 : root == "known" || below_known                               ? known
                                                                                : suites;
    list.push_back(path);
  }
  void add_shipped(const Share& share) {
    suites.push_back(share.scenarios);
    if (fs::exists(share.known)) known.push_back(share.known);
  }
};

// A project file stands for all that it names.
void look_at_projects(Files& files, Findings& found) {
  if (files.projects.empty()) return;
  const auto share = find_share();
  for (const auto& file : files.projects) {
    const auto read = xml::read_project(file, servers::server_names(share.servers));
    found.add(read.problems);
    ++found.projects;
    if (!read.problems.empty()) continue;
    const auto& project = read.project;
    files.suites.insert(files.suites.end(), project.scenarios.begin(), project.scenarios.end());
    files.known.insert(files.known.end(), project.known.begin(), project.known.end());
    if (project.shipped) files.add_shipped(share);
  }
}

void look_at(const Files& files, Findings& found) {
  if (!files.suites.empty()) {
    const auto suite = xml::read_suites(files.suites);
    found.add(suite.problems);
    found.scenarios = suite.scenarios.size();
    for (const auto& scenario : suite.scenarios) {
      for (const auto& contradiction : judge::contradictions(*scenario)) {
        found.text += readable(fmt::format("{}:{}:{}: error: {}: {}\n", scenario->location.file,
                                           scenario->location.line, scenario->location.column,
                                           scenario->id, contradiction));
        ++found.problems;
      }
    }
  }
  if (!files.known.empty()) {
    const auto read = xml::read_known(files.known);
    found.add(read.problems);
    found.deviations = read.deviations.size();
  }
  for (const auto& file : files.servers) {
    found.add(xml::read_server(file).problems);
    ++found.servers;
  }
}

}  // namespace

int validate_command(const ValidateOptions& options) {
  Files files;
  for (const auto& path : options.paths) {
    if (!fs::exists(path)) throw Failure{status_usage, fmt::format("{} does not exist", path)};
    files.add(path);
  }
  if (!options.project.file.empty()) files.projects.emplace_back(options.project.file);
  const bool asked = !options.paths.empty() || !files.projects.empty();
  if (!asked && !options.project.ignored && fs::exists(xml::project_file_name))
    files.projects.emplace_back(xml::project_file_name);
  if (!asked && files.projects.empty()) {
    const auto share = find_share();
    files.add_shipped(share);
    for (const auto& name : servers::server_names(share.servers))
      files.servers.push_back(share.servers / name / "server.xml");
  }
  Findings found;
  look_at_projects(files, found);
  look_at(files, found);
  print_error(found.text);
  if (found.projects > 0) print(fmt::format("{}, ", reports::counted(found.projects, "project")));
  print(fmt::format("{}, {}, {}: {}\n", reports::counted(found.scenarios, "scenario"),
                    reports::counted(found.deviations, "known deviation"),
                    reports::counted(found.servers, "server"),
                    reports::counted(found.problems, "problem")));
  return found.problems > 0 ? status_usage : 0;
}

}  // namespace smtprig::cli
