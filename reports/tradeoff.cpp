// See tradeoff.hpp.
#include "reports/tradeoff.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "reports/run.hpp"
#include "reports/symbol.hpp"

namespace smtprig::reports {
namespace {

using model::Verdict;

void add_exposure(Tradeoff& row, const model::CellResult& result, std::size_t mails) {
  const auto& exposure = result.exposure;
  const auto add = [&](Share& share, std::optional<bool> read) {
    if (read) share.add(!*read, result.scenario, mails);
  };
  add(row.safe_from_listener, model::listener_reads(exposure, &model::Held::content));
  // Of who was not run nothing is known: cells that some of them read would count alone.
  if (!exposure.complete) return;
  add(row.safe_at_first, model::is_read(exposure.content));
  add(row.safe_later, model::is_read(exposure.later_content));
}

}  // namespace

void Share::add(bool holds, const std::string& scenario, std::size_t mails) {
  of += mails;
  if (holds)
    yes += mails;
  else
    against[scenario] += mails;
}

std::vector<Tradeoff> tradeoffs(const std::vector<model::CellResult>& results,
                                std::string_view title) {
  std::map<model::PolicyLabel, Tradeoff> rows;
  for (const auto& result : results) {
    if (result.direction != model::Direction::outbound || column_title(result) != title ||
        result.attacker != model::Attacker::none ||
        result.judgement.verdict == Verdict::unsupported ||
        result.judgement.verdict == Verdict::error)
      continue;
    auto& row = rows[result.label()];
    row.policy = result.label();
    for (const auto& recipient : result.outcome.recipients) {
      const auto one = fate(recipient);
      const bool authenticated = one == Fate::authenticated;
      const bool encrypted = authenticated || one == Fate::encrypted;
      row.authenticated.add(authenticated, result.scenario, 1);
      row.encrypted.add(encrypted, result.scenario, 1);
      row.delivered.add(encrypted || one == Fate::plaintext, result.scenario, 1);
    }
    add_exposure(row, result, result.outcome.recipients.size());
  }
  std::vector<Tradeoff> list;
  for (auto& [policy, row] : rows)
    list.push_back(std::move(row));
  return list;
}

std::vector<std::pair<std::string, std::size_t>> by_topic(
    const std::map<std::string, std::size_t>& scenarios) {
  std::map<std::string, std::size_t> topics;
  for (const auto& [scenario, mails] : scenarios)
    topics[scenario.substr(0, scenario.find('/'))] += mails;
  std::vector<std::pair<std::string, std::size_t>> list(topics.begin(), topics.end());
  std::ranges::stable_sort(list, std::ranges::greater{},
                           [](const auto& each) { return each.second; });
  return list;
}

}  // namespace smtprig::reports
