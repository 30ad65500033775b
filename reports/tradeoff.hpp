// What each policy costs in mail that does not arrive, and what it protects from whom: counts over
// the results of one column of reports; pure. Exposure comes from cells that were attacked.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harness/model/result.hpp"

namespace smtprig::reports {

// A share of mails, and who makes it less than all: scenarios with the number of their mails.
struct Share {
  std::size_t of = 0;  // mails of which it is known
  std::size_t yes = 0;
  std::map<std::string, std::size_t> against;

  void add(bool holds, const std::string& scenario, std::size_t mails);
};

struct Tradeoff {
  model::PolicyLabel policy;
  Share delivered;
  Share encrypted;  // those that are authenticated too
  Share authenticated;
  Share safe_from_listener;  // its content; what does not leave the server is safe
  Share safe_at_first;       // from every attacker, with nothing known of the domain before
  Share safe_later;          // likewise, behind mail that got through
};

// One entry per policy of outbound cells that occurs under that title (column_title()), in the
// order of PolicyLabel. Cells that say nothing about the server are left out.
std::vector<Tradeoff> tradeoffs(const std::vector<model::CellResult>& results,
                                std::string_view title);

// Scenarios by what stands before their first "/", those with most mails first: "tls", 22.
std::vector<std::pair<std::string, std::size_t>> by_topic(
    const std::map<std::string, std::size_t>& scenarios);

}  // namespace smtprig::reports
