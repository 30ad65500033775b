// Overlays have lower layers only, so nothing can be written through them to the system below.
#include "harness/lab/mount.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness/lab/launch.hpp"

namespace smtprig::lab {
namespace {

// overlayfs splits its options at these; a path that holds one could name another folder.
bool holds_no_separator(const std::string& path) {
  return path.find_first_of(":,\\") == std::string::npos;
}

// Of a whole tree of mounts. The system call, since C libraries before glibc 2.36 lack it.
void set_read_only(const char* path, bool read_only) {
  mount_attr attributes{};
  (read_only ? attributes.attr_set : attributes.attr_clr) = MOUNT_ATTR_RDONLY;
  if (::syscall(SYS_mount_setattr, AT_FDCWD, path, AT_RECURSIVE, &attributes, sizeof attributes) !=
      0)
    throw LabError(fmt::format("make {} {}", path, read_only ? "read-only" : "writable"),
                   std::strerror(errno));
}

}  // namespace

void make_machine_read_only() {
  set_read_only("/", true);
  for (const std::string& own :
       {scratch_directory().string(), std::string("/dev"), std::string("/proc")})
    set_read_only(own.c_str(), false);
}

void Mounts::overlay(const std::filesystem::path& upper, const std::filesystem::path& target) {
  if (!holds_no_separator(upper.string()) || !holds_no_separator(target.string())) {
    throw LabError(fmt::format("overlay {} on {}", upper.string(), target.string()),
                   "a path with ':', ',' or '\\' cannot be overlaid");
  }
  const std::string options = fmt::format("lowerdir={}:{}", upper.string(), target.string());
  if (::mount("overlay", target.c_str(), "overlay", MS_RDONLY, options.c_str()) != 0) {
    throw LabError(fmt::format("overlay {} on {}", upper.string(), target.string()),
                   std::strerror(errno));
  }
  targets_.push_back(target);
}

void Mounts::bind(const std::filesystem::path& source, const std::filesystem::path& target) {
  if (::mount(source.c_str(), target.c_str(), nullptr, MS_BIND, nullptr) != 0) {
    throw LabError(fmt::format("bind {} to {}", source.string(), target.string()),
                   std::strerror(errno));
  }
  targets_.push_back(target);
}

void Mounts::undo() noexcept {
  // Lazily: a process that is about to die may still have a file open.
  for (; !targets_.empty(); targets_.pop_back())
    ::umount2(targets_.back().c_str(), MNT_DETACH);
}

}  // namespace smtprig::lab
