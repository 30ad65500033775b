// Why a command ends early: a text for standard error and the exit status (2 usage or an invalid
// file, 3 the rig failed, 4 nothing was selected). Thrown by commands, caught once, in main.
#pragma once

#include <string>

namespace smtprig::cli {

inline constexpr int status_usage = 2;
inline constexpr int status_rig = 3;
inline constexpr int status_nothing = 4;

struct Failure {
  int status = status_usage;
  std::string text;  // one line or more, without a newline at its end
};

}  // namespace smtprig::cli
