// The commands that run nothing: list, explain, validate, schema.
#include "harness/cli/catalogue.hpp"
#include "harness/cli/choice.hpp"
#include "harness/cli/commands.hpp"
#include "harness/cli/console.hpp"
#include "harness/cli/explain.hpp"
#include "harness/cli/failure.hpp"
#include "harness/cli/share.hpp"
#include "harness/judge/judge.hpp"
#include "harness/servers/installed.hpp"
#include "harness/xml/read.hpp"
#include "reports/text.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <map>

namespace smtprig::cli {
namespace {

namespace fs = std::filesystem;
using Scenarios = std::vector<std::shared_ptr<const model::Scenario>>;

std::string problems_text(const std::vector<xml::Problem>& problems) {
  std::string text;
  for (const auto& problem : problems)
    text += readable(problem.text()) + "\n";
  return text;
}

Scenarios read_scenarios(const std::vector<fs::path>& paths) {
  auto suite = xml::read_suites(paths);
  if (suite.problems.empty()) return std::move(suite.scenarios);
  throw Failure{status_usage,
                problems_text(suite.problems) + "the scenarios cannot be used; see above"};
}

fs::path folder_of(const std::string& given, const Share& share) {
  return given.empty() ? share.scenarios : fs::path(given);
}

std::string source_text(const model::Scenario& scenario) {
  auto text = scenario.clause;
  if (!scenario.level.empty()) text += fmt::format(" ({})", scenario.level);
  if (!scenario.ref.empty()) text += ", " + scenario.ref;
  return text;
}

// "cert/expired@postfix-3.7.11/verify" in its parts; those that are missing stay empty.
struct CellName {
  std::string scenario;
  std::string server;
  std::optional<model::Policy> policy;
};

CellName cell_name(const std::string& text) {
  CellName cell;
  const auto at = text.find('@');
  cell.scenario = text.substr(0, at);
  if (at == std::string::npos) return cell;
  auto rest = text.substr(at + 1);
  rest = rest.substr(0, rest.find('~'));
  const auto slash = rest.find('/');
  cell.server = rest.substr(0, slash);
  if (slash == std::string::npos) return cell;
  const auto policy = rest.substr(slash + 1);
  cell.policy = model::policy_named(policy);
  if (!cell.policy)
    throw Failure{status_usage, fmt::format("\"{}\" names no policy: {}", policy, text)};
  return cell;
}

// What is wrong with one kind of files, and how many files' worth of things were looked at.
struct Findings {
  std::string text;
  std::size_t problems = 0;
  std::size_t scenarios = 0;
  std::size_t servers = 0;
  std::size_t deviations = 0;

