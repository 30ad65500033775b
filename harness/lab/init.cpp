// The process between rig and lab. It does as little as possible, because it must outlive whatever
// it watches: it forks the lab, reaps, and when the lab ends or the alive pipe closes, kills what
// is left.
//
//   isolated:  outer (this process) -> pid 1 -> lab. The kernel kills the namespace with pid 1,
//   which
//              dies with outer (PR_SET_PDEATHSIG). outer then removes the scratch directory.
//   loopback:  this process is a child subreaper, so orphans come to it; it walks /proc and kills.
//
// Limit: when init itself is killed by SIGKILL in loopback mode, the lab and its children die with
// it, but not processes that those left behind; and the scratch directory stays until the next lab
// of this user removes it.
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "harness/lab/channel.hpp"
#include "harness/lab/file_descriptor.hpp"
#include "harness/lab/launch.hpp"
#include "harness/lab/namespaces.hpp"
#include "harness/lab/scratch.hpp"

namespace smtprig::lab {
namespace {

namespace fs = std::filesystem;
using Body = std::function<int(int channel)>;

constexpr int channel_fd = 3;
constexpr int alive_fd = 4;
constexpr int exit_lab_error = 70;
constexpr const char* scratch_variable = "SMTPRIG_LAB_SCRATCH";

void report(const LabError& error) {
  const boost::json::value frame = {{"error", {{"step", error.step}, {"detail", error.detail}}}};
  send_frame(channel_fd, boost::json::serialize(frame));
}

// A TERM that was meant for the rig (`pkill smtprig`) must not hit the one who cleans up: the end
// of the rig is told by the pipe alone. The lab itself has the usual handling.
void set_polite_signals(void (*handling)(int)) {
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGQUIT})
    ::signal(number, handling);
}

// One descriptor per fake address: ten thousand are common.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// Runs in the forked lab; never returns.
[[noreturn]] void run_body(const Body& body) {
  int status = exit_lab_error;
  try {
    status = body(channel_fd);
  } catch (const LabError& error) {
    report(error);
  } catch (const std::exception& error) {
    report(LabError("run the lab", error.what()));
  }
  std::exit(status);
}

// Parent of every process that /proc shows.
std::map<pid_t, std::vector<pid_t>> children_by_parent() {
  std::map<pid_t, std::vector<pid_t>> children;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/proc", error)) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream file(entry.path() / "stat");
    std::string line;
    std::getline(file, line);
    // The command in parentheses may hold anything: what counts comes after the last one.
    const auto close = line.rfind(')');
    if (close == std::string::npos || close + 4 >= line.size()) continue;
    children[std::atoi(line.c_str() + close + 4)].push_back(std::atoi(name.c_str()));
  }
  return children;
}

void signal_descendants(pid_t root) {
  const auto children = children_by_parent();
  std::vector<pid_t> open = {root};
  while (!open.empty()) {
    const pid_t parent = open.back();
    open.pop_back();
    const auto found = children.find(parent);
    if (found == children.end()) continue;
    for (const pid_t child : found->second) {
      ::kill(child, SIGKILL);
      open.push_back(child);
    }
  }
}

// Kills the tree below the caller, a subreaper, until no child is left. A process that was forked
// while the tree was read is found in the next round; one that may not be killed is given up on.
void kill_descendants(int child_signals) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (std::chrono::steady_clock::now() < end) {
    signal_descendants(::getpid());
    pid_t reaped = 0;
    do {
      reaped = ::waitpid(-1, nullptr, WNOHANG);
    } while (reaped > 0);
    if (reaped < 0 && errno == ECHILD) return;
    pollfd entry{child_signals, POLLIN, 0};
    ::poll(&entry, 1, 10);
    signalfd_siginfo info{};
    if (::read(child_signals, &info, sizeof info) < 0 && errno != EAGAIN) return;
  }
}

// Reaps until the lab has ended; gives its status. Empty pipe's end: as if the lab were killed.
int watch(pid_t lab, int child_signals) {
  for (;;) {
    std::array<pollfd, 2> entries = {pollfd{alive_fd, POLLIN, 0}, pollfd{child_signals, POLLIN, 0}};
    if (::poll(entries.data(), entries.size(), -1) < 0 && errno != EINTR) return SIGKILL;
    signalfd_siginfo info{};
    while (::read(child_signals, &info, sizeof info) > 0) {
    }
    int status = 0;
    for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
      if (pid == lab) return status;
    }
    if (entries[0].revents != 0) return SIGKILL;
  }
}

