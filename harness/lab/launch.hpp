// A lab is a process: the rig re-executed below a tiny init. The init only reaps, and dies when its
// pipe closes; with it dies everything in the lab, also when the rig itself was killed by SIGKILL.
//
//   rig --socketpair--> init (pid 1 of the namespace) --fork--> lab --> server under test
#pragma once

#include <sys/types.h>
#include <filesystem>
#include <functional>
#include <string>

#include "harness/lab/lab_error.hpp"

namespace smtprig::lab {

enum class Mode {
  loopback,  // no privilege; the lab shares the host's network, on 127.0.0.0/8
  isolated,  // new user (unless root), mount, PID and two network namespaces
};

// The rig's handle of a running lab.
class LabProcess {
 public:
  // Re-executes this program as `smtprig lab-init loopback|isolated`; throws LabError.
  explicit LabProcess(Mode mode);
  ~LabProcess();  // closes the channel, which ends the lab, and reaps; escalates to SIGKILL
  LabProcess(LabProcess&& other) noexcept;
  LabProcess& operator=(LabProcess&&) = delete;

  int channel() const { return channel_; }  // stream socket to the lab's body
  // After the channel's EOF: waits and says "exit 0", "signal 11 (Segmentation fault)".
  std::string end();
  // Kills everything in the lab at once, as the death of the rig would. The channel then ends.
  void kill();

 private:
  int channel_ = -1;
  int alive_ = -1;  // write end of the pipe that init watches
  pid_t pid_ = -1;
  std::string ended_;
};

// The body of `smtprig lab-init`: sets the namespaces up, forks, runs `body` with the channel in
// the lab process, and returns (isolated: exits with) its exit status. A LabError in set-up or from
// the body is sent as a frame {"error": {"step":..., "detail":...}}; see channel.hpp.
int init_main(Mode mode, const std::function<int(int channel)>& body);

// In the lab: an empty directory of its own for whatever it writes, removed by init after
// everything in the lab is dead. Isolated: a tmpfs that only the lab sees. Any user may pass
// through it.
std::filesystem::path scratch_directory();

// "exit 0", "signal 9 (Killed)" for a status from waitpid.
std::string describe_status(int status);

}  // namespace smtprig::lab
