// The part of ReceiverSession that acts at the stages of a TLS handshake.
#include <algorithm>
#include <iterator>

#include "fakes/smtp/receiver_session.hpp"

namespace smtprig::fakes::smtp {

namespace {

TlsStage following(TlsStage stage) {
  return static_cast<TlsStage>(static_cast<int>(stage) + 1);
}

}  // namespace

const Rule* ReceiverSession::rule_at(TlsStage stage) const {
  ReceiverRules::Place place{stage, stage == TlsStage::finished, 1, connection_, {}, {}};
  return rules_.find(place);
}

void ReceiverSession::begin_tls(Steps& steps) {
  if (const Rule* rule = rule_at(TlsStage::start)) return act_at(TlsStage::start, *rule, steps);
  go_on_from(TlsStage::start, steps);
}

// The next stage at which a rule waits, or the end of the handshake and then the session.
void ReceiverSession::go_on_from(TlsStage stage, Steps& steps) {
  if (stage == TlsStage::finished) {
    if (!rules_.spec().implicit_tls) return wait_for_client(steps);
    Steps greeting = arrive({SmtpPosition::connect, {}, {}}, replies_.greeting());
    std::move(greeting.begin(), greeting.end(), std::back_inserter(steps));
    return;
  }
  if (!can_tls_) {
    steps.push_back(step::Discard{});
    return;
  }
  TlsStage next = following(stage);
  while (next != TlsStage::finished && !rule_at(next))
    next = following(next);
  steps.push_back(step::Handshake{next});
}

Steps ReceiverSession::reached(TlsStage stage) {
  if (stage == TlsStage::finished) {
    state_ = ReceiverState{};  // RFC 3207 4.2: all knowledge from before is discarded
    state_.tls = true;
  }
  Steps steps;
  if (const Rule* rule = rule_at(stage)) {
    act_at(stage, *rule, steps);
  } else {
    go_on_from(stage, steps);
  }
  return steps;
}

void ReceiverSession::act_at(TlsStage stage, const Rule& rule, Steps& steps) {
  steps.push_back(step::Note{FaultFired{rule.id}});
  bool only_waited = !rule.actions.empty();
  for (const Action& action : rule.actions) {
    const auto* reply = std::get_if<Reply>(&action);
    bool noise = (reply && !is_empty(*reply)) || std::holds_alternative<Alert>(action);
    if (noise && stage == TlsStage::start) steps.push_back(step::AwaitClient{});
    only_waited = only_waited && reply && is_empty(*reply);
    if (reply) {
      // Lines behind the handshake are SMTP; all else is noise on the level of records.
      if (stage == TlsStage::finished && reply->raw.empty()) {
        steps.push_back(step::Send{*reply});
      } else {
        steps.push_back(step::SendBelowTls{*reply});
      }
    } else if (const auto* alert = std::get_if<Alert>(&action)) {
      steps.push_back(step::SendAlert{*alert});
    } else if (const auto* close = std::get_if<Close>(&action)) {
      steps.push_back(step::End{close->how});
      return;
    } else {
      silent_ = true;
      break;
    }
  }
  if (stage == TlsStage::finished && silent_) {
    steps.push_back(
        step::ReadLine{});  // what the client says into the silence belongs in the journal
  } else if (stage == TlsStage::finished || only_waited) {
    go_on_from(stage, steps);
  } else {
    steps.push_back(step::Discard{});
  }
}

}  // namespace smtprig::fakes::smtp