int supervise(Mode mode, const Body& body) {
  sigset_t signals, before;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &signals, &before);
  const FileDescriptor child_signals(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!child_signals.open()) throw LabError("watch the lab", std::strerror(errno));
  if (mode == Mode::loopback) ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  std::fflush(nullptr);
  const pid_t init = ::getpid();
  const pid_t lab = ::fork();
  if (lab < 0) throw LabError("start the lab", std::strerror(errno));
  if (lab == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != init) ::_exit(exit_lab_error);
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    set_polite_signals(SIG_DFL);
    ::close(alive_fd);
    run_body(body);
  }
  // The channel must end when the lab does: no one else may hold it.
  ::close(channel_fd);
  const int status = watch(lab, child_signals.get());
  if (mode == Mode::loopback) kill_descendants(child_signals.get());
  return status;
}

// Pid 1 cannot end itself by a signal, so it writes the lab's status to `result`.
[[noreturn]] void run_pid_one(int result, const fs::path& scratch, const Body& body) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // Pid 1 sees any parent as 0. Whether outer died before the line above, the pipe tells.
  pollfd entry{result, 0, 0};
  if (::poll(&entry, 1, 0) != 0) ::_exit(exit_lab_error);
  int status = W_EXITCODE(exit_lab_error, 0);
  try {
    prepare_mounts(scratch);
    status = supervise(Mode::isolated, body);
  } catch (const LabError& error) {
    report(error);
  }
  ::_exit(::write(result, &status, sizeof status) == sizeof status ? 0 : exit_lab_error);
}

int run_isolated(const fs::path& scratch, const Body& body) {
  enter_namespaces();
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) throw LabError("watch the lab", std::strerror(errno));
  FileDescriptor read_end(pipe[0]);
  FileDescriptor write_end(pipe[1]);
  const pid_t first = ::fork();
  if (first < 0) throw LabError("start pid 1 of the lab", std::strerror(errno));
  if (first == 0) {
    read_end.reset();
    run_pid_one(write_end.get(), scratch, body);
  }
  write_end.reset();
  ::close(channel_fd);
  int status = SIGKILL;
  if (::read(read_end.get(), &status, sizeof status) != sizeof status) status = SIGKILL;
  while (::waitpid(first, nullptr, 0) < 0 && errno == EINTR) {
  }
  return status;
}

// Ends the way the lab did, so that the rig's waitpid tells a crash from an exit.
int end_as(int status) {
  if (WIFSIGNALED(status)) {
    const rlimit no_core{};
    ::setrlimit(RLIMIT_CORE, &no_core);
    ::signal(WTERMSIG(status), SIG_DFL);
    ::raise(WTERMSIG(status));
    return 128 + WTERMSIG(status);
  }
  return WEXITSTATUS(status);
}

}  // namespace

int init_main(Mode mode, const Body& body) {
  ::fcntl(channel_fd, F_SETFD, FD_CLOEXEC);
  ::fcntl(alive_fd, F_SETFD, FD_CLOEXEC);
  ::signal(SIGCHLD, SIG_DFL);
  set_polite_signals(SIG_IGN);
  ::umask(022);
  raise_descriptor_limit();
  std::optional<Scratch> scratch;
  int status = W_EXITCODE(exit_lab_error, 0);
  try {
    // As root, a server's processes have users of their own.
    if (mode == Mode::isolated && ::geteuid() == 0) require_passable(scratch_parent());
    scratch.emplace(scratch_parent());
    ::setenv(scratch_variable, scratch->path().c_str(), 1);
    // Isolated, it is a place to mount at, in another mount namespace: here it stays empty.
    status = mode == Mode::isolated ? run_isolated(scratch->path(), body) : supervise(mode, body);
  } catch (const LabError& error) {
    report(error);
  } catch (const fs::filesystem_error& error) {
    report(LabError("create the scratch directory", error.what()));
  }
  if (scratch) scratch->remove();
  status = end_as(status);
  if (mode == Mode::loopback) return status;
  // No way back to main: with its pid 1 dead, this process can never fork again, which what runs at
  // exit may want to (LeakSanitizer does).
  std::fflush(nullptr);
  ::_exit(status);
}

fs::path scratch_directory() {
  const char* const path = std::getenv(scratch_variable);
  if (!path) throw LabError("find the scratch directory", "this process is not a lab");
  return path;
}

}  // namespace smtprig::lab
