// Why a command ends early: a text for standard error and the exit status. Thrown by commands and
// what they ask, caught once, in main.
#pragma once

#include <string>

#include "harness/cli/status.hpp"

namespace smtprig::cli {

struct Failure {
  int status = status_usage;
  std::string text;  // one line or more, without a newline at its end
};

}  // namespace smtprig::cli
