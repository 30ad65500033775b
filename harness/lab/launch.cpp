// The rig's side of a lab: starts init, and ends it. Three ways to end, each stronger: the channel
// closes (the lab's body returns), the alive pipe closes (init kills the lab), SIGKILL to init.
#include "harness/lab/launch.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/lab/file_descriptor.hpp"

namespace smtprig::lab {
namespace {

using std::chrono::milliseconds;

// The body may stop a server in between, which has a deadline of its own.
constexpr milliseconds grace{8'000};
// On a busy machine a namespace takes seconds to die, and whoever kills init leaves its folder
// behind.
constexpr milliseconds kill_grace{30'000};

// Runs in the child of a fork: async-signal-safe calls only. `channel` and `alive` become 3 and 4.
[[noreturn]] void become_init(int channel, int alive, const char* mode) {
  // A session of its own: Ctrl-C at the rig's terminal is the rig's business.
  ::setsid();
  const int safe_channel = ::fcntl(channel, F_DUPFD, 10);
  const int safe_alive = ::fcntl(alive, F_DUPFD, 10);
  const int null = ::open("/dev/null", O_RDONLY);
  if (safe_channel < 0 || safe_alive < 0 || null < 0) ::_exit(71);
  ::dup2(null, 0);
  ::dup2(safe_channel, 3);
  ::dup2(safe_alive, 4);
  ::close_range(5, ~0U, 0);
  const std::array<const char*, 4> argv = {"smtprig", "lab-init", mode, nullptr};
  ::execv("/proc/self/exe", const_cast<char* const*>(argv.data()));
  ::_exit(71);
}

// True: the process ended within `deadline`. It stays to be reaped.
bool ended_within(pid_t pid, milliseconds deadline) {
  const FileDescriptor handle(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!handle.open()) return false;
  const auto end = std::chrono::steady_clock::now() + deadline;
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(end - std::chrono::steady_clock::now());
    pollfd entry{handle.get(), POLLIN, 0};
    const int ready = ::poll(&entry, 1, static_cast<int>(std::max(left.count(), 0L)));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

}  // namespace

std::string describe_status(int status) {
  if (WIFSIGNALED(status)) {
    return fmt::format("signal {} ({})", WTERMSIG(status), ::strsignal(WTERMSIG(status)));
  }
  return fmt::format("exit {}", WEXITSTATUS(status));
}

LabProcess::LabProcess(Mode mode) {
  std::array<int, 2> sockets{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.data()) != 0) {
    throw LabError("create the lab's channel", std::strerror(errno));
  }
  FileDescriptor ours(sockets[0]);
  const FileDescriptor theirs(sockets[1]);
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) {
    throw LabError("create the lab's alive pipe", std::strerror(errno));
  }
  const FileDescriptor watched(pipe[0]);
  FileDescriptor alive(pipe[1]);

  const char* const word = mode == Mode::loopback ? "loopback" : "isolated";
  pid_ = ::fork();
  if (pid_ < 0) throw LabError("start the lab", std::strerror(errno));
  if (pid_ == 0) become_init(theirs.get(), watched.get(), word);
  channel_ = ours.release();
  alive_ = alive.release();
}

LabProcess::LabProcess(LabProcess&& other) noexcept
    : channel_(std::exchange(other.channel_, -1)),
      alive_(std::exchange(other.alive_, -1)),
      pid_(std::exchange(other.pid_, -1)),
      ended_(std::move(other.ended_)) {}

LabProcess::~LabProcess() {
  if (channel_ >= 0) ::close(channel_);
  channel_ = -1;
  end();
}

void LabProcess::kill() {
  if (alive_ >= 0) ::close(alive_);
  alive_ = -1;
}

std::string LabProcess::end() {
  if (pid_ < 0) return ended_;
  if (!ended_within(pid_, grace)) {
    kill();
    if (!ended_within(pid_, kill_grace)) ::kill(pid_, SIGKILL);
  }
  kill();
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  ended_ = describe_status(status);
  return ended_;
}

}  // namespace smtprig::lab
