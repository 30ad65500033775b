// One pass over a plan: every cell gets a result, whatever dies on the way.
//
//   cells -> tasks -> labs -> results
//              ^        |  server died: the cells in flight in halves, the rest once more
//              +--------+  unexpected:  the cell alone
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "harness/run/fleet.hpp"
#include "harness/run/runner.hpp"

namespace smtprig::run {

struct SuspectGroup {
  std::string death;               // "crashed (signal 6)"
  std::vector<std::string> cells;  // ids that were in flight together
  unsigned open = 0;               // tasks not ended
  bool reproduced = false;         // one of them died again
};

class Pass {
 public:
  Pass(const RunSettings& settings, const std::vector<model::Cell>& cells, Observer& observer);

  // False: stopped early.
  bool run();

  const std::map<std::string, model::CellResult>& results() const { return results_; }
  const std::vector<std::string>& rig_errors() const { return rig_errors_; }

 private:
  Task task_for(const ServerChoice& server, std::vector<const model::Cell*> cells) const;
  void add_tasks();
  void on_result(const Task& task, model::CellResult result);
  void on_end(const Task& task, const TaskEnd& end);
  void server_died(const Task& task, const TaskEnd& end);
  void rig_failed(const Task& task, const TaskEnd& end);
  void close_group(SuspectGroup& group);
  void rerun_unexpected();
  void compare_alone(model::CellResult alone);
  void apply_controls();
  void gather_exposure();
  void set(model::CellResult result);
  std::string id_of(const Task& task, const CellKey& key) const;

  const RunSettings& settings_;
  const std::vector<model::Cell>& cells_;
  Observer& observer_;
  Fleet fleet_;
  std::map<std::string, model::CellResult> results_;
  std::set<std::string> judged_alone_;
  std::vector<std::string> rig_errors_;
};

}  // namespace smtprig::run
