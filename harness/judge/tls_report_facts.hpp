// What a report of TLS sessions may say of a cell (RFC 8460 4): read off the scenario and off the
// connections that the receivers saw. Pure.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "harness/judge/scenes.hpp"
#include "harness/model/cell.hpp"

namespace smtprig::judge {

using ResultTypes = std::set<std::string_view>;  // "certificate-expired"

struct Count {
  std::uint64_t least = 0;
  std::uint64_t most = 0;
};

struct ReportFacts {
  Truth wanted = Truth::no;  // the record leads to the collector (RFC 8460 3)
  Truth taken = Truth::no;   // the collector can be reached, and takes what comes
  bool counted = false;      // the level is one of which the rest is known
  std::set<std::string_view> policy_types;
  Count successes;
  Count failures;
  ResultTypes result_types;                         // that may occur
  std::vector<ResultTypes> expected;                // of each of these one does
  std::set<std::string> hosts;                      // names of MX hosts, in upper case
  std::set<std::string> addresses;                  // to which connections came
  std::set<std::vector<std::string>> sts_policies;  // that were served: their lines, without blanks
};

ReportFacts report_facts(const model::Cell& cell, const DomainScene& scene);

std::string without_any_blanks(std::string_view text);

// Whether records with these texts make a sender report to `uri` (RFC 8460 3).
Truth leads_to(const std::vector<std::string>& records, std::string_view uri);

}  // namespace smtprig::judge
