// See child.hpp. Between fork and exec only async-signal-safe calls are made; a failure there comes
// back through a pipe that exec closes.
//
// Order at the end: kill the rest of the group (the pid is still reserved by the zombie), reap,
// read what is left in the pipe, tell. A grandchild that keeps the pipe open cannot hold this up.
#include "harness/lab/child.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "harness/lab/file_descriptor.hpp"

namespace smtprig::lab {
namespace asio = boost::asio;
namespace {

constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable);
constexpr const char* folders = "/usr/sbin:/usr/bin:/sbin:/bin";
constexpr std::size_t output_bytes_max = 262'144;
constexpr std::chrono::milliseconds kill_deadline{5'000};

std::string resolve(const std::string& program) {
  if (program.find('/') != std::string::npos) return program;
  if (auto found = find_program(program, folders)) return *found;
  throw LabError("run " + program, fmt::format("not found in {}", folders));
}

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> list;
  for (const std::string& word : words)
    list.push_back(const_cast<char*>(word.c_str()));
  list.push_back(nullptr);
  return list;
}

struct Failure {
  int step = 0;  // index into `steps`
  int reason = 0;
};
constexpr std::array steps = {"enter the server's network namespace", "enter the directory",
                              "set up standard streams", "execute"};

// All that the child needs, allocated before the fork.
struct Recipe {
  std::string program;
  std::vector<char*> argv, environment;
  const char* directory = nullptr;
  const Network* network = nullptr;
  int input = -1, output = -1, failure = -1;
  pid_t parent = 0;
};

[[noreturn]] void give_up(const Recipe& recipe, int step, int reason) {
  const Failure failure{step, reason};
  const ssize_t written = ::write(recipe.failure, &failure, sizeof failure);
  ::_exit(written == sizeof failure ? 126 : 127);
}

// Runs in the child of a fork.
[[noreturn]] void become(const Recipe& recipe) {
  // A session, not only a group: Postfix insists on leading one.
  ::setsid();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != recipe.parent) ::_exit(127);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (int number = 1; number < NSIG; ++number)
    ::signal(number, SIG_DFL);
  if (recipe.network) {
    if (const int reason = recipe.network->enter_server_namespace()) give_up(recipe, 0, reason);
  }
  if (recipe.directory && ::chdir(recipe.directory) != 0) give_up(recipe, 1, errno);
  if (::dup2(recipe.input, 0) < 0 || ::dup2(recipe.output, 1) < 0 || ::dup2(recipe.output, 2) < 0) {
    give_up(recipe, 2, errno);
  }
  ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  ::execve(recipe.program.c_str(), recipe.argv.data(), recipe.environment.data());
  give_up(recipe, 3, errno);
}

// A descriptor above the standard streams, so that dup2 cannot overwrite one that is still needed.
FileDescriptor above_standard(int number) {
  FileDescriptor low(number);
  if (number < 0) throw LabError("start a child process", std::strerror(errno));
  if (number > 2) return low;
  FileDescriptor high(::fcntl(number, F_DUPFD_CLOEXEC, 3));
  if (!high.open()) throw LabError("start a child process", std::strerror(errno));
  return high;
}

FileDescriptor make_input(const std::string& text) {
  if (text.empty()) return above_standard(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  FileDescriptor file = above_standard(::memfd_create("input", MFD_CLOEXEC));
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t written = ::write(file.get(), text.data() + done, text.size() - done);
    if (written <= 0) throw LabError("write a child's input", std::strerror(errno));
    done += static_cast<std::size_t>(written);
  }
  ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

struct Pipe {
  FileDescriptor read_end, write_end;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw LabError("start a child process", std::strerror(errno));
  }
  Pipe pipe;
  pipe.read_end = above_standard(ends[0]);
  pipe.write_end = above_standard(ends[1]);
  return pipe;
}

struct Started {
  pid_t pid = -1;
  FileDescriptor output;
};

