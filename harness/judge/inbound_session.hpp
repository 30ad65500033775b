// The connections of the senders in a journal, put together again: what each said and what was
// answered, in order.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "fakes/journal.hpp"
#include "harness/model/cell.hpp"

namespace smtprig::judge {

// One write of a sender that a reply is due for. Three are no commands: "CONNECT", answered by the
// greeting; ".", a content with its end; "", bytes.
struct Exchange {
  std::string verb;  // upper case
  std::string argument;
  bool tls = false;
  std::size_t event = static_cast<std::size_t>(-1);
  int code = 0;                    // of the reply; 0: none came
  std::vector<std::string> lines;  // of the reply, with code
};

struct InboundSession {
  const model::Sender* sender = nullptr;
  std::vector<Exchange> exchanges;
  std::vector<std::string> unasked;  // replies that nothing was said for, first line each
  bool unasked_in_tls = false;
  bool tls = false;
  std::string version;  // of TLS
  bool tls_failed = false;
  std::string failure;
  // Lines of the server in clear between its 220 to STARTTLS and the end of the handshake.
  bool answered_in_handshake = false;
  std::size_t first = 0, last = 0;  // events

  // The last exchange of that verb, inside or outside TLS, or nullptr.
  const Exchange* last_of(std::string_view verb, bool in_tls) const;
};

// In the order of the scenario's senders; those that made no connection are left out.
std::vector<InboundSession> inbound_sessions(const model::Scenario& scenario,
                                             const std::vector<fakes::Event>& journal);

}  // namespace smtprig::judge
