// Overlays have lower layers only, so nothing can be written through them to the system below.
#include "harness/lab/mount.hpp"

#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <sys/mount.h>

namespace smtprig::lab {
namespace {

// overlayfs splits its options at these; a path that holds one could name another folder.
bool holds_no_separator(const std::string& path) {
  return path.find_first_of(":,\\") == std::string::npos;
}

}  // namespace

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
