// The report for people: the matrix scenario x policy in symbols, what each policy does in counts
// and per cent, each unexpected cell with its reasons, one line that sums up.
#pragma once

#include <string>

#include "reports/run.hpp"
#include "reports/text.hpp"

namespace smtprig::reports {

struct TerminalStyle {
  bool colour = false;
  Charset charset = Charset::utf8;
  std::size_t columns = 80;  // at least 40
};

// The whole report, ending in a newline. Never holds a control character but newline, and, with
// `colour`, the SGR sequences that it writes itself.
std::string terminal(const Run& run, const TerminalStyle& style);

}  // namespace smtprig::reports