Started start(const ChildSettings& settings) {
  const FileDescriptor input = make_input(settings.input);
  Pipe output = make_pipe();
  Pipe failure = make_pipe();
  Recipe recipe;
  recipe.program = resolve(settings.argv.at(0));
  recipe.argv = pointers(settings.argv);
  recipe.environment = pointers(settings.environment);
  if (!settings.directory.empty()) recipe.directory = settings.directory.c_str();
  recipe.network = settings.network;
  recipe.input = input.get();
  recipe.output = output.write_end.get();
  recipe.failure = failure.write_end.get();
  recipe.parent = ::getpid();

  Started started;
  started.pid = ::fork();
  if (started.pid < 0) throw LabError("run " + recipe.program, std::strerror(errno));
  if (started.pid == 0) become(recipe);
  failure.write_end.reset();
  Failure told;
  if (::read(failure.read_end.get(), &told, sizeof told) == sizeof told) {
    ::waitpid(started.pid, nullptr, 0);
    throw LabError(fmt::format("run {}: {}", recipe.program, steps.at(told.step)),
                   std::strerror(told.reason));
  }
  started.output = std::move(output.read_end);
  return started;
}

}  // namespace

std::optional<std::string> find_program(std::string_view name, std::string_view among) {
  for (std::size_t start = 0; start < among.size();) {
    const std::size_t end = std::min(among.find(':', start), among.size());
    std::string candidate = fmt::format("{}/{}", among.substr(start, end - start), name);
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    start = end + 1;
  }
  return std::nullopt;
}

std::vector<std::string> ChildSettings::plain_environment() {
  std::vector<std::string> list = {std::string("PATH=") + folders, "LANG=C", "TZ=UTC"};
  for (const char* name : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"}) {
    if (const char* value = std::getenv(name)) list.push_back(fmt::format("{}={}", name, value));
  }
  return list;
}

struct Child::Impl : std::enable_shared_from_this<Impl> {
  Impl(asio::io_context& io, std::size_t line_max, OnLine line, OnExit exit)
      : output(io),
        handle(io),
        timer(io),
        line_bytes_max(line_max),
        on_line(std::move(line)),
        on_exit(std::move(exit)) {}

  asio::posix::stream_descriptor output;
  asio::posix::stream_descriptor handle;  // the pidfd
  asio::steady_timer timer;               // of wait()
  std::size_t line_bytes_max;
  OnLine on_line;
  OnExit on_exit;
  pid_t pid = -1;
  std::optional<int> status;
  std::string line;
  bool cut = false;  // the rest of this line is dropped

  void watch_output();
  void watch_exit();
  bool read_available(std::size_t chunks_max);
  void take(std::string_view bytes);
  void end_line();
  bool has_ended() const;
  void reap();
};

void Child::Impl::end_line() {
  const std::string whole = std::exchange(line, {});
  cut = false;
  if (const OnLine callback = on_line) callback(whole);
}

void Child::Impl::take(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t end = std::min(bytes.find('\n'), bytes.size());
    if (!cut) line.append(bytes.substr(0, std::min(end, line_bytes_max - line.size())));
    cut = line.size() >= line_bytes_max;
    if (end == bytes.size()) return;
    bytes.remove_prefix(end + 1);
    end_line();
  }
}

