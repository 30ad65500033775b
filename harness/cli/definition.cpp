// See definition.hpp.
#include "harness/cli/definition.hpp"

#include "harness/cli/formatter.hpp"
#include "harness/cli/help.hpp"

#include <algorithm>
#include <array>

namespace smtprig::cli {
namespace {

constexpr const char* selection = "What is played";
constexpr const char* tested = "Which server";
constexpr const char* manner = "How";
constexpr const char* output = "What comes out";

// An option that may come several times, with one value (or a list of them) each, and so leaves the
// arguments alone.
CLI::Option* add_several(CLI::App& app, const std::string& name, std::vector<std::string>& values,
                         const std::string& text) {
  return app.add_option(name, values, text)->allow_extra_args(false);
}

CLI::Option* add_list(CLI::App& app, const std::string& name, std::vector<std::string>& values,
                      const std::string& text, const std::string& kind) {
  return add_several(app, name, values, text)->delimiter(',')->type_name(kind + ",...");
}

template <typename T>
CLI::Option* add_number(CLI::App& app, const std::string& name, T& value, const std::string& text,
                        int min, int max) {
  // The validator's own description would be part of the type's name.
  return app.add_option(name, value, text)
      ->check(CLI::Range(min, max).description(""))
      ->type_name("N");
}

void add_targets(CLI::App& app, std::vector<std::string>& targets) {
  app.add_option("targets", targets,
                 "Ids of scenarios, prefixes (cert), globs ('cert/*'), ids of cells; or files and "
                 "folders of scenarios")
      ->type_name("TARGET");
}

CLI::Option* add_scenarios(CLI::App& app, Raw& raw) {
  return add_several(app, "--scenarios", raw.scenarios,
                     "Scenarios instead of the shipped ones; may come several times")
      ->type_name("PATH");
}

CLI::Option* add_policies(CLI::App& app, Raw& raw, const std::string& text) {
  // Not split at commas here: a policy of the user's own has commas of its own.
  return add_several(app, "--policy", raw.policies, text)->type_name("POLICY,...");
}

CLI::Option* add_direction(CLI::App& app, Raw& raw) {
  return app.add_option("--direction", raw.direction, "Only mail that goes out, or that comes in")
      ->type_name("outbound|inbound");
}

CLI::Option* add_attack(CLI::App& app, Raw& raw, const std::string& text) {
  return add_several(app, "--attack", raw.attacks, text)
      ->delimiter(',')
      ->type_name("all|passive|strip|impostor|dns-spoof|dns-block|sts-block");
}

CLI::Option* add_dns(CLI::App& app, Raw& raw) {
  return app
      .add_option("--dns", raw.dns,
                  "signed: all zones are signed, and unbound validates in front of the server; "
                  "scenarios that it would change are left out (claimed)")
      ->type_name("claimed|signed");
}

void add_project(CLI::App& app, Raw& raw) {
  auto* file = app.add_option("--project", raw.project.file,
                              "Project file (smtprig.xml here, if there is one)");
  file->type_name("FILE");
  app.add_flag("--no-project", raw.project.ignored, "Take nothing from a project file")
      ->excludes(file);
}

void add_run(CLI::App& program, Raw& raw) {
  auto& app = *program.add_subcommand("run", help::run);
  auto& run = raw.run;
  add_targets(app, run.targets);
  add_policies(app, raw,
               "TLS policies (all that the server has), or one of your own: \"NAME = may, secure: "
               "DOMAIN ...\"")
      ->group(selection);
  add_direction(app, raw)->group(selection);
  add_attack(app, raw,
             "Outgoing mail under attack too, and who could have read it (nobody attacks)")
      ->group(selection);
  add_scenarios(app, raw)->group(selection);
  app.add_flag("--last-failed", run.last_failed, "Only what was unexpected in OUT/latest")
      ->group(selection);
  add_list(app, "--server", run.servers, "Servers under test (embedded)", "SERVER")->group(tested);
  app.add_option("--server-root", run.root,
                 "The server's own build: where it is installed or unpacked, with usr/ in it")
      ->type_name("DIR")
      ->group(tested);
  app.add_option("--config", run.config,
                 "Your own configuration of the server; what the lab changes in it is printed")
      ->type_name("DIR")
      ->group(tested);
  app.add_option("--mutant", run.mutant,
                 "Plant this defect into the embedded server; \"list\" shows them")
      ->type_name("MUTANT")
      ->group(tested);
  add_dns(app, raw)->group(manner);
  add_several(app, "--known", run.known,
              "Known deviations besides the shipped ones; may come several times")
      ->type_name("PATH")
      ->group(manner);
  add_number(app, "--jobs", run.jobs, "Labs at once, 1 to 64 (1)", 1, 64)->group(manner);
  add_number(app, "--repeat", run.repeat,
             "Whole passes; a cell that differs between them is interference (1)", 1, 1'000'000)
      ->group(manner);
  app.add_flag("--fail-fast", run.fail_fast, "Stop at the first cell that fails")->group(manner);
  app.add_option("--seed", run.seed, "Root seed: same seed, same run (1)")
      ->check(CLI::Validator(CLI::NonNegativeNumber).description(""))
      ->type_name("N")
      ->group(manner);
  app.add_option("--out", run.out, "Folder of results (out)")->type_name("DIR")->group(output);
  add_list(app, "--report", raw.reports, "Files to write there (terminal,junit,jsonl)",
           "terminal|junit|jsonl|md")
      ->group(output);
  app.add_option("--format", raw.format, "What is printed at the end (terminal)")
      ->type_name("terminal|junit|jsonl|md")
      ->group(output);
  app.add_option("--color", raw.colour, "Whether it has colours (auto); NO_COLOR is honoured")
      ->type_name("auto|always|never")
      ->group(output);
  add_project(app, raw);
}

void add_list_command(CLI::App& program, Raw& raw) {
  auto& app = *program.add_subcommand("list", help::list);
  add_targets(app, raw.list.targets);
  add_list(app, "--server", raw.list.servers, "Servers of the cells (embedded)", "SERVER");
  add_policies(app, raw, "Policies of the cells (all that the server has)");
  add_direction(app, raw);
  add_attack(app, raw, "Also the cells under attack");
  add_dns(app, raw);
  add_scenarios(app, raw);
  app.add_flag("--long,-l", raw.list.long_form, "Also clause, file and cells");
  app.add_option("--format", raw.list_format, "json: all of it, for programs (text)")
      ->type_name("text|json");
  add_project(app, raw);
}

void add_explain(CLI::App& program, Raw& raw) {
  auto& app = *program.add_subcommand("explain", help::explain);
  app.add_option("cell", raw.explain.cell, "A scenario's or a cell's id")
      ->required()
      ->type_name("CELL");
  app.add_option("--server", raw.explain.server, "Server under test (that of the cell, embedded)")
      ->type_name("SERVER");
  add_policies(app, raw, "Policies (that of the cell, else all)");
  add_attack(app, raw, "Also under attack");
  add_scenarios(app, raw);
  add_project(app, raw);
}

void add_accept(CLI::App& program, Raw& raw) {
  auto& app = *program.add_subcommand("accept", help::accept);
  app.add_option("cell", raw.accept.cell,
                 "A cell's id, a scenario's (all its cells), or SCENARIO/POLICY")
      ->required()
      ->type_name("CELL");
  app.add_option("--reason", raw.accept.reason,
                 "Why it is so, for whoever reads it later; required")
      ->required()
      ->type_name("TEXT");
  app.add_option("--link", raw.accept.link, "Where it is discussed")->type_name("URL");
  app.add_option("--file", raw.accept.file,
                 "File of known deviations (the project's, else the shipped one of the server)")
      ->type_name("FILE");
  app.add_option("--out", raw.accept.out, "Folder of results (out)")->type_name("DIR");
  add_project(app, raw);
}

void add_validate(CLI::App& program, Raw& raw) {
  auto& app = *program.add_subcommand("validate", help::validate);
  app.add_option("paths", raw.validate.paths,
                 "Files and folders (the project and what it names, else all that is shipped)")
      ->type_name("PATH");
  add_project(app, raw);
}

void add_servers(CLI::App& program, Raw& raw) {
  auto& servers = *program.add_subcommand("servers", help::servers);
  servers.require_subcommand(0, 1);
  auto& list = *servers.add_subcommand("list", help::servers_list);
  list.add_option("--format", raw.list_format, "json: all of it, for programs (text)")
      ->type_name("text|json");
  auto& fetch = *servers.add_subcommand("fetch", help::servers_fetch);
  fetch.add_option("names", raw.fetch.names, "Servers")->required()->type_name("SERVER");
}

void add_others(CLI::App& program, Raw& raw) {
  auto& schema = *program.add_subcommand("schema", help::schema);
  schema.add_flag("--reference", raw.schema.reference, "The same as a page to read, in Markdown");
  auto& completion = *program.add_subcommand("completion", help::completion);
  completion.add_option("shell", raw.shell, "Whose")->required()->type_name("bash|zsh|fish");
  auto& topics = *program.add_subcommand("help", help::topics);
  topics.add_option("topic", raw.topic, "A command, exit-status, or project")->type_name("TOPIC");
}

// CLI11 names its flag for help in words of its own, anew for every command.
void name_help(CLI::App& app) {
  app.set_help_flag("--help,-h", "Prints this text");
  for (auto* command : app.get_subcommands([](const CLI::App*) { return true; }))
    name_help(*command);
}

}  // namespace

std::unique_ptr<CLI::App> definition(Raw& raw, const std::string& version) {
  auto program = std::make_unique<CLI::App>(help::program, "smtprig");
  program->formatter(std::make_shared<Formatter>());  // commands inherit it
  program->require_subcommand(0, 1);
  program->set_version_flag("--version", "smtprig " + version, "Prints the version");
  add_run(*program, raw);
  add_list_command(*program, raw);
  add_explain(*program, raw);
  add_validate(*program, raw);
  add_accept(*program, raw);
  add_servers(*program, raw);
  add_others(*program, raw);
  name_help(*program);
  return program;
}

bool implies_run(std::string_view first) {
  constexpr std::array<std::string_view, 3> own = {"--help", "-h", "--version"};
  return first.starts_with("-") && std::ranges::count(own, first) == 0;
}

}  // namespace smtprig::cli
