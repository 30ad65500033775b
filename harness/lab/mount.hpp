// Mounts of an isolated lab, in its own mount namespace, undone in reverse order when the object
// goes. Only the lab and its children see them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/lab/lab_error.hpp"

namespace smtprig::lab {

// From now on nothing in the lab can change a file of the machine; its own places (scratch, /dev,
// /proc) stay as they are. Holds until the lab ends; made twice, it is made once.
void make_machine_read_only();

class Mounts {
 public:
  Mounts() = default;
  ~Mounts() { undo(); }
  Mounts(const Mounts&) = delete;
  Mounts& operator=(const Mounts&) = delete;

  // Shows `target` with the files of `upper` in front of its own, read-only.
  void overlay(const std::filesystem::path& upper, const std::filesystem::path& target);
  // Shows the file or folder `source` at `target`, which must exist.
  void bind(const std::filesystem::path& source, const std::filesystem::path& target);
  void undo() noexcept;

 private:
  std::vector<std::string> targets_;
};

}  // namespace smtprig::lab
