// Reads /proc of the host; see processes.hpp.
#include "processes.hpp"

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace smtprig::tests {
namespace fs = std::filesystem;
namespace {

std::string link_text(const fs::path& path) {
  std::error_code error;
  return fs::read_symlink(path, error).string();
}

template <typename Visit>
void for_each_process(const Visit& visit) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/proc", error)) {
    const pid_t pid = std::atoi(entry.path().filename().c_str());
    if (pid > 0 && pid != ::getpid()) visit(pid, entry.path());
  }
}

}  // namespace

std::vector<Marked> marked_processes(const std::string& mark) {
  std::vector<Marked> found;
  for_each_process([&](pid_t pid, const fs::path& folder) {
    std::ifstream file(folder / "environ");
    std::ostringstream text;
    text << file.rdbuf();
    if (text.str().find("SMTPRIG_TEST_MARK=" + mark) == std::string::npos) return;
    Marked process;
    process.pid = pid;
    process.network = link_text(folder / "ns/net");
    process.mounts = link_text(folder / "ns/mnt");
    process.handle.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (process.handle.open()) found.push_back(std::move(process));
  });
  return found;
}

bool all_end(const std::vector<Marked>& processes, std::chrono::milliseconds deadline) {
  const auto end = std::chrono::steady_clock::now() + deadline;
  for (const Marked& process : processes) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    pollfd entry{process.handle.get(), POLLIN, 0};
    if (::poll(&entry, 1, static_cast<int>(std::max(left.count(), 0L))) != 1) return false;
  }
  return true;
}

std::set<std::string> namespaces_in_use() {
  std::set<std::string> found;
  for_each_process([&](pid_t, const fs::path& folder) {
    found.insert(link_text(folder / "ns/net"));
    found.insert(link_text(folder / "ns/mnt"));
  });
  return found;
}

std::vector<std::string> leftover_mounts() {
  std::vector<std::string> found;
  std::ifstream file("/proc/self/mountinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.find("smtprig-lab-") != std::string::npos) found.push_back(line);
  }
  return found;
}

Rig::Rig(lab::Mode mode, const std::string& mark) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw lab::LabError("start a rig", "no pipe");
  ::setenv("SMTPRIG_TEST_MARK", mark.c_str(), 1);
  pid_ = ::fork();
  if (pid_ == 0) {
    ::dup2(ends[1], 1);
    const char* const word = mode == lab::Mode::isolated ? "isolated" : "loopback";
    ::execl("/proc/self/exe", "test", "rig", word, nullptr);
    ::_exit(127);
  }
  ::unsetenv("SMTPRIG_TEST_MARK");
  ::close(ends[1]);
  char byte = 0;
  while (::read(ends[0], &byte, 1) == 1 && byte != '\n')
    ready_ += byte;
  ::close(ends[0]);
  scratch_ = ready_.substr(ready_.rfind(' ') + 1);
}

void Rig::kill() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

Rig::~Rig() {
  kill();
}

}  // namespace smtprig::tests
