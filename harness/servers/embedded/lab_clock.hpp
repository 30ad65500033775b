// The time as the server takes it: that of the machine, and ahead of it by what a file says at that
// moment ("+691200", in seconds, as libfaketime has it). Only decisions over validity ask it: ages
// of policies, dates of certificates, dates in messages. Deadlines go by the machine.
#pragma once

#include <chrono>
#include <filesystem>
#include <utility>

namespace smtprig::embedded {

class LabClock {
 public:
  LabClock() = default;  // the machine's
  explicit LabClock(std::filesystem::path file) : file_(std::move(file)) {}

  // A file that is not there or says something else counts as "+0".
  std::chrono::system_clock::time_point now() const;

 private:
  std::filesystem::path file_;  // empty: none
};

}  // namespace smtprig::embedded
