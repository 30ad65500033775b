// See child.hpp.
#include "child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <utility>

extern char** environ;

namespace smtprig::test {

bool readable(int fd, Clock::time_point deadline) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
  pollfd entry{fd, POLLIN, 0};
  return left.count() > 0 && poll(&entry, 1, static_cast<int>(left.count())) == 1;
}

Socket::Socket(int fd) : fd_(fd) {
  if (fd < 0) throw std::runtime_error("no socket");
}

void Socket::end() {
  if (const int fd = std::exchange(fd_, -1); fd >= 0) close(fd);
}

Folder::Folder() {
  std::string name = (std::filesystem::temp_directory_path() / "smtprig-tls-XXXXXX").string();
  if (!mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
  path_ = name;
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string Folder::file(const std::string& name, const std::string& content) const {
  std::ofstream(path(name), std::ios::binary) << content;
  return path(name);
}

Child::Child(const std::vector<std::string>& arguments) {
  int in[2];
  int out[2];
  if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  std::vector<char*> argv;
  for (const std::string& argument : arguments)
    argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  const int error = posix_spawnp(&pid_, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(in[0]);
  close(out[1]);
  input_ = in[1];
  output_fd_ = out[0];
  if (error != 0) {
    close_input();
    close(output_fd_);
    throw std::runtime_error("cannot start " + arguments.front());
  }
}

Child::~Child() {
  close_input();
  close(output_fd_);
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void Child::write(const std::string& text) {
  if (::write(input_, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    throw std::runtime_error("the child takes no input");
  }
}

void Child::close_input() {
  if (const int fd = std::exchange(input_, -1); fd >= 0) close(fd);
}

bool Child::wait_output(const std::string& text) {
  const auto deadline = soon();
  while (output_.find(text) == std::string::npos) {
    char chunk[4096];
    if (!readable(output_fd_, deadline)) return false;
    const ssize_t size = read(output_fd_, chunk, sizeof chunk);
    if (size <= 0) return false;
    output_.append(chunk, static_cast<std::size_t>(size));
  }
  return true;
}

int Child::wait_exit() {
  const auto deadline = soon();
  char chunk[4096];
  for (;;) {
    if (!readable(output_fd_, deadline)) return -1;
    const ssize_t size = read(output_fd_, chunk, sizeof chunk);
    if (size <= 0) break;
    output_.append(chunk, static_cast<std::size_t>(size));
  }
  int status = 0;
  const pid_t ended = waitpid(std::exchange(pid_, -1), &status, 0);
  return ended > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace smtprig::test
