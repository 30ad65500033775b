// The verdict: outcome against ruling. What speaks first: a rig that failed; a server that fell;
// what is not permitted, known or not; a fault that was planned and did not act.
#include "harness/judge/judge.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "harness/judge/deviations.hpp"
#include "harness/judge/reached.hpp"

namespace smtprig::judge {
namespace {

using model::Channel;
using model::Delivery;
using model::Permitted;
using model::RecipientOutcome;
using model::Verdict;

bool satisfies(const RecipientOutcome& actual, const Permitted& permitted) {
  if (!permitted.recipient.empty() && permitted.recipient != actual.recipient) return false;
  if (!permitted.message.empty() && permitted.message != actual.message) return false;
  // A server may find out before it takes a message that it has to refuse it.
  const bool refused =
      permitted.delivery == Delivery::bounced && actual.delivery == Delivery::rejected;
  if (refused) return true;
  if (permitted.delivery != actual.delivery) return false;
  if (permitted.delivery != Delivery::delivered) return true;
  const bool channel =
      permitted.channel == actual.channel ||
      (permitted.channel == Channel::encrypted && actual.channel == Channel::authenticated);
  return channel && (permitted.via.empty() || permitted.via == actual.via);
}

bool is_permitted(const RecipientOutcome& actual, const model::Ruling& ruling) {
  return std::ranges::any_of(ruling.permitted,
                             [&](const Permitted& each) { return satisfies(actual, each); });
}

template <typename List, typename ToText>
std::string joined(const List& list, std::string_view separator, ToText to_text) {
  std::string result;
  for (const auto& each : list) {
    if (!result.empty()) result += separator;
    result += to_text(each);
  }
  return result;
}

std::string actual_text(const model::Cell& cell, const model::Outcome& outcome) {
  const bool several = outcome.recipients.size() > 1;
  const bool messages = cell.scenario->messages.size() > 1;
  return joined(outcome.recipients, "; ", [&](const RecipientOutcome& each) {
    std::string who = messages ? each.message + " " + each.recipient + " " : each.recipient + " ";
    std::string result = (several ? who : std::string()) + text(each);
    if (!each.status.empty()) result += " " + each.status;
    return result;
  });
}

// What is wrong with an outcome, and how much of that the known deviations explain.
struct Findings {
  std::vector<const RecipientOutcome*> recipients;  // not permitted
  std::vector<const model::Violation*> violations;  // "advice/..." left out

