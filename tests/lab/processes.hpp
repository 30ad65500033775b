// Looks at a lab from outside: the processes that carry a mark in their environment, the namespaces
// in use, and the mounts of this host. Used to show that a dead rig leaves nothing.
#pragma once

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "harness/lab/file_descriptor.hpp"
#include "harness/lab/launch.hpp"

namespace smtprig::tests {

struct Marked {
  pid_t pid = 0;
  std::string network;  // "net:[4026532000]"
  std::string mounts;
  lab::FileDescriptor handle;  // pidfd
};

// Every process but this one whose environment holds SMTPRIG_TEST_MARK=mark.
std::vector<Marked> marked_processes(const std::string& mark);

// True: all of them ended within `deadline`.
bool all_end(const std::vector<Marked>& processes, std::chrono::milliseconds deadline);

// Namespaces of any process of this host, as in Marked.
std::set<std::string> namespaces_in_use();

// Lines of the host's mount table that name this project's mounts.
std::vector<std::string> leftover_mounts();

// A second rig in a process of its own that has a lab with a stray daemon in it.
class Rig {
 public:
  Rig(lab::Mode mode, const std::string& mark);
  ~Rig();
  void kill();                                             // SIGKILL, and reaps
  const std::string& scratch() const { return scratch_; }  // of its lab
  const std::string& ready() const { return ready_; }      // "stray PID PATH"

 private:
  pid_t pid_ = -1;
  std::string ready_, scratch_;
};

}  // namespace smtprig::tests
