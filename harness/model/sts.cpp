// See sts.hpp.
#include "harness/model/sts.hpp"

#include <algorithm>

#include "harness/model/cell.hpp"

namespace smtprig::model {
namespace {

std::string below(std::string_view label, std::string_view domain) {
  return domain == "@" ? std::string(label) : std::string(label) + "." + std::string(domain);
}

// The value behind "mx:" with the blanks around it kept.
std::string absolute_line(std::string line, std::string_view domain) {
  constexpr std::string_view key = "mx:", blanks = " \t\r";
  if (!line.starts_with(key)) return line;
  const auto first = line.find_first_not_of(blanks, key.size());
  if (first == line.npos) return line;
  const auto last = line.find_last_not_of(blanks);
  const auto pattern = line.substr(first, last - first + 1);
  return line.substr(0, first) + absolute_pattern(pattern, domain) + line.substr(last + 1);
}

}  // namespace

std::string sts_record_owner(std::string_view domain) {
  return below("_mta-sts", domain);
}

std::string sts_policy_host(std::string_view domain) {
  return below("mta-sts", domain);
}

std::string absolute_pattern(std::string_view pattern, std::string_view domain) {
  if (pattern.ends_with('@'))
    return std::string(pattern.substr(0, pattern.size() - 1)) + std::string(domain);
  return absolute(pattern, domain);
}

fakes::PolicyAnswer absolute_policy(fakes::PolicyAnswer answer, std::string_view domain) {
  for (std::string& pattern : answer.mx)
    pattern = absolute_pattern(pattern, domain);
  if (!answer.body) return answer;
  std::string body;
  std::string_view rest = *answer.body;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    body += absolute_line(std::string(rest.substr(0, end)), domain);
    if (end < rest.size()) body += '\n';
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  answer.body = std::move(body);
  return answer;
}

const StsPublication* sts_at(const Scenario& scenario, std::string_view domain, std::size_t index) {
  const StsPublication* found = nullptr;
  for (const StsPublication& each : scenario.sts) {
    if (each.domain != domain) continue;
    const auto begin = std::ranges::find(scenario.messages, each.from, &Message::id);
    const auto from = each.from.empty() ? 0 : begin - scenario.messages.begin();
    if (static_cast<std::size_t>(from) <= index) found = &each;
  }
  return found;
}

}  // namespace smtprig::model
