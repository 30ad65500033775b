// What `smtprig completion` prints: a script that hands the words of a command line to `smtprig
// __complete` and its answer to the shell. It knows neither commands nor options.
#pragma once

#include <string_view>

#include "harness/cli/options.hpp"

namespace smtprig::cli {

std::string_view shell_script(Shell shell);

}  // namespace smtprig::cli
