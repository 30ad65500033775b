// What the user's terminal can show: width, character set, colour. The one place that asks the
// environment for it.
#pragma once

#include <string>
#include <string_view>

#include "harness/cli/options.hpp"
#include "reports/terminal.hpp"

namespace smtprig::cli {

// Columns of the terminal behind a file descriptor, else $COLUMNS, else 80.
std::size_t columns_of(int descriptor);

// A terminal on which a line can be rewritten.
bool is_live(int descriptor);

reports::TerminalStyle output_style(ColourWhen when);

// Text of several lines with the control characters taken out of each; for messages that quote
// files.
std::string readable(std::string_view text);

// Whole, to standard output or error; what cannot be written is lost.
void print(std::string_view text);
void print_error(std::string_view text);

}  // namespace smtprig::cli
