// See options.hpp.
#include "harness/cli/options.hpp"

#include "harness/cli/help.hpp"
#include "harness/xml/nearest.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
#include <utility>

namespace smtprig::cli {
namespace {

// What is wrong with the arguments, in one line.
struct UsageError {
  std::string text;
};

std::string did_you_mean(std::string_view wrong, const std::vector<std::string>& candidates) {
  const auto found = xml::nearest(wrong, candidates);
  return found.empty() ? "" : "; did you mean " + found + "?";
}

template <typename T>
using Named = std::vector<std::pair<std::string, T>>;

template <typename T>
T value_named(std::string_view option, const std::string& text, const Named<T>& values) {
  std::vector<std::string> names;
  for (const auto& [name, value] : values) {
    if (name == text) return value;
    names.push_back(name);
  }
  throw UsageError{fmt::format("{}: \"{}\" is none of {}{}", option, text, fmt::join(names, " "),
                               did_you_mean(text, names))};
}

const Named<Report>& report_names() {
  static const Named<Report> names = {{"terminal", Report::terminal},
                                      {"junit", Report::junit},
                                      {"jsonl", Report::jsonl},
                                      {"markdown", Report::markdown},
                                      {"md", Report::markdown}};
  return names;
}

const Named<ColourWhen>& colour_names() {
  static const Named<ColourWhen> names = {{"auto", ColourWhen::automatic},
                                          {"always", ColourWhen::always},
                                          {"never", ColourWhen::never}};
  return names;
}

std::vector<model::Policy> policies_named(const std::vector<std::string>& names) {
  Named<model::Policy> all;
  for (const auto policy : model::policies)
    all.emplace_back(model::name(policy), policy);
  all.emplace_back(name(model::Policy::require_client_cert), model::Policy::require_client_cert);
  std::vector<model::Policy> policies;
  for (const auto& name : names)
    policies.push_back(value_named("--policy", name, all));
  return policies;
}

std::optional<model::Direction> direction_named(const std::string& name) {
  using enum model::Direction;
  if (name.empty()) return std::nullopt;
  const Named<model::Direction> all = {{std::string(model::name(outbound)), outbound},
                                       {std::string(model::name(inbound)), inbound}};
  return value_named("--direction", name, all);
}

// What CLI11 fills in; commands are made from it when all of it is known.
struct Raw {
  RunOptions run;
  ListOptions list;
  ExplainOptions explain;
  ValidateOptions validate;
  ServersFetchOptions fetch;
  AcceptOptions accept;
  SchemaOptions schema;
  std::vector<std::string> policies;
  std::string direction;
  std::vector<std::string> reports;
  std::string format = "terminal";
  std::string colour = "auto";
};

// A list that takes one word per use, split at commas, and so leaves the positionals alone.
CLI::Option* add_list(CLI::App& app, const std::string& name, std::vector<std::string>& values,
                      const std::string& text) {
  return app.add_option(name, values, text)
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("NAME,...");
}

void add_direction(CLI::App& app, Raw& raw) {
  app.add_option("--direction", raw.direction, "Only outbound or only inbound scenarios")
      ->type_name("NAME");
}

void add_run(CLI::App& program, Raw& raw) {
  auto& app = *program.add_subcommand("run", help::run);
  app.add_option("targets", raw.run.targets, "Scenario files and folders; ids, prefixes, globs");
  add_list(app, "--server", raw.run.servers, "Servers under test (embedded)");
  add_list(app, "--policy", raw.policies, "TLS policies (all that the server has)");
  add_direction(app, raw);
  app.add_option("--jobs", raw.run.jobs, "Labs at once (1)")->check(CLI::Range(1, 64));
  app.add_option("--seed", raw.run.seed, "Root seed: same seed, same run (1)")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--repeat", raw.run.repeat,
                 "Whole passes; a cell that differs is interference (1)")
      ->check(CLI::Range(1, 1'000'000));
  app.add_flag("--fail-fast", raw.run.fail_fast, "Stop at the first unexpected cell");
  app.add_flag("--last-failed", raw.run.last_failed, "Only what was unexpected in OUT/latest");
  app.add_option("--scenarios", raw.run.scenarios, "Folder of scenarios instead of the shipped one")
      ->type_name("DIR");
  app.add_option("--known", raw.run.known, "Known deviations of your own, besides the shipped ones")
      ->type_name("PATH");
  app.add_option("--root", raw.run.root,
                 "Where the server is installed or unpacked (with usr/ in it)")
      ->type_name("DIR");
  app.add_option("--mutant", raw.run.mutant,
                 "Plant this defect into the embedded server; \"list\" shows them")
      ->type_name("NAME");
  app.add_option("--out", raw.run.out, "Where results go (out)")->type_name("DIR");
  add_list(app, "--report", raw.reports,
           "Files to write: terminal junit jsonl md (the first three)");
  app.add_option("--format", raw.format, "What to print: terminal, junit, jsonl, markdown")
      ->type_name("NAME");
  app.add_option("--color", raw.colour, "auto, always or never; NO_COLOR is honoured")
      ->type_name("WHEN");
}

void add_list_command(CLI::App& program, Raw& raw) {
  auto& app = *program.add_subcommand("list", help::list);
  app.add_option("targets", raw.list.targets, "Scenario files and folders; ids, prefixes, globs");
  app.add_option("--server", raw.list.server, "Server of the cells (embedded)")->type_name("NAME");
  add_list(app, "--policy", raw.policies, "Policies of the cells");
  add_direction(app, raw);
  app.add_option("--scenarios", raw.list.scenarios, "Folder of scenarios")->type_name("DIR");
  app.add_flag("--long,-l", raw.list.long_form, "Also clause, file and cells");
}

void add_explain(CLI::App& program, Raw& raw) {
  auto& app = *program.add_subcommand("explain", help::explain);
  app.add_option("cell", raw.explain.cell, "A scenario's or a cell's id")->required();
  app.add_option("--server", raw.explain.server, "Server under test (embedded)")->type_name("NAME");
  add_list(app, "--policy", raw.policies, "Policies (that of the cell, else all)");
  app.add_option("--scenarios", raw.explain.scenarios, "Folder of scenarios")->type_name("DIR");
}

void add_accept(CLI::App& program, Raw& raw) {
  auto& app = *program.add_subcommand("accept", help::accept);
  app.add_option("cell", raw.accept.cell, "A cell's id, a scenario's, or SCENARIO/POLICY")
      ->required();
  app.add_option("--reason", raw.accept.reason, "Why it is so; anyone will read it")->required();
  app.add_option("--link", raw.accept.link, "Where it is discussed")->type_name("URL");
  app.add_option("--file", raw.accept.file, "File of known deviations (the server's)")
      ->type_name("FILE");
  app.add_option("--out", raw.accept.out, "Where results are (out)")->type_name("DIR");
}

void add_others(CLI::App& program, Raw& raw) {
  auto& validate = *program.add_subcommand("validate", help::validate);
  validate.add_option("paths", raw.validate.paths, "Files and folders (all that is shipped)");
  auto& servers = *program.add_subcommand("servers", help::servers);
  servers.require_subcommand(0, 1);
  servers.add_subcommand("list", "Name, version, where it was found, policies, how to get it");
  auto& fetch = *servers.add_subcommand("fetch", "Unpacks a server's package into a cache");
  fetch.add_option("names", raw.fetch.names, "Servers")->required();
  auto& schema = *program.add_subcommand("schema", help::schema);
  schema.add_flag("--reference", raw.schema.reference, "Markdown instead of XSD");
}

Command command_of(const CLI::App& program, Raw& raw) {
  const auto policies = policies_named(raw.policies);
  const auto direction = direction_named(raw.direction);
  if (program.got_subcommand("list")) {
    raw.list.policies = policies;
    raw.list.direction = direction;
    return raw.list;
  }
  if (program.got_subcommand("explain")) {
    raw.explain.policies = policies;
    return raw.explain;
  }
  if (program.got_subcommand("validate")) return raw.validate;
  if (program.got_subcommand("accept")) return raw.accept;
  if (program.got_subcommand("schema")) return raw.schema;
  if (program.got_subcommand("servers")) {
    if (program.get_subcommand("servers")->got_subcommand("fetch")) return raw.fetch;
    return ServersListOptions{};
  }
  raw.run.policies = policies;
  raw.run.direction = direction;
  raw.run.format = value_named("--format", raw.format, report_names());
  raw.run.colour = value_named("--color", raw.colour, colour_names());
  if (!raw.reports.empty()) raw.run.files.clear();
  for (const auto& name : raw.reports)
    raw.run.files.insert(value_named("--report", name, report_names()));
  return raw.run;
}

// A command in the list of commands is its first line; its examples are for its own help.
class Formatter : public CLI::Formatter {
 public:
  Formatter() { column_width(26); }
  std::string make_subcommand(const CLI::App* command) const override {
    const auto text = command->get_description();
    return fmt::format("  {:<24}{}\n", command->get_name(), text.substr(0, text.find('\n')));
  }
};

// The innermost subcommand that was named.
CLI::App* active(CLI::App& program) {
  auto* app = &program;
  while (!app->get_subcommands().empty())
    app = app->get_subcommands().front();
  return app;
}

// "smtprig servers fetch"
std::string full_name(const CLI::App* app) {
  std::string text = app->get_name();
  for (app = app->get_parent(); app; app = app->get_parent())
    text = app->get_name() + " " + text;
  return text;
}

std::string unexpected_argument(CLI::App& program) {
  const auto rest = program.remaining(true);
  const std::string wrong = rest.empty() ? "" : rest.front();
  std::vector<std::string> candidates;
  auto* app = active(program);
  if (wrong.starts_with("-")) {
    for (const auto* option : app->get_options())
      for (const auto& name : option->get_lnames())
        candidates.push_back("--" + name);
    const auto bare = wrong.substr(0, wrong.find('='));
    return fmt::format("unknown option {}{}", bare, did_you_mean(bare, candidates));
  }
  for (const auto* subcommand : app->get_subcommands([](const CLI::App*) { return true; }))
    candidates.push_back(subcommand->get_name());
  if (candidates.empty()) return fmt::format("one argument too many: {}", wrong);
  return fmt::format("unknown command {}{}", wrong, did_you_mean(wrong, candidates));
}

Parsed usage_error(CLI::App& program, const std::string& text) {
  return {{}, fmt::format("smtprig: {}\nTry: {} --help\n", text, full_name(active(program))), 2};
}

}  // namespace

