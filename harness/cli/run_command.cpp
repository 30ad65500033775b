// `smtprig run`: what was asked for -> RunSettings -> runner -> reports. Results are written as
// they come, so that an interrupted run has complete reports of what is done so far.
#include "harness/cli/catalogue.hpp"
#include "harness/cli/choice.hpp"
#include "harness/cli/commands.hpp"
#include "harness/cli/console.hpp"
#include "harness/cli/emit.hpp"
#include "harness/cli/failure.hpp"
#include "harness/cli/project_file.hpp"
#include "harness/cli/results.hpp"
#include "harness/cli/scenarios.hpp"
#include "harness/cli/share.hpp"
#include "harness/cli/tell.hpp"
#include "harness/cli/watcher.hpp"
#include "harness/lab/lab_error.hpp"
#include "harness/lab/namespaces.hpp"
#include "harness/run/runner.hpp"
#include "harness/servers/embedded/mutants.hpp"
#include "harness/servers/resolver.hpp"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <thread>

namespace smtprig::cli {
namespace {

namespace fs = std::filesystem;

std::atomic<bool> stop_asked = false;
static_assert(std::atomic<bool>::is_always_lock_free);

// SIGINT and SIGTERM ask the run to end; the second one is the default again and kills.
class StopOnSignal {
 public:
  StopOnSignal() {
    struct sigaction action {};
    action.sa_handler = [](int) { stop_asked = true; };
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    sigaction(SIGINT, &action, &interrupt_);
    sigaction(SIGTERM, &action, &terminate_);
  }
  ~StopOnSignal() {
    sigaction(SIGINT, &interrupt_, nullptr);
    sigaction(SIGTERM, &terminate_, nullptr);
  }
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;

