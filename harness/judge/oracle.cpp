// The walk of a conforming sender over hosts and attempts, and the union of all such walks.
#include "harness/judge/oracle.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string_view>
#include <tuple>
#include <utility>

#include "harness/judge/expectations.hpp"
#include "harness/judge/inbound.hpp"
#include "harness/judge/judge.hpp"
#include "harness/model/attack.hpp"

namespace smtprig::judge {
namespace {

using model::Channel;
using model::Delivery;
using model::Permitted;
using model::Policy;

// The attempt behind which nothing new can happen.
std::uint32_t horizon(const Facts& facts) {
  std::uint32_t last = std::max(attempts_least, std::min(facts.failing_lookups, attempts_most) + 1);
  const auto reach = [&last](const fakes::Ordinals& connection) {
    if (connection.last < attempts_most) last = std::max(last, connection.last + 1);
    if (connection.first > 1 && connection.first <= attempts_most)
      last = std::max(last, connection.first);
  };
  for (const HostFacts& host : facts.hosts) {
    for (const fakes::Rule& rule : host.receiver.rules)
      reach(rule.when.connection);
    for (const ShownFacts& each : host.chosen)
      reach(each.connection);
  }
  return std::min(last, attempts_most);
}

bool is_over(const State& state) {
  return std::ranges::find(state.decided, false) == state.decided.end();
}

std::set<State> first_states(const Facts& facts, const model::Message& message) {
  std::set<State> states;
  // Which connection is a message's first, where several go to the same host?
  for (std::uint32_t before = 0; before < facts.messages.size() + facts.elsewhere; ++before) {
    State state{.decided = std::vector<bool>(message.recipients.size(), false)};
    for (const HostFacts& host : facts.hosts)
      state.memory[host.name].connections = before;
    states.insert(std::move(state));
  }
  return states;
}

// All conforming ways of a message, attempt by attempt.
void walk(const Facts& facts, Policy policy, std::size_t index, Trace& trace, Fates& fates) {
  const model::Message& message = facts.messages[index];
  const std::set<State> first = first_states(facts, message);
  std::set<State> now = first;
  const std::uint32_t last = horizon(facts);
  for (std::uint32_t n = 1; n <= last; ++n) {
    std::set<State> next;
    for (const State& state : now) {
      Choices choices;
      do {
        State after = attempt(facts, policy, index, state, choices, trace, fates);
        if (!is_over(after)) next.insert(std::move(after));
      } while (choices.next());
    }
    now = std::move(next);
    // All attempts so far may have failed at a lookup.
    if (n <= facts.failing_lookups) now.insert(first.begin(), first.end());
    if (n < attempts_least) continue;
    for (const State& state : now)
      for (std::size_t i = 0; i < state.decided.size(); ++i)
        if (!state.decided[i])
          fates.insert({.delivery = Delivery::deferred, .recipient = message.recipients[i]});
  }
  if (facts.failing_lookups > 0) trace.note(rows::lookup_recovers);
  if (facts.failing_for_good)
    for (const std::string& recipient : message.recipients)
      fates.insert({.delivery = Delivery::bounced, .recipient = recipient});
}

// Where all recipients share one set, it is said once and of nobody in particular.
std::vector<Permitted> folded(const Fates& fates) {
  if (fates.empty()) return {};
  std::map<std::string, std::vector<Permitted>> by_recipient;
  for (Permitted fate : fates) {
    const std::string recipient = std::exchange(fate.recipient, {});
    by_recipient[recipient].push_back(std::move(fate));
  }
  const auto& shared = by_recipient.begin()->second;
  const bool same =
      std::ranges::all_of(by_recipient, [&](const auto& each) { return each.second == shared; });
  if (same) return shared;
  return {fates.begin(), fates.end()};
}

void add_text(std::string& text, std::string_view more) {
  if (!text.empty()) text += "; ";
  text += more;
}

// A row may name several clauses, "a; b"; each is said once.
void add_clauses(std::string& text, std::string_view clauses, std::set<std::string_view>& said) {
  while (!clauses.empty()) {
    const auto end = clauses.find("; ");
    const std::string_view clause = clauses.substr(0, end);
    if (said.insert(clause).second) add_text(text, clause);
    clauses.remove_prefix(end == clauses.npos ? clauses.size() : end + 2);
  }
}

void explain(model::Ruling& ruling, const Trace& trace, Policy policy) {
  std::vector<const Row*> rows = trace.rows();
  // That all is well, or that TLS is never used, decides only where nothing else does.
  const auto is_plain_sailing = [](const Row* row) {
    return row == &rows::good || row == &rows::clear_by_policy;
  };
  if (!std::ranges::all_of(rows, is_plain_sailing)) std::erase_if(rows, is_plain_sailing);
  tell_rows(ruling, rows);
  bool about_tls = false;
  const bool all_delivered = std::ranges::all_of(
      ruling.permitted, [](const Permitted& each) { return each.delivery == Delivery::delivered; });
  for (const Row* row : rows) {
    about_tls = about_tls || row->id.starts_with("2.");
    for (const model::Cause cause : row->causes)
      if (!all_delivered && cause != model::Cause::none &&
          !std::ranges::count(ruling.causes, cause))
        ruling.causes.push_back(cause);
  }
  const auto permits = [&](Delivery delivery) {
    return std::ranges::count(ruling.permitted, delivery, &Permitted::delivery) != 0;
  };
  const bool local = policy >= Policy::encrypt && policy <= Policy::secure;
  if (about_tls && local && permits(Delivery::deferred) && !permits(Delivery::bounced))
    ruling.notes.emplace_back(
        "a bounce in place of the deferral breaks no RFC (RFC 3207 4 and 6 list giving up) but the "
        "meaning of the policy; after a 4yz reply it breaks a SHOULD (RFC 5321 4.2.1)");
}

// `others`: the facts of messages by index, where they are not these.
void walk_all(const Facts& facts, const std::map<std::size_t, Facts>& others, Policy policy,
              Trace& trace, Fates& fates) {
  if (policy > Policy::dane_mta_sts)
    throw std::logic_error(std::string(name(policy)) + " is no policy for mail that goes out");
  // Messages that follow one another may meet different things: then each has fates of its own.
  std::vector<Fates> by_message(facts.messages.size());
  for (std::size_t i = 0; i < by_message.size(); ++i) {
    const auto other = others.find(i);
    walk(other == others.end() ? facts : other->second, policy, i, trace, by_message[i]);
  }
  const bool apart =
      std::ranges::any_of(facts.messages, &model::Message::later) &&
      std::ranges::adjacent_find(by_message, std::ranges::not_equal_to{}) != by_message.end();
  for (std::size_t i = 0; i < by_message.size(); ++i)
    for (Permitted fate : by_message[i]) {
      if (apart) fate.message = facts.messages[i].id;
      fates.insert(std::move(fate));
    }
}

model::Ruling told(const Fates& fates, const Trace& trace, Policy policy) {
  model::Ruling ruling;
  ruling.permitted = folded(fates);
  explain(ruling, trace, policy);
  return ruling;
}

// Whether a peer was authenticated is shown by impostors, and there are none of an attacked cell.
void leave_proof_open(model::Ruling& ruling) {
  std::vector<Permitted> open;
  for (Permitted each : ruling.permitted) {
    if (each.channel == Channel::authenticated) each.channel = Channel::encrypted;
    if (!std::ranges::count(open, each)) open.push_back(std::move(each));
  }
  ruling.permitted = std::move(open);
}

}  // namespace

void Trace::note(const Row& row) {
  if (!std::ranges::count(rows_, &row)) rows_.push_back(&row);
}

void tell_rows(model::Ruling& ruling, const std::vector<const Row*>& rows) {
  ruling.force = model::Force::meaning;
  std::set<std::string_view> clauses;
  for (const Row* row : rows) {
    add_text(ruling.row, std::string(row->id) + " " + std::string(row->title));
    add_clauses(ruling.clause, row->clause, clauses);
    ruling.force = std::min(ruling.force, row->force);
    if (!row->note.empty()) ruling.notes.emplace_back(row->note);
  }
}

model::Ruling ruling_of(const Facts& facts, Policy policy) {
  Trace trace;
  Fates fates;
  walk_all(facts, {}, policy, trace, fates);
  return told(fates, trace, policy);
}

model::Ruling ruling_of(const model::Cell& cell) {
  Trace trace;
  Fates fates;
  Policy strictest = Policy::none;
  for (const std::string& domain : model::recipient_domains(*cell.scenario)) {
    const Policy level = cell.level(domain);
    const Facts facts = facts_of(cell, domain);
    const bool spared =
        model::spares_first(cell.attacker) && facts.messages.front().id == model::before_the_attack;
    std::map<std::size_t, Facts> others;
    if (spared) {
      model::Cell before = cell;
      before.attacker = model::Attacker::none;
      others.emplace(0, facts_of(before, domain));
    }
    for (std::size_t i = 0; i < facts.messages.size(); ++i)
      if (const unsigned days = facts.messages[i].days; days > 0)
        others.emplace(i, facts_of(cell, domain, days));
    walk_all(facts, others, level, trace, fates);
    strictest = std::max(strictest, level);
  }
  return told(fates, trace, strictest);
}

model::Ruling ruling(const model::Cell& cell) {
  if (cell.direction() == model::Direction::inbound) {
    model::Ruling result = inbound_ruling(cell);
    apply_expectations(result, *cell.scenario, cell.policy);
    return result;
  }
  model::Ruling result = ruling_of(cell);
  // Written expectations are for a world without an attacker who changes it, and for one level;
  // where the domains of a cell differ in it, the oracle decides.
  using enum model::Attacker;
  const auto levels = cell.levels();
  const bool unchanged = cell.attacker == none || cell.attacker == passive;
  if (unchanged && levels.size() == 1) apply_expectations(result, *cell.scenario, levels.front());
  if (cell.attacker != none || cell.scenario->moves_clock()) leave_proof_open(result);
  return result;
}

}  // namespace smtprig::judge
