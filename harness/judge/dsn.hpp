// Delivery status notifications (RFC 3464) that came to the sink, read just far enough: whom they
// speak of and whether for good. A report without the fields of a message/delivery-status part
// tells nothing.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "fakes/journal.hpp"

namespace smtprig::judge {

struct Report {
  std::string recipient;  // address
  std::string action;     // lower case: "failed", "delayed"
  std::string status;     // "5.1.1"
  std::size_t event = 0;
};

// The per-recipient groups of one report.
std::vector<Report> parse_report(std::string_view content);

// All reports at the sink about the message with that token.
std::vector<Report> reports_of(const std::vector<fakes::Event>& journal, std::string_view token);

}  // namespace smtprig::judge
