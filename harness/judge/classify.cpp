// From a journal to an outcome. Evidence weighs in this order: a copy that a receiver acknowledged,
// the server's permanent decision, its expiry, a report at the sink, deferrals, nothing.
#include "harness/judge/judge.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "harness/judge/attempts.hpp"
#include "harness/judge/cause.hpp"
#include "harness/judge/conduct.hpp"
#include "harness/judge/dsn_conduct.hpp"
#include "harness/judge/extensions.hpp"
#include "harness/judge/inbound.hpp"
#include "harness/judge/scenes.hpp"
#include "harness/judge/tls_report_conduct.hpp"

namespace smtprig::judge {
namespace {

using fakes::ServerFact;
using model::Channel;
using model::Delivery;
using model::RecipientOutcome;
using Journal = std::vector<fakes::Event>;

struct Decision {
  Delivery delivery = Delivery::lost;
  std::string status;
  std::size_t event = no_event;
  std::string incomplete;
};

model::ServerHealth health_of(const Journal& journal) {
  for (const fakes::Event& event : journal) {
    const auto* state = std::get_if<fakes::ServerState>(&event.body);
    if (!state) continue;
    using enum model::ServerHealth;
    for (const auto health : {crashed, hung, lost_listener})
      if (state->state == name(health)) return health;
  }
  return model::ServerHealth::alive;
}

// The last fact of that kind about the recipient, or null.
const ServerFact* last_fact(const View& view, const Journal& journal, ServerFact::Kind kind,
                            std::size_t& event) {
  for (auto index = view.facts.rbegin(); index != view.facts.rend(); ++index) {
    const auto& fact = std::get<ServerFact>(journal[*index].body);
    if (fact.kind != kind) continue;
    event = *index;
    return &fact;
  }
  return nullptr;
}

Decision copies(const View& view) {
  Decision decision{.delivery = Delivery::delivered, .event = view.copies.front().event};
  // A copy behind one whose acceptance the server cannot have missed is one too many; behind one
  // whose reply got lost it is what RFC 5321 4.5.4.1 asks for.
  for (std::size_t i = 1; i < view.copies.size(); ++i)
    if (view.copies[i - 1].surely_read) {
      decision.delivery = Delivery::duplicated;
      decision.event = view.copies[i].event;
    }
  return decision;
}

bool gave_up_by_time(const Report& report) {
  return report.status.starts_with('4') || report.status.ends_with(".4.7");
}

unsigned attempts_made(const View& view, const Journal& journal) {
  const auto deferrals = std::ranges::count_if(view.facts, [&](std::size_t index) {
    return std::get<ServerFact>(journal[index].body).kind == ServerFact::Kind::deferred;
  });
  return static_cast<unsigned>(view.facts.empty() ? view.tries.size() : deferrals);
}

Decision deferral(const View& view, const Journal& journal, unsigned planned) {
  Decision decision{.delivery = Delivery::deferred};
  if (const auto* fact = last_fact(view, journal, ServerFact::Kind::deferred, decision.event))
    decision.status = fact->status;
  const unsigned made = attempts_made(view, journal);
  if (made < planned)
    decision.incomplete =
        fmt::format("{}: {} of {} planned attempts", view.recipient, made, planned);
  return decision;
}

// What became of a message that no receiver acknowledged.
Decision undelivered(const View& view, const Journal& journal, unsigned planned, bool alive) {
  using enum ServerFact::Kind;
  std::size_t event = no_event;
  if (const auto* fact = last_fact(view, journal, bounced, event))
    return {.delivery = Delivery::bounced, .status = fact->status, .event = event};
  if (last_fact(view, journal, expired, event)) {
    // Given up by time, for the reason of the last attempt.
    std::size_t last = no_event;
    const auto* why = last_fact(view, journal, deferred, last);
    return {.delivery = Delivery::deferred, .status = why ? why->status : "", .event = event};
  }
  for (const Report& report : view.reports) {
    if (report.action != "failed") continue;
    const Delivery delivery = gave_up_by_time(report) ? Delivery::deferred : Delivery::bounced;
    return {.delivery = delivery, .status = report.status, .event = report.event};
  }
  // Said to be delivered, and nobody has it; or gone without a word.
  const bool lost = last_fact(view, journal, delivered, event) || view.removed;
  const bool seen = !view.facts.empty() || !view.tries.empty();
  if (lost || (!seen && alive)) return {.delivery = Delivery::lost, .event = event};
  return deferral(view, journal, planned);
}

// A message that a sender brought and that the server did not acknowledge: refused, or not brought
// to its end, which is the sender's own affair.
Decision not_taken(const fakes::Injected& injected, std::size_t event) {
  Decision decision{.delivery = Delivery::rejected, .event = event};
  if (injected.given_up) decision.delivery = Delivery::deferred;
  decision.status = enhanced_code(fmt::format("{} {}", injected.reply, injected.reply_text));
  return decision;
}

Decision decide(const View& view, const Journal& journal, unsigned planned, bool alive,
                bool inbound) {
  if (!view.copies.empty()) return copies(view);
  if (view.injected == no_event)
    return {.delivery = Delivery::rejected, .incomplete = view.recipient + ": was not injected"};
  const auto& injected = std::get<fakes::Injected>(journal[view.injected].body);
  if (injected.reply / 100 != 2) {
    if (inbound) return not_taken(injected, view.injected);
    Decision decision{.delivery = Delivery::rejected, .event = view.injected};
    const std::string line = fmt::format("{} {}", injected.reply, injected.reply_text);
    decision.status = enhanced_code(line);
    if (injected.reply == 0)
      decision.incomplete = view.recipient + ": no answer at injection: " + injected.reply_text;
    return decision;
  }
  return undelivered(view, journal, planned, alive);
}

// The weakest channel that carried a byte of envelope or content, on any attempt.
Channel weakest_channel(const View& view, const Journal& journal) {
  Channel weakest = Channel::none;
  const auto carried = [&](bool tls) {
    const Channel channel = tls ? Channel::encrypted : Channel::plaintext;
    weakest = weakest == Channel::none ? channel : std::min(weakest, channel);
  };
  for (const Try& one : view.tries) {
    if (!one.transaction) continue;
    if (one.transaction->mail != no_event)
      carried(one.session->commands[one.transaction->mail].tls);
    if (const Command* rcpt = rcpt_of(one, view)) carried(rcpt->tls);
    if (one.transaction->content == no_event) continue;
    const auto& content = std::get<fakes::ContentReceived>(journal[one.transaction->content].body);
    if (content.bytes > 0) carried(content.tls);
  }
  return weakest;
}

// The status of the last failure, where the server's log did not tell it.
std::string status_of(const std::vector<model::Attempt>& attempts) {
  for (auto attempt = attempts.rbegin(); attempt != attempts.rend(); ++attempt)
    if (const std::string code = enhanced_code(attempt->reply); !code.empty()) return code;
  return {};
}

RecipientOutcome outcome_of(const View& view, const Journal& journal, const Decision& decision) {
  RecipientOutcome outcome{.message = view.message, .recipient = view.recipient};
  outcome.delivery = decision.delivery;
  outcome.attempts = attempts_of(view, journal);
  outcome.weakest = weakest_channel(view, journal);
  outcome.cause = cause_of(view, journal);
  if (!view.copies.empty()) {
    const Copy& copy = view.copies.front();
    const auto& accepted = std::get<fakes::MessageAccepted>(journal[copy.event].body);
    outcome.channel = accepted.tls ? Channel::encrypted : Channel::plaintext;
    outcome.via = copy.session->host;
  } else {
    outcome.status = decision.status.empty() ? status_of(outcome.attempts) : decision.status;
  }
  return outcome;
}

// The events that a reader wants to see: injection, decision, the last failure of TLS or of SMTP.
void add_evidence(std::set<std::size_t>& evidence, const View& view, const Decision& decision) {
  const auto add = [&](std::size_t event) {
    if (event != no_event) evidence.insert(event);
  };
  add(view.injected);
  add(decision.event);
  if (view.tries.empty()) return;
  const Session& last = *view.tries.back().session;
  add(last.first);
  add(last.tls_up);
  add(last.tls_failed);
  if (const Command* refused = refusal(view.tries.back(), view)) add(refused->reply_event);
  if (!last.faults.empty()) add(last.faults.front());
}

}  // namespace

Classified classify(const model::Cell& cell, const Journal& journal, unsigned attempts_planned) {
  Classified classified;
  model::Outcome& outcome = classified.outcome;
  outcome.server = health_of(journal);
  const bool alive = outcome.server == model::ServerHealth::alive;
  const bool inbound = cell.direction() == model::Direction::inbound;
  const auto sessions = sessions_of(*cell.scenario, journal);
  std::set<std::size_t> evidence;
  const auto views = views_of(cell, journal, sessions);
  for (const View& view : views) {
    const Decision decision = decide(view, journal, attempts_planned, alive, inbound);
    outcome.recipients.push_back(outcome_of(view, journal, decision));
    add_evidence(evidence, view, decision);
    if (classified.incomplete.empty()) classified.incomplete = decision.incomplete;
  }
  std::set<std::string> faults;
  for (const fakes::Event& event : journal)
    if (const auto* fault = std::get_if<fakes::FaultFired>(&event.body)) faults.insert(fault->rule);
  outcome.faults_fired.assign(faults.begin(), faults.end());
  check_extensions(journal, sessions, outcome.conduct);
  if (inbound) {
    const auto brought = inbound_sessions(*cell.scenario, journal);
    add_senders(cell, brought, outcome);
    check_mail(outcome, outcome.conduct);
    check_inbound_conduct(cell, journal, brought, outcome.conduct);
    // In which order copies arrive is chance.
    std::ranges::sort(outcome.conduct, {}, &model::Violation::rule);
  } else {
    const auto scenes = scenes_of(cell, sessions);
    for (const DomainScene& each : scenes) {
      const Scene scene{each.domain, each.level, each.facts, journal, each.sessions, alive};
      check_invariants(scene, outcome, outcome.conduct);
      check_conduct(scene, outcome, outcome.conduct);
    }
    check_tls_report(cell, journal, scenes, alive, outcome.conduct);
    check_reports({cell.scenario->messages, journal, alive}, views, outcome, outcome.conduct);
    check_requiretls({cell.scenario->messages, journal, alive}, views, outcome, outcome.conduct);
  }
  classified.evidence.assign(evidence.begin(), evidence.end());
  return classified;
}

}  // namespace smtprig::judge
