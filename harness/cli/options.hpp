// The command line as data. Parsing does no I/O and prints nothing: it returns a command, or a text
// and the exit status that goes with it.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "harness/model/cell.hpp"
#include "harness/model/dns_mode.hpp"
#include "harness/model/own_policy.hpp"
#include "harness/model/policy.hpp"

namespace smtprig::cli {

enum class ColourWhen { automatic, always, never };
enum class Report { terminal, junit, jsonl, markdown };
enum class ListFormat { text, json };

// Which project file holds.
struct ProjectChoice {
  std::string file;      // empty: smtprig.xml in the working directory, if there is one
  bool ignored = false;  // none
};

// Where scenarios come from.
struct Sources {
  std::vector<std::string> paths;  // files and folders; empty: the shipped ones
  bool shipped = false;            // these beside `paths`
};

struct RunOptions {
  std::vector<std::string> targets;  // paths that exist are scenario files, others id patterns
  std::vector<std::string> servers;  // names; empty: embedded
  std::vector<model::Policy> policies;
  model::OwnPolicies own_policies;
  std::vector<std::string> other_policies;    // names that only the project can know
  std::optional<model::Direction> direction;  // none: both
  std::vector<model::Attacker> attackers;
  Sources scenarios;
  std::vector<std::string> known;  // files or folders of deviations, besides the shipped ones
  std::string root;                // the user's own installation of the server
  std::string config;              // folder of the user's own configuration of the server
  std::string mutant;
  std::optional<model::DnsMode> dns;  // claimed
  std::optional<unsigned> jobs;       // 1
  std::optional<std::uint64_t> seed;  // 1
  std::string out;                    // empty: "out"
  bool fail_fast = false;
  unsigned repeat = 1;
  bool last_failed = false;
  ColourWhen colour = ColourWhen::automatic;
  std::set<Report> files = {Report::terminal, Report::junit, Report::jsonl};
  Report format = Report::terminal;  // on standard output
  ProjectChoice project;
};

struct ListOptions {
  std::vector<std::string> targets;
  std::vector<std::string> servers;  // names; empty: embedded
  std::vector<model::Policy> policies;
  model::OwnPolicies own_policies;
  std::vector<std::string> other_policies;  // names that only the project can know
  std::optional<model::Direction> direction;
  std::vector<model::Attacker> attackers;
  std::optional<model::DnsMode> dns;  // claimed
  Sources scenarios;
  bool long_form = false;
  ListFormat format = ListFormat::text;
  ProjectChoice project;
};

struct ExplainOptions {
  std::string cell;
  std::string server;  // empty: that of the cell's id, else embedded
  std::vector<model::Policy> policies;
  std::vector<model::Attacker> attackers;
  model::OwnPolicies own_policies;
  std::vector<std::string> other_policies;  // names that only the project can know
  Sources scenarios;
  ProjectChoice project;
};

struct ValidateOptions {
  std::vector<std::string> paths;  // empty: the project, else all that is shipped
  ProjectChoice project;
};

struct ServersListOptions {
  ListFormat format = ListFormat::text;
};

struct ServersFetchOptions {
  std::vector<std::string> names;
};

struct AcceptOptions {
  std::string cell;  // a cell's id, a scenario's, or "scenario/policy"
  std::string reason;
  std::string link;
  std::string file;  // empty: the project's, else the shipped file of the server
  std::string out;   // empty: "out"
  ProjectChoice project;
};

struct SchemaOptions {
  bool reference = false;
};

enum class Shell { bash, zsh, fish };

struct CompletionOptions {
  Shell shell = Shell::bash;
};

// `smtprig __complete WORD...`, which the scripts of `completion` call at every press of the key.
struct CompleteOptions {
  std::vector<std::string> words;  // behind the program's name; the last one is completed
};

using Command = std::variant<RunOptions, ListOptions, ExplainOptions, ValidateOptions,
                             ServersListOptions, ServersFetchOptions, AcceptOptions, SchemaOptions,
                             CompletionOptions, CompleteOptions>;

struct Parsed {
  std::optional<Command> command;
  std::string text;  // without a command: help (status 0), or what is wrong (status 2)
  int status = 0;
};

// `arguments`: what stands behind the program's name.
Parsed parse(const std::vector<std::string>& arguments, const std::string& version);

}  // namespace smtprig::cli
