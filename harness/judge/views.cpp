// Sorts a journal by message and recipient. Messages are told apart by their token, by the envelope
// sender where no content was sent, and by nothing where no transaction was begun: such a
// connection counts for every recipient that was not finished when it was made.
#include <algorithm>
#include <map>

#include "harness/judge/attempts.hpp"

namespace smtprig::judge {
namespace {

using fakes::ServerFact;

// The events of the injector per message: tokens in the order of their appearance.
std::vector<std::string> tokens_of(const std::vector<fakes::Event>& journal) {
  std::vector<std::string> tokens;
  for (const fakes::Event& event : journal)
    if (const auto* injected = std::get_if<fakes::Injected>(&event.body))
      if (!std::ranges::count(tokens, injected->token)) tokens.push_back(injected->token);
  return tokens;
}

void find_injection(View& view, const std::vector<fakes::Event>& journal) {
  for (std::size_t i = 0; i < journal.size(); ++i) {
    const auto* injected = std::get_if<fakes::Injected>(&journal[i].body);
    if (!injected || injected->token != view.token) continue;
    if (!same_address(injected->recipient, view.address)) continue;
    view.injected = i;
    view.mail_from = injected->mail_from;
    return;
  }
}

// The queue id under which the server took this message; empty if unknown.
std::string queue_id_of(const View& view, const std::vector<fakes::Event>& journal) {
  if (view.injected == no_event) return {};
  const auto& reply = std::get<fakes::Injected>(journal[view.injected].body).reply_text;
  for (const fakes::Event& event : journal) {
    const auto* fact = std::get_if<ServerFact>(&event.body);
    if (fact && !fact->queue_id.empty() && reply.find(fact->queue_id) != std::string::npos)
      return fact->queue_id;
  }
  return {};
}

void find_facts(View& view, const std::vector<fakes::Event>& journal) {
  const std::string own_id = queue_id_of(view, journal);
  bool rig_removed = false;
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < journal.size(); ++i) {
    if (const auto* note = std::get_if<fakes::RigNote>(&journal[i].body))
      rig_removed = rig_removed || note->text.find("removed from the queue") != std::string::npos;
    const auto* fact = std::get_if<ServerFact>(&journal[i].body);
    if (!fact) continue;
    if (!own_id.empty() && !fact->queue_id.empty() && fact->queue_id != own_id) continue;
    const bool known_id = !fact->queue_id.empty() &&
                          (fact->queue_id == own_id || std::ranges::count(ids, fact->queue_id));
    if (fact->recipient.empty() ? !known_id : !same_address(fact->recipient, view.address))
      continue;
    if (!fact->queue_id.empty()) ids.push_back(fact->queue_id);
    if (fact->kind == ServerFact::Kind::removed) view.removed = true;
    view.facts.push_back(i);
  }
  view.removed = view.removed && !rig_removed;
}

bool is_of_message(const Session& session, const Transaction& transaction, const View& view,
                   const std::vector<fakes::Event>& journal) {
  if (transaction.content != no_event) {
    const auto& content = std::get<fakes::ContentReceived>(journal[transaction.content].body);
    if (!content.token.empty()) return content.token == view.token;
  }
  if (transaction.mail == no_event) return true;
  return view.mail_from.empty() ||
         same_address(path_of(session.commands[transaction.mail].argument), view.mail_from);
}

// Whether the server can know that the copy was delivered: its client went on talking, or the reply
// was complete and the connection ended in order behind it, or its log says so before `next`.
bool surely_read(const Copy& copy, std::size_t next, const View& view,
                 const std::vector<fakes::Event>& journal) {
  const Session& session = *copy.session;
  for (const std::size_t index : view.facts) {
    const auto& fact = std::get<ServerFact>(journal[index].body);
    if (fact.kind == ServerFact::Kind::delivered && index > copy.event && index < next) return true;
  }
  const Command* last = session.commands.empty() ? nullptr : &session.commands.back();
  if (last && last->event > copy.event) return true;
  const Command* dot = dot_of({copy.session, copy.transaction}, view);
  if (dot && !dot->answered) return false;
  if (session.closed == no_event) return false;
  return std::get<fakes::Closed>(journal[session.closed].body).how == fakes::Closed::How::local_fin;
}

void find_copies(View& view, const std::vector<fakes::Event>& journal) {
  for (const Try& one : view.tries) {
    const std::size_t event = acceptance_of(one, view, journal);
    if (event == no_event) continue;
    const auto& accepted = std::get<fakes::MessageAccepted>(journal[event].body);
    if ((accepted.token.empty() || accepted.token == view.token))
      view.copies.push_back({one.session, one.transaction, event, false});
  }
  std::ranges::sort(view.copies, {}, &Copy::event);
  for (std::size_t i = 0; i < view.copies.size(); ++i) {
    Copy& copy = view.copies[i];
    const std::size_t next = i + 1 < view.copies.size() ? view.copies[i + 1].event : no_event;
    copy.surely_read = surely_read(copy, next, view, journal);
  }
}

// The event behind which no connection is made for the recipient any more.
std::size_t finished_at(const View& view, const std::vector<fakes::Event>& journal,
                        const std::vector<Session>& sessions) {
  std::size_t finished = no_event;
  for (const std::size_t index : view.facts) {
    const auto kind = std::get<ServerFact>(journal[index].body).kind;
    if (kind == ServerFact::Kind::bounced || kind == ServerFact::Kind::delivered)
      finished = std::min(finished, index);
  }
  for (const Session& session : sessions)
    for (const Transaction& transaction : session.transactions)
      if (is_of_message(session, transaction, view, journal))
        finished = std::min(finished, acceptance_of({&session, &transaction}, view, journal));
  return finished;
}

void find_tries(View& view, const std::vector<fakes::Event>& journal,
                const std::vector<Session>& sessions) {
  const std::size_t finished = finished_at(view, journal, sessions);
  for (const Session& session : sessions) {
    bool any_mail = false;
    for (const Transaction& transaction : session.transactions) {
      any_mail = true;
      const Try one{&session, &transaction};
      if (!is_of_message(session, transaction, view, journal)) continue;
      if (rcpt_of(one, view) || (transaction.rcpt.empty() && session.first < finished))
        view.tries.push_back(one);
    }
    if (!any_mail && session.first < finished) view.tries.push_back({&session, nullptr});
  }
}

}  // namespace

std::vector<View> views_of(const model::Cell& cell, const std::vector<fakes::Event>& journal,
                           const std::vector<Session>& sessions) {
  std::vector<View> views;
  const std::vector<std::string> tokens = tokens_of(journal);
  const auto& messages = cell.scenario->messages;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    for (const std::string& recipient : messages[i].recipients) {
      View view{.message = messages[i].id,
                .recipient = recipient,
                .address = cell.address(recipient),
                .domain = cell.domain(),
                .token = i < tokens.size() ? tokens[i] : std::string()};
      if (!view.token.empty()) {
        find_injection(view, journal);
        find_facts(view, journal);
        find_tries(view, journal, sessions);
        find_copies(view, journal);
        for (Report& report : reports_of(journal, view.token))
          if (same_address(report.recipient, view.address)) view.reports.push_back(report);
      }
      views.push_back(std::move(view));
    }
  }
  return views;
}

}  // namespace smtprig::judge
