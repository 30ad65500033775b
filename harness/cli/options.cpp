// See options.hpp.
#include "harness/cli/options.hpp"

#include "harness/cli/definition.hpp"
#include "harness/cli/help.hpp"
#include "harness/cli/status.hpp"
#include "harness/xml/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
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
                                      {"md", Report::markdown},
                                      {"markdown", Report::markdown}};
  return names;
}

const Named<ColourWhen>& colour_names() {
  static const Named<ColourWhen> names = {{"auto", ColourWhen::automatic},
                                          {"always", ColourWhen::always},
                                          {"never", ColourWhen::never}};
  return names;
}

const Named<ListFormat>& list_format_names() {
  static const Named<ListFormat> names = {{"text", ListFormat::text}, {"json", ListFormat::json}};
  return names;
}

const Named<Shell>& shell_names() {
  static const Named<Shell> names = {
      {"bash", Shell::bash}, {"zsh", Shell::zsh}, {"fish", Shell::fish}};
  return names;
}

// "may,verify": a list of policies; "may, secure: cert": one of the user's own.
bool is_own(std::string_view value) {
  return value.find_first_of(":=") != value.npos;
}

std::vector<std::string> names_in(const std::vector<std::string>& values) {
  std::vector<std::string> names;
  for (const auto& value : values) {
    if (is_own(value)) continue;
    std::size_t at = 0;
    for (std::size_t end = 0; end != value.npos; at = end + 1) {
      end = value.find(',', at);
      names.push_back(value.substr(at, end == value.npos ? value.npos : end - at));
    }
  }
  return names;
}

model::OwnPolicies own_policies_in(const std::vector<std::string>& values) {
  model::OwnPolicies all;
  for (const auto& value : values) {
    if (!is_own(value)) continue;
    auto policy = model::own_policy_of(value);
    if (!policy) throw UsageError{fmt::format("--policy \"{}\": {}", value, policy.error().text)};
    for (const auto& other : all)
      if (other->name == policy->name)
        throw UsageError{fmt::format("--policy: two of your own are named {}", other->name)};
    all.push_back(std::make_shared<const model::OwnPolicy>(std::move(*policy)));
  }
  return all;
}

// Names of policies go to the first list, all others to the second: a project may know them.
void sort_names(const std::vector<std::string>& names, std::vector<model::Policy>& policies,
                std::vector<std::string>& others) {
  for (const auto& name : names) {
    if (const auto policy = model::policy_named(name))
      policies.push_back(*policy);
    else
      others.push_back(name);
  }
}

std::optional<model::Direction> direction_named(const std::string& text) {
  using enum model::Direction;
  if (text.empty()) return std::nullopt;
  const Named<model::Direction> all = {{std::string(name(outbound)), outbound},
                                       {std::string(name(inbound)), inbound}};
  return value_named("--direction", text, all);
}

// "all", "impostor" (both kinds), or an attacker's own name; in the order of Attacker, each once.
std::vector<model::Attacker> attackers_in(const std::vector<std::string>& names) {
  using enum model::Attacker;
  using List = std::vector<model::Attacker>;
  Named<List> known = {{"all", {model::attackers.begin(), model::attackers.end()}},
                       {"impostor", {impostor_self_signed, impostor_other_name}},
                       {"sts-block", {sts_block, sts_block_later}}};
  for (const auto attacker : model::attackers)
    if (attacker != sts_block) known.emplace_back(name(attacker), List{attacker});
  List asked, all;
  for (const auto& name : names)
    std::ranges::copy(value_named("--attack", name, known), std::back_inserter(asked));
  std::ranges::copy_if(model::attackers, std::back_inserter(all), [&](model::Attacker attacker) {
    return std::ranges::count(asked, attacker) != 0;
  });
  return all;
}

std::optional<model::DnsMode> dns_named(const std::string& text) {
  using enum model::DnsMode;
  if (text.empty()) return std::nullopt;
  const Named<model::DnsMode> all = {{std::string(name(claimed)), claimed},
                                     {std::string(name(signed_zones)), signed_zones}};
  return value_named("--dns", text, all);
}

RunOptions run_of(Raw& raw) {
  auto& run = raw.run;
  run.format = value_named("--format", raw.format, report_names());
  run.colour = value_named("--color", raw.colour, colour_names());
  if (!raw.reports.empty()) run.files.clear();
  for (const auto& name : raw.reports)
    run.files.insert(value_named("--report", name, report_names()));
  return run;
}

