// See tally.hpp.
#include "reports/tally.hpp"

#include "reports/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>

namespace smtprig::reports {

using model::Verdict;

std::size_t VerdictCounts::total() const {
  return std::accumulate(by_verdict.begin(), by_verdict.end(), std::size_t{0});
}

std::size_t VerdictCounts::unexpected() const {
  std::size_t sum = 0;
  for (std::size_t i = 0; i < by_verdict.size(); ++i)
    if (is_unexpected(static_cast<Verdict>(i))) sum += by_verdict[i];
  return sum;
}

std::string VerdictCounts::text() const {
  std::string text = fmt::format("{} pass", (*this)[Verdict::pass]);
  for (std::size_t i = 0; i < by_verdict.size(); ++i)
    if (const auto verdict = static_cast<Verdict>(i); verdict != Verdict::pass && by_verdict[i] > 0)
      text += fmt::format(", {} {}", by_verdict[i], model::name(verdict));
  return text;
}

VerdictCounts count_verdicts(const std::vector<model::CellResult>& results) {
  VerdictCounts counts;
  for (const auto& result : results)
    ++counts.by_verdict[static_cast<std::size_t>(result.judgement.verdict)];
  return counts;
}

std::string_view exit_meaning(int status) {
  switch (status) {
    case 0:
      return "all as expected";
    case 1:
      return "unexpected outcomes";
    case 2:
      return "usage, or an invalid file";
    case 3:
      return "the rig failed";
    case 4:
      return "nothing was selected";
    case 130:
      return "interrupted";
    default:
      return "not a status of this program";
  }
}

std::size_t PolicyCounts::mails() const {
  return std::accumulate(by_fate.begin(), by_fate.end(), std::size_t{0});
}

std::size_t PolicyCounts::delivered() const {
  return (*this)[Fate::plaintext] + (*this)[Fate::encrypted] + (*this)[Fate::authenticated];
}

std::vector<PolicyCounts> count_fates(const std::vector<model::CellResult>& results,
                                      std::string_view title) {
  std::map<model::PolicyLabel, PolicyCounts> counts;
  for (const auto& result : results) {
    if (column_title(result) != title || result.attacker != model::Attacker::none) continue;
    auto& count = counts[result.label()];
    count.policy = result.label();
    if (result.judgement.verdict == Verdict::unsupported ||
        result.judgement.verdict == Verdict::error)
      continue;
    for (const auto& recipient : result.outcome.recipients) {
      const auto one = fate(recipient);
      ++count.by_fate[static_cast<std::size_t>(one)];
      if (one != Fate::plaintext && recipient.weakest == model::Channel::plaintext)
        ++count.clear_attempts;
    }
  }
  std::vector<PolicyCounts> list;
  for (const auto& [policy, count] : counts)
    list.push_back(count);
  return list;
}

unsigned per_cent(std::size_t part, std::size_t whole) {
  if (part == 0 || whole == 0) return 0;
  if (part >= whole) return 100;
  return static_cast<unsigned>(std::clamp<std::size_t>((part * 200 + whole) / (whole * 2), 1, 99));
}

}  // namespace smtprig::reports
