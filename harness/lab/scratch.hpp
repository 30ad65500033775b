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

}  // namespace smtprig::lab
