// Makes the namespaces. An ordinary user gets root's powers inside from a user namespace whose ids
// newuidmap(1) and newgidmap(1) map. Where he has no subordinate ids only his own is mapped; real
// servers, which give up root, then need a shim.
#include "harness/lab/namespaces.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/lab/child.hpp"
#include "harness/lab/file_descriptor.hpp"

namespace smtprig::lab {
namespace {

constexpr int world = CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC;

std::string read_text(const char* path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string user_name() {
  const passwd* const entry = ::getpwuid(::getuid());
  return entry ? entry->pw_name : std::to_string(::getuid());
}

// Where this user's subordinate ids begin.
struct Subordinate {
  unsigned first_user = 0;
  unsigned first_group = 0;
};

// Empty: there are not enough, or nothing to map them with.
std::optional<Subordinate> subordinate() {
  const auto start = [](const char* file) {
    return subordinate_ids(read_text(file), user_name(), ::getuid());
  };
  const char* const path = std::getenv("PATH");
  const auto installed = [folders = path ? path : "/usr/bin:/bin"](const char* program) {
    return find_program(program, folders).has_value();
  };
  const auto users = start("/etc/subuid"), groups = start("/etc/subgid");
  if (!users || !groups || !installed("newuidmap") || !installed("newgidmap")) return std::nullopt;
  return Subordinate{*users, *groups};
}

std::vector<std::string> map_command(const char* program, pid_t pid, unsigned own, unsigned start) {
  return {program,
          std::to_string(pid),
          "0",
          std::to_string(own),
          "1",
          std::to_string(server_ids_first),
          std::to_string(start),
          std::to_string(server_ids_count),
          std::to_string(nobody_id),
          std::to_string(start + server_ids_count),
          "1"};
}

int run_and_wait(const std::vector<std::string>& command) {
  std::vector<char*> argv;
  for (const std::string& word : command)
    argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  const pid_t pid = ::fork();
  if (pid < 0) return -1;
  if (pid == 0) {
    ::execvp(argv[0], argv.data());
    ::_exit(127);
  }
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

[[noreturn]] void forbidden(int reason) {
  throw LabError("create a user namespace",
                 fmt::format("{}; the system may forbid it (sysctl user.max_user_namespaces, "
                             "kernel.unprivileged_userns_clone, "
                             "kernel.apparmor_restrict_unprivileged_userns; a chroot does). Run as "
                             "root, or let the container have user namespaces (docs/servers.md)",
                             std::strerror(reason)));
}

// The maps have to be written from outside of the new namespace: a helper is forked before, and
// told by a byte when the namespace is there.
void enter_with_subordinate_ids(const Subordinate& ids) {
  const auto uids = map_command("newuidmap", ::getpid(), ::getuid(), ids.first_user);
  const auto gids = map_command("newgidmap", ::getpid(), ::getgid(), ids.first_group);
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) {
    throw LabError("create a user namespace", std::strerror(errno));
  }
  const FileDescriptor ready(pipe[0]);
  FileDescriptor go(pipe[1]);
  const pid_t helper = ::fork();
  if (helper < 0) throw LabError("create a user namespace", std::strerror(errno));
  if (helper == 0) {
    go.reset();
    char byte = 0;
    if (::read(ready.get(), &byte, 1) != 1) ::_exit(1);
    const int status = run_and_wait(uids);
    ::_exit(status != 0 ? status : run_and_wait(gids));
  }
  const bool made = ::unshare(CLONE_NEWUSER) == 0;
  const int reason = errno;
  if (made && ::write(go.get(), "g", 1) != 1) go.reset();
  go.reset();
  int status = 0;
  while (::waitpid(helper, &status, 0) < 0 && errno == EINTR) {
  }
  if (!made) forbidden(reason);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    throw LabError("map the ids of the user namespace",
                   "newuidmap or newgidmap refused (see above)");
  if (::setgroups(0, nullptr) != 0)
    throw LabError("drop supplementary groups", std::strerror(errno));
}

void write_map(const char* file, const std::string& text) {
  std::ofstream out(file);
  out << text << std::flush;
  if (!out) throw LabError(fmt::format("write {}", file), std::strerror(errno));
}

void enter_with_one_id() {
  const auto user = ::getuid();
  const auto group = ::getgid();
  if (::unshare(CLONE_NEWUSER) != 0) forbidden(errno);
  write_map("/proc/self/setgroups", "deny");
  write_map("/proc/self/uid_map", fmt::format("0 {} 1", user));
  write_map("/proc/self/gid_map", fmt::format("0 {} 1", group));
}

void mount_or_throw(const char* source, const char* target, const char* type, unsigned long flags,
                    const char* options) {
  if (::mount(source, target, type, flags, options) == 0) return;
  throw LabError(fmt::format("mount {} on {}", type ? type : "private", target),
                 std::strerror(errno));
}

// Built at `place` and then moved, since it is made of the host's nodes. The links belong to the
// lab's root: Postfix trusts /dev/stdout only if it is root's.
void replace_dev(const std::filesystem::path& place) {
  namespace fs = std::filesystem;
  mount_or_throw("smtprig", place.c_str(), "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=755");
  for (const char* name : {"null", "zero", "full", "random", "urandom", "tty"}) {
    const fs::path node = place / name, host = fs::path("/dev") / name;
    if (!fs::exists(host)) continue;
    std::ofstream{node};
    if (::mount(host.c_str(), node.c_str(), nullptr, MS_BIND, nullptr) != 0) {
      throw LabError("bind " + host.string(), std::strerror(errno));
    }
  }
  fs::create_symlink("/proc/self/fd", place / "fd");
  fs::create_symlink("/proc/self/fd/0", place / "stdin");
  fs::create_symlink("/proc/self/fd/1", place / "stdout");
  fs::create_symlink("/proc/self/fd/2", place / "stderr");
  fs::create_directory(place / "shm");
  fs::permissions(place / "shm", fs::perms::all | fs::perms::sticky_bit);
  if (::mount(place.c_str(), "/dev", nullptr, MS_MOVE, nullptr) != 0) {
    throw LabError("replace /dev", std::strerror(errno));
  }
}

}  // namespace

std::optional<unsigned> subordinate_ids(std::string_view text, std::string_view user,
                                        unsigned uid) {
  std::istringstream lines{std::string(text)};
  const std::string number = std::to_string(uid);
  for (std::string line; std::getline(lines, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string_view owner = std::string_view(line).substr(0, first);
    if (owner != user && owner != number) continue;
    unsigned start = 0, count = 0;
    const char* const end = line.data() + line.size();
    const auto a = std::from_chars(line.data() + first + 1, line.data() + second, start);
    const auto b = std::from_chars(line.data() + second + 1, end, count);
    if (a.ec != std::errc{} || b.ec != std::errc{} || count < ids_needed) continue;
    return start;
  }
  return std::nullopt;
}

Ids ids_to_come() {
  if (::geteuid() == 0) return ids_here();
  return subordinate() ? Ids::subordinate : Ids::one;
}

// A map line is: first id inside, first id outside, count (user_namespaces(7)).
Ids ids_here() {
  std::istringstream lines(read_text("/proc/self/uid_map"));
  unsigned long first = 0, outside = 0, count = 0;
  lines >> first >> outside >> count;
  if (count > 1) return Ids::all;
  unsigned long another = 0;
  return lines >> another ? Ids::subordinate : Ids::one;
}

void enter_namespaces() {
  // Root makes no user namespace, however many ids he has.
  if (::geteuid() != 0) {
    if (const auto ids = subordinate())
      enter_with_subordinate_ids(*ids);
    else
      enter_with_one_id();
  }
  if (::unshare(world) != 0) {
    throw LabError("create namespaces",
                   fmt::format("{}; inside a container this needs CAP_SYS_ADMIN and a seccomp "
                               "profile that allows unshare and mount",
                               std::strerror(errno)));
  }
}

void prepare_mounts(const std::filesystem::path& scratch) {
  if (::unshare(CLONE_NEWNS) != 0) {
    throw LabError("create a mount namespace", std::strerror(errno));
  }
  mount_or_throw("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
  mount_or_throw("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr);
  try {
    replace_dev(scratch);
  } catch (const std::filesystem::filesystem_error& error) {
    throw LabError("replace /dev", error.what());
  }
  mount_or_throw("smtprig", scratch.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "mode=755");
  if (::sethostname("smtprig", 7) != 0) throw LabError("set the host name", std::strerror(errno));
}

}  // namespace smtprig::lab
