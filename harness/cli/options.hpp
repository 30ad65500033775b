// The command line as data. Parsing does no I/O and prints nothing: it returns a command, or a text
// and the exit status that goes with it.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "harness/model/policy.hpp"

namespace smtprig::cli {

enum class ColourWhen { automatic, always, never };
enum class Report { terminal, junit, jsonl, markdown };

struct RunOptions {
  std::vector<std::string> targets;  // paths that exist are scenario files, others id patterns
  std::vector<std::string> servers;  // names; empty: embedded
  std::vector<model::Policy> policies;
  std::optional<model::Direction> direction;  // none: both
  unsigned jobs = 1;
  std::uint64_t seed = 1;
  std::string out = "out";
  bool fail_fast = false;
  unsigned repeat = 1;
  bool last_failed = false;
  std::string scenarios;  // folder; empty: the shipped ones
  std::string known;      // file or folder of known deviations, besides the shipped ones
  std::string root;       // the user's own installation of the server
  ColourWhen colour = ColourWhen::automatic;
  std::string mutant;
  std::set<Report> files = {Report::terminal, Report::junit, Report::jsonl};
  Report format = Report::terminal;  // on standard output
};

struct ListOptions {
  std::vector<std::string> targets;
  std::string server = "embedded";
  std::vector<model::Policy> policies;
  std::optional<model::Direction> direction;
  std::string scenarios;
  bool long_form = false;
};

struct ExplainOptions {
  std::string cell;
  std::string server;  // empty: that of the cell's id, else embedded
  std::vector<model::Policy> policies;
  std::string scenarios;
};

struct ValidateOptions {
  std::vector<std::string> paths;
};

struct ServersListOptions {};

struct ServersFetchOptions {
  std::vector<std::string> names;
};

struct AcceptOptions {
  std::string cell;  // a cell's id, a scenario's, or "scenario/policy"
  std::string reason;
  std::string link;
  std::string file;  // empty: the shipped file of the server
  std::string out = "out";
};

struct SchemaOptions {
  bool reference = false;
};

using Command = std::variant<RunOptions, ListOptions, ExplainOptions, ValidateOptions,
                             ServersListOptions, ServersFetchOptions, AcceptOptions, SchemaOptions>;

struct Parsed {
  std::optional<Command> command;
  std::string text;  // without a command: help (status 0), or what is wrong (status 2)
  int status = 0;
};

// `arguments`: what stands behind the program's name.
Parsed parse(const std::vector<std::string>& arguments, const std::string& version);

}  // namespace smtprig::cli