Parsed parse(const std::vector<std::string>& arguments, const std::string& version) {
  CLI::App program(help::program, "smtprig");
  program.formatter(std::make_shared<Formatter>());  // commands inherit it
  program.require_subcommand(0, 1);
  program.set_version_flag("--version", "smtprig " + version);
  Raw raw;
  add_run(program, raw);
  add_list_command(program, raw);
  add_explain(program, raw);
  add_accept(program, raw);
  add_others(program, raw);
  // CLI11 takes them from the back. Options without a command are those of run.
  std::vector<std::string> words(arguments.rbegin(), arguments.rend());
  constexpr std::array own = {"--help", "-h", "--version"};
  if (words.empty() ||
      (words.back().starts_with("-") && std::ranges::count(own, words.back()) == 0))
    words.emplace_back("run");
  try {
    program.parse(words);
    return {command_of(program, raw), "", 0};
  } catch (const CLI::CallForHelp&) {
    return {{}, active(program)->help(), 0};
  } catch (const CLI::CallForVersion&) {
    return {{}, "smtprig " + version + "\n", 0};
  } catch (const CLI::ExtrasError&) {
    return usage_error(program, unexpected_argument(program));
  } catch (const CLI::ParseError& error) {
    return usage_error(program, error.what());
  } catch (const UsageError& error) {
    return usage_error(program, error.text);
  }
}

}  // namespace smtprig::cli
