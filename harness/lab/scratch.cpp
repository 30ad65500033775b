// See scratch.hpp. A directory in use is locked (flock); the kernel lets go when the last process
// that holds it is gone, however it ended.
#include "harness/lab/scratch.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/lab/lab_error.hpp"

namespace smtprig::lab {
namespace {

namespace fs = std::filesystem;

constexpr const char* prefix = "smtprig-lab-";
// Until it is locked, so that nobody takes it for one that was left behind.
constexpr const char* unlocked_prefix = "smtprig-new-";

// Locked, and a directory of this user; else empty.
FileDescriptor lock_own(const fs::path& directory) {
  FileDescriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat status {};
  if (!opened.open() || ::fstat(opened.get(), &status) != 0 || status.st_uid != ::geteuid() ||
      ::flock(opened.get(), LOCK_EX | LOCK_NB) != 0)
    return {};
  return opened;
}

void remove_abandoned(const fs::path& parent) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(parent, error)) {
    if (!entry.path().filename().string().starts_with(prefix)) continue;
    std::error_code ignored;
    if (const auto lock = lock_own(entry.path()); lock.open())
      fs::remove_all(entry.path(), ignored);
  }
}

}  // namespace

Scratch::Scratch(const fs::path& parent) {
  remove_abandoned(parent);
  const std::string tail = "XXXXXX";
  std::string made = (parent / (unlocked_prefix + tail)).string();
  if (!::mkdtemp(made.data())) throw LabError("create " + made, std::strerror(errno));
  ::chmod(made.c_str(), 0755);
  lock_ = lock_own(made);
  path_ = parent / (prefix + made.substr(made.size() - tail.size()));
  if (!lock_.open() || ::rename(made.c_str(), path_.c_str()) != 0) {
    const int reason = errno;
    ::rmdir(made.c_str());
    throw LabError("create " + path_.string(), std::strerror(reason));
  }
}

void Scratch::remove() const {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

fs::path scratch_parent() {
  std::error_code error;
  const fs::path found = fs::temp_directory_path(error);
  if (!error) return found;
  const char* const chosen = std::getenv("TMPDIR");
  throw LabError("create the scratch directory", std::string(chosen ? chosen : "/tmp") + ": " +
                                                     error.message() +
                                                     "; set TMPDIR to a folder that exists");
}

void require_passable(const fs::path& folder) {
  for (fs::path at = fs::canonical(folder);; at = at.parent_path()) {
    if ((fs::status(at).permissions() & fs::perms::others_exec) == fs::perms::none)
      throw LabError("use " + folder.string() + " for scratch files",
                     at.string() +
                         " is closed to other users, and the server under test runs as some of "
                         "them; set TMPDIR to a folder that all may pass through, such as /tmp");
    if (at == at.root_path()) return;
  }
}

}  // namespace smtprig::lab