// The members that several commands have.
template <typename Options>
Options with_shared(Options options, const Raw& raw) {
  if constexpr (requires { options.policies; }) {
    sort_names(names_in(raw.policies), options.policies, options.other_policies);
    options.own_policies = own_policies_in(raw.policies);
  }
  if constexpr (requires { options.direction; }) options.direction = direction_named(raw.direction);
  if constexpr (requires { options.attackers; }) options.attackers = attackers_in(raw.attacks);
  if constexpr (requires { options.dns; }) options.dns = dns_named(raw.dns);
  if constexpr (requires { options.scenarios; }) options.scenarios.paths = raw.scenarios;
  options.project = raw.project;
  return options;
}

Command command_of(const CLI::App& program, Raw& raw) {
  if (program.got_subcommand("list")) {
    raw.list.format = value_named("--format", raw.list_format, list_format_names());
    return with_shared(raw.list, raw);
  }
  if (program.got_subcommand("explain")) return with_shared(raw.explain, raw);
  if (program.got_subcommand("validate")) return with_shared(raw.validate, raw);
  if (program.got_subcommand("accept")) return with_shared(raw.accept, raw);
  if (program.got_subcommand("schema")) return raw.schema;
  if (program.got_subcommand("completion"))
    return CompletionOptions{value_named("completion", raw.shell, shell_names())};
  if (program.got_subcommand("servers")) {
    if (program.get_subcommand("servers")->got_subcommand("fetch")) return raw.fetch;
    return ServersListOptions{value_named("--format", raw.list_format, list_format_names())};
  }
  return with_shared(run_of(raw), raw);
}

// The innermost subcommand that was named.
const CLI::App* active(const CLI::App& program) {
  const auto* app = &program;
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

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(command->get_name());
  return names;
}

std::string unexpected_argument(const CLI::App& program) {
  const auto rest = program.remaining(true);
  const std::string wrong = rest.empty() ? "" : rest.front();
  const auto* app = active(program);
  if (wrong.starts_with("-")) {
    std::vector<std::string> candidates;
    for (const auto* option : app->get_options())
      for (const auto& name : option->get_lnames())
        candidates.push_back("--" + name);
    const auto bare = wrong.substr(0, wrong.find('='));
    return fmt::format("unknown option {}{}", bare, did_you_mean(bare, candidates));
  }
  const auto candidates = command_names(*app);
  if (candidates.empty()) return fmt::format("one argument too many: {}", wrong);
  return fmt::format("unknown command {}{}", wrong, did_you_mean(wrong, candidates));
}

// `smtprig help servers fetch` is `smtprig servers fetch --help`.
std::string topic_text(const CLI::App& program, const std::vector<std::string>& topic) {
  const auto& formatter = *program.get_formatter();
  const auto* app = &program;
  for (const auto& word : topic) {
    if (word == topic_status || word == "exit-codes") return exit_status_text();
    if (word == topic_project) return std::string(help::project) + help::project_example;
    auto names = command_names(*app);
    if (std::ranges::count(names, word) == 0) {
      for (const auto& more : {topic_status, topic_project})
        names.emplace_back(more);
      throw UsageError{fmt::format("no help on {}; there is help on {}{}", word,
                                   fmt::join(names, ", "), did_you_mean(word, names))};
    }
    app = app->get_subcommand(word);
  }
  return formatter.make_help(app, full_name(app), CLI::AppFormatMode::Normal);
}

Parsed usage_error(const CLI::App& program, const std::string& text) {
  return {{},
          fmt::format("smtprig: {}\nTry: {} --help\n", text, full_name(active(program))),
          status_usage};
}

}  // namespace

Parsed parse(const std::vector<std::string>& arguments, const std::string& version) {
  if (!arguments.empty() && arguments.front() == "__complete")
    return {CompleteOptions{{arguments.begin() + 1, arguments.end()}}, "", 0};
  Raw raw;
  const auto program = definition(raw, version);
  // CLI11 takes them from the back.
  std::vector<std::string> words(arguments.rbegin(), arguments.rend());
  if (words.empty() || implies_run(words.back())) words.emplace_back("run");
  try {
    program->parse(words);
    if (program->got_subcommand("help")) return {{}, topic_text(*program, raw.topic), 0};
    return {command_of(*program, raw), "", 0};
  } catch (const CLI::CallForHelp&) {
    return {{}, program->help(), 0};
  } catch (const CLI::CallForVersion&) {
    return {{}, "smtprig " + version + "\n", 0};
  } catch (const CLI::ExtrasError&) {
    return usage_error(*program, unexpected_argument(*program));
  } catch (const CLI::ParseError& error) {
    return usage_error(*program, error.what());
  } catch (const UsageError& error) {
    return usage_error(*program, error.text);
  }
}

}  // namespace smtprig::cli
