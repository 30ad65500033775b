// See attempts.hpp.
#include "harness/judge/attempts.hpp"

#include <algorithm>

namespace smtprig::judge {
namespace {

using fakes::ServerFact;
using model::Finality;
using model::Stage;

const ServerFact& fact_at(const std::vector<fakes::Event>& journal, std::size_t index) {
  return std::get<ServerFact>(journal[index].body);
}

bool ends_attempt(const ServerFact& fact) {
  using enum ServerFact::Kind;
  return fact.kind == delivered || fact.kind == deferred || fact.kind == bounced;
}

const Command* command_at(const Try& one, std::size_t index) {
  return index == no_event ? nullptr : &one.session->commands[index];
}

bool is_positive(const Command* command) {
  return command && command->code >= 200 && command->code < 400;
}

Stage stage_before_mail(const Session& session) {
  Stage stage = Stage::connect;
  for (const Command& command : session.commands) {
    if (command.verb == "CONNECT" && command.code != 0) stage = std::max(stage, Stage::greeting);
    if (is_hello(command.verb)) stage = std::max(stage, Stage::ehlo);
    if (command.verb == "STARTTLS") stage = std::max(stage, Stage::starttls);
  }
  // TLS from the first byte.
  if (session.client_hello) stage = std::max(stage, Stage::starttls);
  return session.tls() ? Stage::tls : stage;
}

// How far a try came for this recipient. A command that was pipelined behind a refused one does not
// count.
Stage stage_of(const Try& one, const View& view, const std::vector<fakes::Event>& journal) {
  const Stage before = stage_before_mail(*one.session);
  if (!one.transaction) return before;
  const Transaction& transaction = *one.transaction;
  const Command* rcpt = rcpt_of(one, view);
  if (acceptance_of(one, view, journal) != no_event && is_positive(rcpt)) return Stage::accepted;
  if (!rcpt || !is_positive(command_at(one, transaction.mail))) return Stage::mail;
  if (!is_positive(rcpt) || transaction.data == no_event) return Stage::rcpt;
  if (transaction.content == no_event) return Stage::data;
  const auto& content = std::get<fakes::ContentReceived>(journal[transaction.content].body);
  return content.complete ? Stage::final_dot : content.bytes > 0 ? Stage::content : Stage::data;
}

bool closed_by_receiver(const Session& session, const std::vector<fakes::Event>& journal) {
  if (session.closed == no_event) return false;
  const auto how = std::get<fakes::Closed>(journal[session.closed].body).how;
  return how == fakes::Closed::How::local_fin || how == fakes::Closed::How::local_rst;
}

model::Attempt attempt_of(const Try& one, const View& view,
                          const std::vector<fakes::Event>& journal) {
  model::Attempt attempt{.host = one.session->host, .address = one.session->address};
  attempt.stage = stage_of(one, view, journal);
  attempt.channel = one.session->tls() ? model::Channel::encrypted : model::Channel::plaintext;
  if (attempt.stage == Stage::accepted) {
    const Command* dot = dot_of(one, view);
    if (dot && !dot->lines.empty()) attempt.reply = dot->lines.back();
    attempt.finality = Finality::success;
  } else if (const Command* refused = refusal(one, view)) {
    attempt.reply = refused->lines.back();
    attempt.finality = refused->code >= 500 ? Finality::permanent : Finality::temporary;
  } else if (closed_by_receiver(*one.session, journal)) {
    attempt.finality = Finality::temporary;
  }
  return attempt;
}

// "mx.a.test[127.0.0.2]:25" -> "mx", where a.test is the cell's domain.
std::string host_of(const std::string& relay, const View& view) {
  std::string name = relay.substr(0, relay.find('['));
  const std::string& domain = view.domain;
  if (same_address("@" + name, "@" + domain)) return "@";
  if (name.size() > domain.size() + 1 && name[name.size() - domain.size() - 1] == '.' &&
      upper_case(name.substr(name.size() - domain.size())) == upper_case(domain))
    name.resize(name.size() - domain.size() - 1);
  return name == "none" ? std::string() : name;
}

Finality finality_of(const ServerFact& fact) {
  if (fact.kind == ServerFact::Kind::delivered) return Finality::success;
  return fact.kind == ServerFact::Kind::bounced ? Finality::permanent : Finality::temporary;
}

}  // namespace

const Command* rcpt_of(const Try& one, const View& view) {
  if (!one.transaction) return nullptr;
  for (const std::size_t index : one.transaction->rcpt) {
    const Command& rcpt = one.session->commands[index];
    if (same_address(path_of(rcpt.argument), view.address)) return &rcpt;
  }
  return nullptr;
}

const Command* dot_of(const Try& one, const View& view) {
  if (!one.transaction || one.transaction->dots.empty()) return nullptr;
  const auto& commands = one.session->commands;
  auto dot = one.transaction->dots.begin();
  if (one.transaction->dots.size() == 1) return &commands[*dot];
  // In LMTP they come in the order of the RCPT commands that were answered well.
  for (const std::size_t rcpt : one.transaction->rcpt) {
    if (!is_positive(&commands[rcpt])) continue;
    if (same_address(path_of(commands[rcpt].argument), view.address)) return &commands[*dot];
    if (++dot == one.transaction->dots.end()) break;
  }
  return nullptr;
}

std::size_t acceptance_of(const Try& one, const View& view,
                          const std::vector<fakes::Event>& journal) {
  if (!one.transaction) return no_event;
  for (const std::size_t event : one.transaction->accepted) {
    const auto& accepted = std::get<fakes::MessageAccepted>(journal[event].body);
    const bool for_it = std::ranges::any_of(accepted.recipients, [&](const std::string& each) {
      return same_address(path_of(each), view.address);
    });
    if (for_it) return event;
  }
  return no_event;
}

const Command* refusal(const Try& one, const View& view) {
  const Command* own = rcpt_of(one, view);
  const Command* last = nullptr;
  for (const Command& command : one.session->commands) {
    if (command.code < 400 || command.lines.empty()) continue;
    if (command.verb == "RCPT" && &command != own) continue;
    if (command.verb == "." && &command != dot_of(one, view)) continue;
    // What was pipelined behind a refusal is refused in consequence (503).
    if (last && command.code == 503) continue;
    last = &command;
  }
  return last;
}

std::vector<model::Attempt> attempts_of(const View& view,
                                        const std::vector<fakes::Event>& journal) {
  std::vector<model::Attempt> attempts;
  auto next = view.tries.begin();
  for (const std::size_t index : view.facts) {
    const ServerFact& fact = fact_at(journal, index);
    if (!ends_attempt(fact)) continue;
    const std::size_t before = attempts.size();
    for (; next != view.tries.end() && next->session->first < index; ++next)
      attempts.push_back(attempt_of(*next, view, journal));
    if (attempts.size() == before) {
      // No receiver was reached: refused, no address, or given up before.
      if (fact.kind == ServerFact::Kind::delivered) continue;
      attempts.push_back({.host = host_of(fact.relay, view), .reply = fact.detail});
    }
    if (attempts.back().stage != Stage::accepted) attempts.back().finality = finality_of(fact);
  }
  for (; next != view.tries.end(); ++next)
    attempts.push_back(attempt_of(*next, view, journal));
  return attempts;
}

}  // namespace smtprig::judge