  bool empty() const { return recipients.empty() && violations.empty(); }
};

Findings findings_of(const model::Outcome& outcome, const model::Ruling& ruling) {
  Findings findings;
  for (const RecipientOutcome& each : outcome.recipients)
    if (!is_permitted(each, ruling)) findings.recipients.push_back(&each);
  for (const model::Violation& each : outcome.conduct)
    if (!each.rule.starts_with("advice/")) findings.violations.push_back(&each);
  return findings;
}

using Entries = std::vector<const model::KnownDeviation*>;

// Everything that is wrong is described by some entry, and every entry that must hold describes
// something.
bool explained(const Findings& findings, const Entries& entries, const model::Outcome& outcome) {
  const auto by_entries = [&](const auto* finding) {
    return std::ranges::any_of(entries,
                               [&](const auto* entry) { return describes(*entry, *finding); });
  };
  const auto holds = [&](const model::KnownDeviation* entry) {
    const bool names_recipient = entry->delivery || entry->channel || !entry->status.empty();
    const bool recipient = std::ranges::any_of(
        outcome.recipients, [&](const auto& each) { return describes(*entry, each); });
    const bool violation =
        entry->violation.empty() || std::ranges::any_of(findings.violations, [&](const auto* each) {
          return describes(*entry, *each);
        });
    return !entry->must_hold || (violation && (!names_recipient || recipient));
  };
  return !entries.empty() && std::ranges::all_of(findings.recipients, by_entries) &&
         std::ranges::all_of(findings.violations, by_entries) &&
         std::ranges::all_of(entries, holds);
}

std::string reason_of(const Findings& findings, const model::Outcome& outcome,
                      const model::Ruling& ruling) {
  std::vector<std::string> reasons;
  for (const RecipientOutcome* each : findings.recipients) {
    std::string reason = fmt::format("{} is {}", each->recipient, text(*each));
    const Permitted wanted{.delivery = Delivery::delivered, .channel = Channel::authenticated};
    const bool unproven =
        each->channel == Channel::encrypted &&
        std::ranges::any_of(ruling.permitted, [&](const Permitted& permitted) {
          return permitted.channel == wanted.channel && permitted.delivery == wanted.delivery;
        });
    if (unproven) reason += ", and nothing shows that the server authenticated its peer";
    if (each->cause != model::Cause::none) reason += fmt::format(" ({})", name(each->cause));
    reasons.push_back(std::move(reason));
  }
  for (const model::Violation* each : findings.violations)
    reasons.push_back(fmt::format("{} ({}): {}", each->rule, each->clause, each->detail));
  if (!findings.recipients.empty()) std::ranges::copy(ruling.notes, std::back_inserter(reasons));
  if (outcome.server != model::ServerHealth::alive)
    reasons.insert(reasons.begin(), fmt::format("the server {}", name(outcome.server)));
  return joined(reasons, "; ", [](const std::string& each) { return each; });
}

std::string known_text(const Entries& entries) {
  return joined(entries, "; ", [](const model::KnownDeviation* entry) {
    return entry->link.empty() ? entry->reason : entry->reason + " (" + entry->link + ")";
  });
}

// Verdict and reason of an outcome that the rig observed completely, of a server that is alive.
void weigh(model::Judgement& judgement, const Findings& findings, const Entries& entries,
           const model::Outcome& outcome, const model::Ruling& ruling, const Faults& faults) {
  if (!findings.empty()) {
    const bool known = explained(findings, entries, outcome);
    judgement.verdict = known ? Verdict::known : Verdict::fail;
    judgement.reason = known ? known_text(entries) : reason_of(findings, outcome, ruling);
  } else if (std::ranges::any_of(entries, &model::KnownDeviation::must_hold)) {
    judgement.verdict = Verdict::unexpected_pass;
    judgement.reason = "a known deviation no longer holds: " + known_text(entries);
  } else if (faults.planned && !faults.fired) {
    judgement.verdict = Verdict::not_reached;
    judgement.reason = "what the policy asks for never led to the planned fault";
  } else {
    judgement.verdict = Verdict::pass;
    judgement.reason = joined(outcome.conduct, "; ", [](const model::Violation& each) {
      return fmt::format("{} ({}): {}", each.rule, each.clause, each.detail);
    });
  }
}

}  // namespace

std::vector<model::KnownDeviation> deviations_of(const model::Outcome& outcome,
                                                 const model::Ruling& ruling) {
  std::vector<model::KnownDeviation> entries;
  if (outcome.server != model::ServerHealth::alive) return entries;
  const Findings findings = findings_of(outcome, ruling);
  for (const RecipientOutcome* each : findings.recipients) {
    const auto is_there = [each](const auto& entry) { return describes(entry, *each); };
    if (std::ranges::any_of(entries, is_there)) continue;
    model::KnownDeviation entry{.delivery = each->delivery, .status = each->status};
    if (each->channel != Channel::none) entry.channel = each->channel;
    entries.push_back(std::move(entry));
  }
  for (const model::Violation* each : findings.violations) {
    const auto is_there = [each](const auto& entry) { return describes(entry, *each); };
    if (std::ranges::none_of(entries, is_there)) entries.push_back({.violation = each->rule});
  }
  return entries;
}

model::Judgement judge(const model::Cell& cell, const Classified& classified,
                       const model::Ruling& ruling, const std::vector<model::KnownDeviation>& known,
                       const std::vector<fakes::Event>& journal) {
  const model::Outcome& outcome = classified.outcome;
  model::Judgement judgement;
  judgement.requirement = fmt::format("{} under {}: {} ({})", ruling.row, name(cell.label()),
                                      ruling.clause, name(ruling.force));
  judgement.permitted = text(ruling.permitted);
  judgement.actual = actual_text(cell, outcome);
  judgement.evidence = classified.evidence;
  const Findings findings = findings_of(outcome, ruling);
  const Faults faults = faults_of(*cell.scenario, journal);
  if (outcome.server != model::ServerHealth::alive) {
    judgement.verdict = Verdict::fail;
    judgement.reason = reason_of(findings, outcome, ruling);
  } else if (!classified.incomplete.empty()) {
    judgement.verdict = Verdict::error;
    judgement.reason = "the cell is not complete: " + classified.incomplete;
  } else if (!faults.missed.empty()) {
    judgement.verdict = Verdict::error;
    judgement.reason = "a planned fault did not act: " + faults.missed;
  } else {
    weigh(judgement, findings, entries_for(cell, known), outcome, ruling, faults);
  }
  return judgement;
}

}  // namespace smtprig::judge
