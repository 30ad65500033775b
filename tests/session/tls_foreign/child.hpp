// A foreign program as the peer of a test: started with pipes for its input and output, killed and
// reaped with the object. Also a folder for its files, and a socket. Every wait has a deadline.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace smtprig::test {

using Clock = std::chrono::steady_clock;

// A deadline for what takes milliseconds: generous, as the machine may be busy.
inline Clock::time_point soon() {
  return Clock::now() + std::chrono::seconds(60);
}

// Whether `fd` can be read from (or is at its end) before the deadline.
bool readable(int fd, Clock::time_point deadline);

class Socket {
 public:
  // Owns `fd`; throws std::runtime_error if it is none.
  explicit Socket(int fd);
  ~Socket() { end(); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  int fd() const { return fd_; }
  // Closes now: s_client lingers for half a second if its peer does not.
  void end();

 private:
  int fd_;
};

class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string path(const std::string& name) const { return (path_ / name).string(); }
  // Writes a file and returns its path.
  std::string file(const std::string& name, const std::string& content) const;

 private:
  std::filesystem::path path_;
};

class Child {
 public:
  // Throws std::runtime_error if the program cannot be started. Standard error is discarded.
  explicit Child(const std::vector<std::string>& arguments);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void write(const std::string& text);
  void close_input();
  // Reads on until the output so far contains `text`; false at the end of the output or when it is
  // late.
  bool wait_output(const std::string& text);
  const std::string& output() const { return output_; }
  // Reads to the end of the output and waits. The exit status, -1 if late or killed.
  int wait_exit();

 private:
  pid_t pid_ = -1;
  int input_ = -1;
  int output_fd_ = -1;
  std::string output_;
};

}  // namespace smtprig::test
