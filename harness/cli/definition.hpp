// The command line as CLI11 is told of it: every command, argument and option, with the kind of its
// value. Parsing, help texts and completion all come from here.
//
// Kinds are CLI11's type names, and what help shows: "a|b|c" is one of those words, "X,..." a list
// of X; FILE, DIR and PATH are completed by the shell; SERVER, POLICY, MUTANT, TARGET, CELL and
// TOPIC by completion.hpp; the rest (N, TEXT, URL) by nobody.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "harness/cli/options.hpp"

namespace smtprig::cli {

// What CLI11 fills in; commands are made from it when all of it is known.
struct Raw {
  RunOptions run;
  ListOptions list;
  ExplainOptions explain;
  ValidateOptions validate;
  ServersFetchOptions fetch;
  AcceptOptions accept;
  SchemaOptions schema;
  ProjectChoice project;
  std::vector<std::string> scenarios;
  std::vector<std::string> policies;
  std::string direction;
  std::vector<std::string> attacks;
  std::string dns;
  std::vector<std::string> reports;
  std::string format = "terminal";
  std::string list_format = "text";
  std::string colour = "auto";
  std::string shell;
  std::vector<std::string> topic;
};

// `raw` must live as long as what is returned.
std::unique_ptr<CLI::App> definition(Raw& raw, const std::string& version);

// Options without a command are those of run: whether `first`, the first word, is one.
bool implies_run(std::string_view first);

// What `help` knows beside the commands.
inline constexpr std::string_view topic_status = "exit-status";
inline constexpr std::string_view topic_project = "project";

}  // namespace smtprig::cli
