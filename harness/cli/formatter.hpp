// Help texts out of the definition of the command line: what a command is for, how it is called,
// its arguments and options, each with the kind of its value. 80 columns.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

namespace smtprig::cli {

inline constexpr std::size_t help_columns = 80;

class Formatter : public CLI::FormatterBase {
 public:
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode) const override;
};

}  // namespace smtprig::cli
