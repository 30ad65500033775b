// The exit status: what each number means, in the one place that help, README and program share.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace smtprig::cli {

inline constexpr int status_usage = 2;
inline constexpr int status_rig = 3;
inline constexpr int status_nothing = 4;

struct ExitStatus {
  int number;
  std::string_view meaning;
  std::string_view commands;  // that end with it
};

inline constexpr std::array<ExitStatus, 6> exit_statuses{{
    {0, "all as expected", "all"},
    {1, "unexpected outcomes", "run"},
    {status_usage, "usage, or an invalid file", "all"},
    {status_rig, "the rig failed; wins over 1, because then nothing is known about the server",
     "all"},
    {status_nothing, "nothing was selected", "run, list, explain, accept"},
    {130, "interrupted; what was finished is reported", "run"},
}};

// As a page for the terminal.
std::string exit_status_text();

}  // namespace smtprig::cli