 private:
  struct sigaction interrupt_ {};
  struct sigaction terminate_ {};
};

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

reports::Machine this_machine() {
  reports::Machine machine;
  machine.cpus = std::thread::hardware_concurrency();
  utsname names{};
  if (uname(&names) == 0)
    machine.system = fmt::format("{} {} {}", names.sysname, names.release, names.machine);
  double load = 0;
  if (getloadavg(&load, 1) == 1) machine.load = load;
  return machine;
}

std::string_view name(lab::Ids ids) {
  switch (ids) {
    case lab::Ids::all:
      return "all";
    case lab::Ids::subordinate:
      return "subordinate";
    case lab::Ids::one:
      return "one";
  }
  return "all";
}

// A real server that runs with fewer ids than in life is told of.
void tell_ids(const std::vector<run::ServerChoice>& servers) {
  if (lab::ids_to_come() != lab::Ids::one) return;
  for (const auto& server : servers)
    if (server.description.needs_namespace && !server.description.users.empty())
      print_error(
          fmt::format("{} runs with one user id, and a library lets it believe in more: this user "
                      "has no subordinate ids, or newuidmap (package uidmap) is missing; see "
                      "docs/servers.md\n",
                      server.description.name));
}

// Takes the user's configuration; nothing that the lab does with it is silent.
void tell_configuration(run::ServerChoice& server) {
  const std::string folder = server.configuration.string();
  const auto notes = take_configuration(server);
  std::string text =
      fmt::format("{} is run with {} and these changes:\n", server.description.name, folder);
  for (const auto& note : notes)
    text += fmt::format("  {}\n", note);
  print_error(readable(text));
}

void check_mutant(const RunOptions& options, const std::vector<run::ServerChoice>& servers) {
  if (options.mutant.empty()) return;
  if (!embedded::mutant_named(options.mutant))
    throw Failure{status_usage, fmt::format("unknown defect \"{}\"; there are:\n{}", options.mutant,
                                            embedded::mutant_list())};
  for (const auto& server : servers)
    if (server.description.name != "embedded")
      throw Failure{status_usage, "--mutant plants a defect into the embedded server only"};
}

// What --last-failed asks for, put into the options as if it had been typed.
RunOptions with_last_failed(RunOptions options, const xml::Project& project) {
  if (!options.last_failed) return options;
  const auto out = with_project(options, project).out;
  const auto file = fs::path(out) / "latest" / "results.jsonl";
  const auto last = read_last_run(file);
  if (last.has_error()) throw Failure{status_nothing, last.error()};
  if (last->unexpected.empty())
    throw Failure{status_nothing, fmt::format("nothing was unexpected in {}", file.string())};
  std::ranges::copy(last->unexpected, std::back_inserter(options.targets));
  if (options.servers.empty()) options.servers = last->servers;
  if (!options.dns) options.dns = last->dns;
  const bool names_policy = !options.policies.empty() || !options.other_policies.empty();
  if (!names_policy && options.own_policies.empty()) options.own_policies = last->own_policies;
  return options;
}

// A column is believed only if its controls hold: files without any are played with the shipped
// ones.
bool needs_controls(const std::vector<std::shared_ptr<const model::Scenario>>& scenarios) {
  return !scenarios.empty() && std::ranges::none_of(scenarios, [](const auto& scenario) {
    return scenario->id.starts_with("control/");
  });
}

plan::Selection selection_of(const RunOptions& options, const Targets& targets) {
  return {targets.patterns,     options.policies,  options.direction,
          options.own_policies, options.attackers, options.dns.value_or(model::DnsMode::claimed)};
}

// Tells why a plan would be empty before anything is started.
void check_selection(const plan::Selection& selection,
                     const std::vector<std::shared_ptr<const model::Scenario>>& scenarios,
                     const std::vector<plan::ServerColumn>& columns) {
  if (scenarios.empty()) throw Failure{status_nothing, "there is no scenario in these files"};
  if (const auto text = unmatched_pattern(selection.patterns, scenarios, columns))
    throw Failure{status_nothing, *text};
  if (!plan::expand(scenarios, columns, selection).empty()) return;
  const auto out = left_out(scenarios, columns, selection);
  std::string text = "no cell is left under these policies";
  for (const auto& column : columns) {
    text += fmt::format("; {} has", column.server.text());
    for (const auto policy : column.policies)
      text += fmt::format(" {}", name(policy));
    if (!column.inbound.empty()) text += ", inbound";
    for (const auto policy : column.inbound)
      text += fmt::format(" {}", name(policy));
  }
  throw Failure{status_nothing, text + (out.empty() ? "" : "\n") + cli::text(out)};
}

// A policy that only some servers of the run have is no error, but its absence is told.
void tell_missing_policies(const RunOptions& options,
                           const std::vector<plan::ServerColumn>& columns) {
  for (const auto policy : options.policies)
    for (const auto& column : columns)
      if (std::ranges::count(column.policies, policy) == 0 &&
          std::ranges::count(column.inbound, policy) == 0)
        print_error(
            fmt::format("{} has no policy {}: left out\n", column.server.text(), name(policy)));
  for (const auto& policy : options.own_policies)
    for (const auto& column : columns)
      if (std::ranges::count(column.own, policy) == 0)
        print_error(fmt::format("{} has not all levels of {}: left out\n", column.server.text(),
                                policy->name));
}

// The resolver in front of the server, where zones are signed. Throws Failure with the way to get
// one.
std::optional<servers::Installed> resolver_for(const RunOptions& options) try {
  if (options.dns != model::DnsMode::signed_zones) return std::nullopt;
  return servers::find_resolver(servers::cache_directory());
} catch (const lab::LabError& error) {
  throw Failure{status_rig, readable(error.what())};
}

// What was typed and must be typed again for a cell to be found: files, and where others are.
std::vector<std::string> sources_of(const RunOptions& asked) {
  auto words = targets_of(asked.targets, {}).paths;
  std::vector<std::string> sources(words.begin(), words.end());
  const auto add = [&](const char* option, const std::string& value) {
    if (!value.empty()) sources.insert(sources.end(), {option, value});
  };
  for (const auto& path : asked.scenarios.paths)
    add("--scenarios", path);
  for (const auto& path : asked.known)
    add("--known", path);
  add("--server-root", asked.root);
  add("--config", asked.config);
  add("--project", asked.project.file);
  if (asked.project.ignored) sources.emplace_back("--no-project");
  return sources;
}

reports::RunFacts facts_of(const RunOptions& options, const std::string& command,
                           const std::vector<run::ServerChoice>& servers,
                           const std::optional<servers::Installed>& resolver,
                           const Scenarios& scenarios) {
  reports::RunFacts facts;
  facts.version = SMTPRIG_VERSION;
  facts.command = command;
  facts.started = utc_now();
  facts.seed = options.seed.value_or(1);
  facts.jobs = options.jobs.value_or(1);
  facts.mutant = options.mutant;
  if (resolver) facts.resolver = "unbound-" + resolver->version;
  for (const auto& policy : options.own_policies)
    facts.own_policies[policy->name] = policy->text();
  facts.machine = this_machine();
  facts.machine.ids = name(lab::ids_to_come());
  for (const auto& server : servers) {
    const model::ServerName name{server.description.name, server.version};
    facts.servers.push_back(name);
    if (server.is_given) facts.roots[name.text()] = server.root.string();
  }
  for (const auto& scenario : scenarios)
    facts.summaries[scenario->id] = scenario->summary;
  return facts;
}

fs::path make_folder(const RunOptions& options, const reports::RunFacts& facts) try {
  std::vector<std::string> names;
  for (const auto& server : facts.servers)
    names.push_back(server.name);
  return make_results_folder(options.out, facts.started, names);
} catch (const fs::filesystem_error& error) {
  throw Failure{status_usage, fmt::format("--out {}: {}", options.out, error.code().message())};
}

run::RunSettings settings_of(const RunOptions& options, const Share& share, const Targets& targets,
                             std::vector<run::ServerChoice> servers,
                             const std::optional<servers::Installed>& resolver) {
  run::RunSettings settings;
  for (const auto& path : targets.paths)
    settings.scenario_paths.push_back(fs::absolute(path));
  if (fs::exists(share.known)) settings.shipped_known = fs::absolute(share.known);
  for (const auto& known : options.known) {
    if (!fs::exists(known))
      throw Failure{status_usage, fmt::format("--known {}: there is no such file", known)};
    settings.known_paths.push_back(fs::absolute(known));
  }
  settings.servers = std::move(servers);
  settings.selection = selection_of(options, targets);
  settings.jobs = options.jobs.value_or(1);
  settings.seed = options.seed.value_or(1);
  settings.repeat = options.repeat;
  settings.fail_fast = options.fail_fast;
  settings.mutant = options.mutant;
  if (resolver) settings.resolver_root = resolver->root;
  settings.stop = &stop_asked;
  return settings;
}

// Runs under the eyes of a Watcher, which is gone (and its progress line with it) when this
// returns.
run::RunSummary watched_run(const run::RunSettings& settings, reports::RunFacts& facts,
                            const fs::path& file) try {
  const StopOnSignal stop;
  Watcher watcher(facts, file);
  return run::run(settings, watcher);
} catch (const lab::LabError& error) {
  throw Failure{status_rig, error.what()};
}

}  // namespace

int run_command(const RunOptions& asked, const std::string& command) {
  if (asked.mutant == "list") {
    print(embedded::mutant_list());
    return 0;
  }
  const auto share = find_share();
  const auto project = find_project(asked.project, share);
  const auto options = with_project(with_last_failed(asked, project), project);
  const auto wanted = wishes(options, project);
  if (!options.root.empty() && wanted.size() != 1)
    throw Failure{status_usage, "--server-root is for a run with one server"};
  if (!options.config.empty() && wanted.size() != 1)
    throw Failure{status_usage, "--config is for a run with one server"};
  auto servers = choose_servers(share, wanted);
  for (auto& server : servers)
    if (!server.configuration.empty()) tell_configuration(server);
  tell_left_out(servers);
  check_mutant(options, servers);
  const auto resolver = resolver_for(options);
  auto targets = targets_of(options.targets, scenario_paths(options.scenarios, share));
  auto scenarios = read_scenarios(targets.paths, "nothing was run");
  if (needs_controls(scenarios)) {
    targets.paths.push_back(share.controls);
    scenarios = read_scenarios(targets.paths, "nothing was run");
  }
  const auto columns = columns_of(servers, options.own_policies);
  tell_missing_policies(options, columns);
  for (const auto& text : idle_exceptions(options.own_policies, scenarios))
    print_error(readable(text) + "\n");
  tell_lacking(columns, scenarios, selection_of(options, targets));
  check_selection(selection_of(options, targets), scenarios, columns);
  tell_ids(servers);
  tell_logins(servers);

  reports::Run run;
  run.facts = facts_of(options, command, servers, resolver, scenarios);
  run.facts.sources = sources_of(asked);
  for (const auto& one : left_out(scenarios, columns, selection_of(options, targets)))
    run.facts.left_out[one.scenario] = one.reason;
  const auto folder = make_folder(options, run.facts);
  const auto streamed =
      options.files.contains(Report::jsonl) ? folder / file_name(Report::jsonl) : fs::path();
  auto summary =
      watched_run(settings_of(options, share, targets, servers, resolver), run.facts, streamed);
  run.end = {summary.took, summary.interrupted, summary.exit_status(), summary.rig_errors};
  run.results = std::move(summary.results);
  write_reports(folder, options.files, run);
  run.facts.folder = folder.string();
  print(rendered(options.format, run, output_style(options.colour)));
  if (options.format != Report::terminal)
    print_error(fmt::format("Results: {}\n", folder.string()));
  return run.end.exit_status;
}

}  // namespace smtprig::cli