// False: the pipe has ended.
bool Child::Impl::read_available(std::size_t chunks_max) {
  std::array<char, 16'384> buffer;
  for (std::size_t chunk = 0; chunk < chunks_max && output.is_open(); ++chunk) {
    const ssize_t got = ::read(output.native_handle(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno == EAGAIN;
    if (got == 0) return false;
    take({buffer.data(), static_cast<std::size_t>(got)});
  }
  return true;
}

void Child::Impl::watch_output() {
  output.async_wait(asio::posix::descriptor_base::wait_read,
                    [self = shared_from_this()](boost::system::error_code error) {
                      if (error || !self->output.is_open()) return;
                      if (self->read_available(16)) {
                        self->watch_output();
                      } else {
                        self->output.close();
                      }
                    });
}

bool Child::Impl::has_ended() const {
  siginfo_t end{};
  return ::waitid(P_PID, static_cast<id_t>(pid), &end, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         end.si_pid == pid;
}

void Child::Impl::reap() {
  ::kill(-pid, SIGKILL);
  int code = 0;
  while (::waitpid(pid, &code, 0) < 0 && errno == EINTR) {
  }
  status = code;
}

void Child::Impl::watch_exit() {
  handle.async_wait(asio::posix::descriptor_base::wait_read,
                    [self = shared_from_this()](boost::system::error_code error) {
                      if (error || self->status) return;
                      // Asio may hand on an event of a descriptor that was closed before.
                      if (!self->has_ended()) return self->watch_exit();
                      self->reap();
                      self->read_available(1'024);
                      if (!self->line.empty()) self->end_line();
                      if (self->output.is_open()) self->output.close();
                      self->handle.close();
                      self->timer.cancel();
                      if (const OnExit callback = self->on_exit) callback(*self->status);
                    });
}

Child::Child(asio::io_context& io, const ChildSettings& settings, OnLine on_line, OnExit on_exit)
    : impl_(std::make_shared<Impl>(io, settings.line_bytes_max, std::move(on_line),
                                   std::move(on_exit))) {
  Started started = start(settings);
  impl_->pid = started.pid;
  const int handle = static_cast<int>(::syscall(SYS_pidfd_open, started.pid, 0));
  if (handle < 0) {
    const int reason = errno;
    impl_->reap();
    throw LabError("watch a child process", std::strerror(reason));
  }
  ::fcntl(started.output.get(), F_SETFL, O_NONBLOCK);
  impl_->output.assign(started.output.release());
  impl_->handle.assign(handle);
  impl_->watch_output();
  impl_->watch_exit();
}

Child::~Child() {
  impl_->on_line = nullptr;
  impl_->on_exit = nullptr;
  boost::system::error_code ignored;
  impl_->output.close(ignored);
  impl_->handle.close(ignored);
  impl_->timer.cancel();
  if (!impl_->status) {
    ::kill(impl_->pid, SIGKILL);
    impl_->reap();
  }
}

pid_t Child::pid() const {
  return impl_->pid;
}

std::optional<int> Child::status() const {
  return impl_->status;
}

void Child::signal(int number) {
  if (!impl_->status) ::kill(impl_->pid, number);
}

asio::awaitable<bool> Child::wait(std::chrono::milliseconds deadline) {
  const std::shared_ptr<Impl> impl = impl_;
  if (!impl->status) {
    impl->timer.expires_after(deadline);
    co_await impl->timer.async_wait(use_tuple);
  }
  co_return impl->status.has_value();
}

asio::awaitable<bool> Child::stop(int number, std::chrono::milliseconds deadline) {
  const std::shared_ptr<Impl> impl = impl_;
  signal(number);
  if (co_await wait(deadline)) co_return true;
  if (!impl->status) ::kill(-impl->pid, SIGKILL);
  co_await wait(kill_deadline);
  co_return false;
}

asio::awaitable<Completed> run_child(asio::io_context& io, ChildSettings settings,
                                     std::chrono::milliseconds deadline) {
  Completed completed;
  const auto keep = [&completed](const std::string& line) {
    if (completed.output.size() + line.size() < output_bytes_max) completed.output += line + '\n';
  };
  Child child(io, settings, keep, nullptr);
  completed.timed_out = !co_await child.wait(deadline);
  if (completed.timed_out) co_await child.stop(SIGKILL, kill_deadline);
  completed.status = child.status().value_or(SIGKILL);
  co_return completed;
}

Completed run_child_now(const ChildSettings& settings, std::chrono::milliseconds deadline,
                        const Child::OnLine& on_line) {
  asio::io_context io(1);
  Completed completed;
  asio::steady_timer timer(io, deadline);
  const auto keep = [&](const std::string& line) {
    if (completed.output.size() + line.size() < output_bytes_max) completed.output += line + '\n';
    if (on_line) on_line(line);
  };
  const auto ended = [&](int status) {
    completed.status = status;
    timer.cancel();
  };
  Child child(io, settings, keep, ended);
  timer.async_wait([&](boost::system::error_code error) {
    if (error) return;
    completed.timed_out = true;
    child.signal(SIGKILL);
  });
  io.run();
  return completed;
}

}  // namespace smtprig::lab
