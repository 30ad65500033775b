// A child process of the lab (the server under test, its helper commands) or of the rig (apt-get):
// an argument vector, never a shell. Its standard output and error are one pipe, read line by line;
// its end is seen through a pidfd, so no signal handler is involved. It dies with the thread that
// started it, leads a session and process group of its own, and what is left of the group dies with
// it.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "harness/lab/lab_error.hpp"
#include "harness/lab/network.hpp"

namespace smtprig::lab {

// The first executable of that name in folders that are separated by colons, as in PATH.
std::optional<std::string> find_program(std::string_view name, std::string_view among);

struct ChildSettings {
  std::vector<std::string> argv;  // a first word without "/" is looked up in the usual folders
  std::vector<std::string> environment = plain_environment();  // all of it: "NAME=value"
  std::filesystem::path directory;                             // empty: the caller's
  const Network* network = nullptr;     // given: runs in the server's network namespace
  std::string input;                    // standard input
  std::size_t line_bytes_max = 16'384;  // a longer line is cut, and the rest of it dropped

  // PATH, LANG=C and TZ=UTC; nothing of the caller's, except the options of the sanitizers.
  static std::vector<std::string> plain_environment();
};

class Child {
 public:
  using OnLine = std::function<void(const std::string& line)>;
  using OnExit = std::function<void(int status)>;  // as from waitpid; after the last line

  // Throws LabError if the program cannot be executed. Both callbacks may be empty; they run on
  // `io`.
  Child(boost::asio::io_context& io, const ChildSettings& settings, OnLine on_line, OnExit on_exit);
  ~Child();  // kills and reaps; no callback runs afterwards
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const;
  std::optional<int> status() const;  // empty while it runs
  bool running() const { return !status(); }
  void signal(int number);

  // True: it ended within `deadline`.
  boost::asio::awaitable<bool> wait(std::chrono::milliseconds deadline);
  // Sends `number` and waits; SIGKILL past the deadline. True: it went by itself.
  boost::asio::awaitable<bool> stop(int number, std::chrono::milliseconds deadline);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

struct Completed {
  int status = 0;
  bool timed_out = false;  // it was killed
  std::string output;      // the first 256 KiB
  bool succeeded() const { return !timed_out && status == 0; }
};

// Runs a command to its end.
boost::asio::awaitable<Completed> run_child(boost::asio::io_context& io, ChildSettings settings,
                                            std::chrono::milliseconds deadline);
// The same for code without an io_context; blocks. `on_line` may be empty.
Completed run_child_now(const ChildSettings& settings, std::chrono::milliseconds deadline,
                        const Child::OnLine& on_line);

}  // namespace smtprig::lab
