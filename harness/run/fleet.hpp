// Several labs at once: starts jobs as places become free, reads their frames, and says how each
// ended.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "harness/lab/launch.hpp"
#include "harness/model/result.hpp"
#include "harness/run/job.hpp"

namespace smtprig::run {

// Cells that were in flight together when a server died; see Pass.
struct SuspectGroup;

struct Task {
  Job job;
  std::string server;  // its name, as in cells
  lab::Mode mode = lab::Mode::loopback;
  bool alone = false;  // an unexpected cell, run again by itself
  std::shared_ptr<SuspectGroup> group;
};

struct TaskEnd {
  enum class How {
    done,
    died,   // the server under test; see in_flight
    error,  // the rig: `state` is the step, `detail` the reason
  };
  How how = How::done;
  std::string state;
  std::string detail;
  std::set<std::string> in_flight;  // cell ids
  std::set<std::string> finished;   // cell ids with a result
};

class Fleet {
 public:
  using OnResult = std::function<void(const Task&, model::CellResult)>;
  using OnEnd = std::function<void(const Task&, const TaskEnd&)>;

  Fleet(unsigned labs_at_once, const std::atomic<bool>* stop)
      : labs_at_once_(labs_at_once), stop_(stop) {}

  void add(Task task) { waiting_.push_back(std::move(task)); }

  // Until no task is left; callbacks may add some. False: stop was asked for.
  bool run(const OnResult& on_result, const OnEnd& on_end);
  // Ends run() soon.
  void cancel() { cancelled_ = true; }

 private:
  struct Lab {
    Task task;
    std::unique_ptr<lab::LabProcess> process;
    TaskEnd end;
    bool told = false;  // how it ended
  };

  void start_next(const OnEnd& on_end);
  // True: the lab is over.
  bool take_frame(Lab& lab, const OnResult& on_result);
  bool stopping() const { return cancelled_ || (stop_ && stop_->load()); }

  unsigned labs_at_once_;
  const std::atomic<bool>* stop_;
  bool cancelled_ = false;
  std::deque<Task> waiting_;
  std::vector<std::unique_ptr<Lab>> labs_;
};

}  // namespace smtprig::run
