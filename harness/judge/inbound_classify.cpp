// What of an inbound cell's outcome the senders saw: by which channel a message was brought, and
// how far each try came.
#include <algorithm>

#include "harness/judge/inbound.hpp"
#include "harness/judge/session.hpp"

namespace smtprig::judge {
namespace {

using model::Channel;
using model::Finality;
using model::Stage;

Channel weaker(Channel a, Channel b) {
  return a == Channel::none ? b : std::min(a, b);
}

// From the envelope of this message to that of the next.
struct Brought {
  Stage stage = Stage::none;
  Channel channel = Channel::none;  // of the content
  Channel weakest = Channel::none;
  std::string reply;
  Finality finality = Finality::unknown;
};

Stage stage_of_opening(const InboundSession& session) {
  Stage stage = Stage::connect;
  for (const Exchange& each : session.exchanges) {
    if (each.verb == "CONNECT" && each.code != 0) stage = std::max(stage, Stage::greeting);
    if (each.verb == "EHLO") stage = std::max(stage, Stage::ehlo);
    if (each.verb == "STARTTLS") stage = std::max(stage, Stage::starttls);
  }
  return session.tls ? Stage::tls : stage;
}

Stage stage_of_verb(std::string_view verb) {
  if (verb == "MAIL") return Stage::mail;
  if (verb == "RCPT") return Stage::rcpt;
  if (verb == "DATA") return Stage::data;
  return verb == "." ? Stage::final_dot : Stage::none;
}

// The n-th message of a session, from zero: transactions begin with MAIL.
Brought brought(const InboundSession& session, std::size_t n) {
  Brought result{.stage = stage_of_opening(session)};
  std::size_t transactions = 0;
  for (const Exchange& each : session.exchanges) {
    if (each.verb == "MAIL") ++transactions;
    const Stage stage = stage_of_verb(each.verb);
    if (stage == Stage::none || transactions != n + 1) continue;
    const Channel channel = each.tls ? Channel::encrypted : Channel::plaintext;
    result.stage = std::max(result.stage, stage);
    result.weakest = weaker(result.weakest, channel);
    if (each.verb == ".") result.channel = channel;
    if (each.code == 0) continue;
    if (each.verb == "." && each.code / 100 == 2) {
      result.stage = Stage::accepted;
      result.finality = Finality::success;
      result.reply = each.lines.back();
    } else if (each.code >= 400 && result.finality == Finality::unknown) {
      result.finality = each.code >= 500 ? Finality::permanent : Finality::temporary;
      result.reply = each.lines.back();
    }
  }
  return result;
}

// A refusal that stood before the first transaction.
void add_early_refusal(const InboundSession& session, Brought& result) {
  if (result.finality != Finality::unknown || result.stage > Stage::tls) return;
  for (const Exchange& each : session.exchanges)
    if (each.code >= 400) {
      result.finality = each.code >= 500 ? Finality::permanent : Finality::temporary;
      result.reply = each.lines.back();
    }
}

}  // namespace

void add_senders(const model::Cell& cell, const std::vector<InboundSession>& sessions,
                 model::Outcome& outcome) {
  for (model::RecipientOutcome& each : outcome.recipients) {
    const bool arrived =
        each.delivery == model::Delivery::delivered || each.delivery == model::Delivery::duplicated;
    each.via.clear();
    each.attempts.clear();
    each.channel = each.weakest = Channel::none;
    each.cause = model::Cause::none;
    for (const model::Sender& sender : cell.scenario->senders) {
      const auto place = std::ranges::find(sender.messages, each.message);
      const auto session = std::ranges::find(sessions, &sender, &InboundSession::sender);
      if (place == sender.messages.end()) continue;
      if (session == sessions.end()) {
        each.attempts.push_back({.host = sender.name});
        continue;
      }
      Brought result = brought(*session, static_cast<std::size_t>(place - sender.messages.begin()));
      add_early_refusal(*session, result);
      if (arrived) each.channel = result.channel;
      each.weakest = result.weakest;
      if (session->tls_failed) each.cause = model::Cause::validation_failure;
      each.attempts.push_back({.host = sender.name,
                               .stage = result.stage,
                               .channel = session->tls ? Channel::encrypted : Channel::plaintext,
                               .reply = result.reply,
                               .finality = result.finality});
    }
  }
}

}  // namespace smtprig::judge
