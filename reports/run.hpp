// A run as the writers see it: what was planned and where (RunFacts), one result per cell, how it
// ended (RunEnd). Plain data; nothing here reads a clock, a file or the environment.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "harness/model/cell.hpp"
#include "harness/model/result.hpp"

namespace smtprig::reports {

struct Machine {
  unsigned cpus = 0;
  std::string system;       // "Linux 6.1.0 x86_64"
  double load = 0;          // one-minute average at the start
  std::string ids = "all";  // those a server under test had: "all", "subordinate", "one"
};

struct RunFacts {
  std::string version;                // of smtprig
  std::string command = "./smtprig";  // as the user typed it; the first word of rerun commands
  std::vector<std::string> sources;   // words that a rerun needs to find the same files
  std::string started;                // UTC, "2026-01-31T12:00:00Z"
  std::uint64_t seed = 0;
  unsigned jobs = 1;
  std::string folder;    // where the files of this run are; empty: nowhere
  std::string mutant;    // defect planted into the embedded server; empty: none
  std::string resolver;  // "unbound-1.17.1", which validates signed zones; empty: AD is claimed
  std::map<std::string, std::string> left_out;  // scenario id -> why it cannot be played so
  std::vector<model::ServerName> servers;
  std::map<std::string, std::string> own_policies;  // name -> definition, as --policy takes it
  std::map<std::string, std::string> roots;      // ServerName::text() -> folder that the user gave
  std::size_t planned = 0;                       // cells
  std::map<std::string, std::string> summaries;  // scenario id -> its summary
  Machine machine;
};

struct RunEnd {
  std::chrono::microseconds took{0};
  bool interrupted = false;
  int exit_status = 0;
  std::vector<std::string> rig_errors;  // "step: detail", of the run as a whole
};

struct Run {
  RunFacts facts;
  std::vector<model::CellResult> results;  // in any order
  RunEnd end;
};

// What needs a look: fail, unexpected-pass, interference, error.
bool is_unexpected(model::Verdict verdict);

// "./smtprig run cert/expired --server postfix --policy verify --seed 7", quoted for a shell.
std::string rerun_command(const RunFacts& facts, const model::CellResult& result);

// How zones were signed and validated, and what was left out for it; empty: they were not.
std::string signed_dns(const RunFacts& facts);

// Results in the order of reports: server, direction, scenario, attacker, policy. The pointers live
// as long as `results` does.
std::vector<const model::CellResult*> ordered(const std::vector<model::CellResult>& results);

// What a matrix shows: an attacked cell is left out where it is as expected and the cell without an
// attacker is there, which tells of it by its exposure.
std::vector<const model::CellResult*> without_expected_attacks(
    const std::vector<const model::CellResult*>& cells);

// What cells are shown together: the same server and direction. "postfix-3.7.11, inbound"
std::string column_title(const model::CellResult& cell);

}  // namespace smtprig::reports
