// See status.hpp.
#include "harness/cli/status.hpp"

#include "harness/cli/formatter.hpp"
#include "reports/text.hpp"

#include <fmt/format.h>

namespace smtprig::cli {

std::string exit_status_text() {
  constexpr std::size_t indent = 8;
  std::string text = "What the exit status means.\n\n";
  for (const auto& status : exit_statuses) {
    auto meaning = std::string(status.meaning);
    if (status.commands != "all") meaning += fmt::format(" ({})", status.commands);
    text += fmt::format("  {:<6}{}\n", status.number,
                        reports::wrapped(meaning, help_columns, indent, indent));
  }
  return text +
         "\nOnly 1 speaks of the server under test; behind 2, 3 and 4 its part in it is not\n"
         "known. A job of CI is red for all of them, each for a reason of its own.\n";
}

}  // namespace smtprig::cli
