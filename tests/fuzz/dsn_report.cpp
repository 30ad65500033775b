// Delivery status notifications, written by the server under test. Checked: a report names a
// recipient and an action, each from one line of the text.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "harness/judge/dsn.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view content(reinterpret_cast<const char*>(data), size);
  for (const auto& report : smtprig::judge::parse_report(content)) {
    if (report.recipient.empty() || report.action.empty()) std::abort();
    if (report.recipient.find('\n') != report.recipient.npos) std::abort();
    if (report.status.find_first_of(" \t\n(") != report.status.npos) std::abort();
  }
  return 0;
}
