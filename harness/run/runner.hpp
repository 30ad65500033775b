// Runs suites: plans cells, sends them to labs, and makes sense of what comes back. A server that
// died is found by halving the cells that were in flight; an unexpected cell is run again alone.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "harness/model/known.hpp"
#include "harness/model/result.hpp"
#include "harness/model/server.hpp"
#include "harness/plan/plan.hpp"

namespace smtprig::run {

// A server as found on this machine; see servers/installed.hpp.
struct ServerChoice {
  model::ServerDescription description;
  std::filesystem::path file;  // its server.xml
  std::filesystem::path root;  // unpacked package; empty: the system
  std::string version;
  bool is_given = false;                // the root is one that the user named
  std::filesystem::path configuration;  // the user's own; empty: the rig's
  // Policies that `description` lacks because this file is missing.
  std::map<model::Policy, std::string> left_out;
};

struct RunSettings {
  std::vector<std::filesystem::path> scenario_paths;
  std::vector<std::filesystem::path> known_paths;
  std::filesystem::path shipped_known;  // of servers as they come; empty: there are none
  std::vector<ServerChoice> servers;
  plan::Selection selection;
  unsigned jobs = 1;  // labs at once
  std::uint64_t seed = 1;
  unsigned repeat = 1;     // whole passes; a cell that differs between them is `interference`
  bool fail_fast = false;  // end at the first cell in which the server did what it must not
  std::string mutant;      // planted defect of the embedded server
  std::filesystem::path resolver_root;      // where zones are signed: of an unpacked unbound
  const std::atomic<bool>* stop = nullptr;  // looked at between frames
};

// Told what happens as it happens, on the caller's thread.
class Observer {
 public:
  virtual ~Observer() = default;
  // Once, before anything runs. `passes`: RunSettings::repeat.
  virtual void planned(std::size_t cells, unsigned passes) = 0;
  // A cell of the matrix has its verdict. It may come again with another one (reopened, run alone,
  // control failed): the last counts.
  virtual void finished(const model::CellResult& result) = 0;
  // A line worth reading: "postfix died; searching among 31 cells".
  virtual void notice(const std::string& text) = 0;
};

struct RunSummary {
  std::vector<model::CellResult> results;  // one per cell, in planned order
  std::size_t planned = 0;
  std::chrono::milliseconds took{0};
  bool interrupted = false;
  std::vector<std::string> rig_errors;  // "step: detail"

  std::size_t count(model::Verdict verdict) const;
  // 0 all as expected; 1 unexpected outcomes; 3 the rig failed (wins over 1); 4 nothing was
  // selected; 130 interrupted.
  int exit_status() const;
};

// pass, known, unsupported, not_reached.
bool expected(model::Verdict verdict);

RunSummary run(const RunSettings& settings, Observer& observer);

}  // namespace smtprig::run
