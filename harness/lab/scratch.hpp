// The scratch directory of a lab: made by its init, removed by it, and, where an init was killed,
// by the next one.
#pragma once

#include <filesystem>

#include "harness/lab/file_descriptor.hpp"

namespace smtprig::lab {

class Scratch {
 public:
  // Removes what dead labs of this user left below `parent`, then makes a directory there, readable
  // for all. It counts as in use for as long as this process, or one that it forked, lives. Throws
  // LabError.
  explicit Scratch(const std::filesystem::path& parent);

  const std::filesystem::path& path() const { return path_; }
  void remove() const;

 private:
  std::filesystem::path path_;
  FileDescriptor lock_;
};

// Where scratch directories are made: TMPDIR, or the system's choice. Throws LabError, with the
// setting at fault.
std::filesystem::path scratch_parent();
// Throws LabError, with the folder at fault, where other users may not pass through `folder` or one
// above it: servers run as such, and could not reach what lies there.
void require_passable(const std::filesystem::path& folder);

}  // namespace smtprig::lab