  void add(const std::vector<xml::Problem>& list) {
    text += problems_text(list);
    problems += list.size();
  }
};

// By its folder, or by its root element.
bool is_known_file(const fs::path& path) {
  if (std::ranges::any_of(path, [](const fs::path& part) { return part == "known"; })) return true;
  std::string start(4'096, '\0');
  std::ifstream in(path, std::ios::binary);
  in.read(start.data(), static_cast<std::streamsize>(start.size()));
  const auto known = start.find("<known");
  return known != std::string::npos && known < start.find("<suite");
}

Findings look_at(const std::vector<fs::path>& suites, const std::vector<fs::path>& known,
                 const std::vector<fs::path>& servers) {
  Findings found;
  if (!suites.empty()) {
    const auto suite = xml::read_suites(suites);
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
  if (!known.empty()) {
    const auto read = xml::read_known(known);
    found.add(read.problems);
    found.deviations = read.deviations.size();
  }
  for (const auto& file : servers) {
    found.add(xml::read_server(file).problems);
    ++found.servers;
  }
  return found;
}

}  // namespace

int list_command(const ListOptions& options) {
  const auto share = find_share();
  const auto targets = targets_of(options.targets, folder_of(options.scenarios, share));
  const auto scenarios = read_scenarios(targets.paths);
  const auto column = plan::column_of(description_of(share, options.server), "", options.policies);
  if (const auto text = unmatched_pattern(targets.patterns, scenarios, {column}))
    throw Failure{status_nothing, *text};
  std::map<std::string, std::vector<model::Cell>> chosen;  // by scenario id
  std::size_t width = 0;
  std::size_t cells = 0;
  for (const auto& scenario : scenarios) {
    if (options.direction && scenario->direction() != *options.direction) continue;
    for (const auto policy : column.policies_for(scenario->direction())) {
      const model::Cell cell{scenario, column.server, policy};
      const auto selects = [&](const std::string& pattern) { return plan::matches(pattern, cell); };
      if (!targets.patterns.empty() && std::ranges::none_of(targets.patterns, selects)) continue;
      chosen[scenario->id].push_back(cell);
      width = std::max(width, scenario->id.size());
      ++cells;
    }
  }
  if (cells == 0) throw Failure{status_nothing, "no cell is left under these policies"};
  for (const auto& [id, list] : chosen) {
    const auto& scenario = *list.front().scenario;
    if (!options.long_form) {
      print(fmt::format("{:<{}}  {}\n", id, width, reports::safe(scenario.summary)));
      continue;
    }
    print(fmt::format("{}\n    {}\n    {}\n    {}:{}\n", id, reports::safe(scenario.summary),
                      reports::safe(source_text(scenario)), scenario.location.file,
                      scenario.location.line));
    for (const auto& cell : list)
      print(fmt::format("    {}\n", cell.id()));
  }
  print_error(fmt::format("{}, {} on {}\n", reports::counted(chosen.size(), "scenario"),
                          reports::counted(cells, "cell"), options.server));
  return 0;
}

int explain_command(const ExplainOptions& options) {
  const auto share = find_share();
  const auto wanted = cell_name(options.cell);
  const auto scenarios = read_scenarios({folder_of(options.scenarios, share)});
  auto server = options.server.empty() ? wanted.server : options.server;
  if (server.empty()) server = "embedded";
  auto asked = options.policies;
  if (asked.empty() && wanted.policy) asked.push_back(*wanted.policy);
  const auto column = plan::column_of(description_of(share, server), "", asked);
  if (column.policies.empty() && column.inbound.empty())
    throw Failure{status_nothing, fmt::format("{} has none of these policies", server)};
  Scenarios chosen;
  for (const auto& scenario : scenarios)
    for (const auto policy : column.policies_for(scenario->direction())) {
      if (!plan::matches(wanted.scenario, {scenario, column.server, policy})) continue;
      chosen.push_back(scenario);
      break;
    }
  if (chosen.empty())
    throw Failure{status_nothing, unmatched_pattern({wanted.scenario}, scenarios, {column})
                                      .value_or(wanted.scenario + " selects nothing")};
  for (const auto& scenario : chosen) {
    if (scenario != chosen.front()) print("\n----\n\n");
    print(explain_text(scenario, column.server, column.policies_for(scenario->direction()),
                       columns_of(STDOUT_FILENO)));
  }
  return 0;
}

int validate_command(const ValidateOptions& options) {
  std::vector<fs::path> suites, known, servers;
  for (const auto& path : options.paths) {
    if (!fs::exists(path)) throw Failure{status_usage, fmt::format("{} does not exist", path)};
    const fs::path file = path;
    (file.filename() == "server.xml" ? servers
     : is_known_file(file)           ? known
                                     : suites)
        .push_back(file);
  }
  if (options.paths.empty()) {
    const auto share = find_share();
    suites.push_back(share.scenarios);
    if (fs::exists(share.known)) known.push_back(share.known);
    for (const auto& name : servers::server_names(share.servers))
      servers.push_back(share.servers / name / "server.xml");
  }
  const auto found = look_at(suites, known, servers);
  print_error(found.text);
  print(fmt::format("{}, {}, {}: {}\n", reports::counted(found.scenarios, "scenario"),
                    reports::counted(found.deviations, "known deviation"),
                    reports::counted(found.servers, "server"),
                    reports::counted(found.problems, "problem")));
  return found.problems > 0 ? status_usage : 0;
}

int schema_command(const SchemaOptions& options) {
  print(options.reference ? xml::reference() : xml::schema());
  return 0;
}

}  // namespace smtprig::cli
