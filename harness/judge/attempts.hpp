// What a journal says of one message and recipient, and the attempts of the server to pass it on:
// connections at receivers joined with what the server logged.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "fakes/journal.hpp"
#include "harness/judge/dsn.hpp"
#include "harness/judge/session.hpp"
#include "harness/model/cell.hpp"
#include "harness/model/outcome.hpp"

namespace smtprig::judge {

// A copy of the message for the recipient that a receiver acknowledged.
struct Copy {
  const Session* session = nullptr;
  const Transaction* transaction = nullptr;
  std::size_t event = 0;     // MessageAccepted
  bool surely_read = false;  // the server knew that it was delivered
};

// A connection on behalf of the recipient. `transaction` is null if it did not come to one.
struct Try {
  const Session* session = nullptr;
  const Transaction* transaction = nullptr;
};

struct View {
  std::string message;    // Message::id
  std::string recipient;  // as in Message
  std::string address;
  std::string domain;  // of the cell: what its hosts' names end with
  std::string token;
  std::string mail_from;
  std::size_t injected = no_event;
  std::vector<std::size_t> facts;  // ServerFact events that speak of it, in order
  bool removed = false;            // the queue entry is gone, and not by the rig
  std::vector<Report> reports;
  std::vector<Try> tries;
  std::vector<Copy> copies;
};

// One view per message and recipient of the scenario, in order. `sessions` must outlive the views.
std::vector<View> views_of(const model::Cell& cell, const std::vector<fakes::Event>& journal,
                           const std::vector<Session>& sessions);

std::vector<model::Attempt> attempts_of(const View& view, const std::vector<fakes::Event>& journal);

// The reply that decided a try for this recipient, or null: the last refusal that concerned it.
const Command* refusal(const Try& one, const View& view);

// The end of the content that decides for this recipient, and the event by which a receiver took it
// for it; null and no_event where there is none.
const Command* dot_of(const Try& one, const View& view);
std::size_t acceptance_of(const Try& one, const View& view,
                          const std::vector<fakes::Event>& journal);

// Whether any RCPT of the transaction names the recipient; its command, or null.
const Command* rcpt_of(const Try& one, const View& view);

}  // namespace smtprig::judge
