// The connections in a journal, put together again: commands with their replies, TLS, transactions.
// Only connections to hosts of the scenario; those to the sink and of the injector are left out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fakes/journal.hpp"
#include "harness/model/scenario.hpp"

namespace smtprig::judge {

inline constexpr std::size_t no_event = static_cast<std::size_t>(-1);

// A command and what was answered to it. Three are not commands: "CONNECT", answered by the
// greeting, "RESPONSE", the answer to a challenge of AUTH, and ".", the end of the content; by BDAT
// with the argument of the last one, in LMTP one for each recipient.
struct Command {
  std::string verb;      // upper case
  std::string argument;  // the text behind the verb
  bool tls = false;
  std::size_t event = no_event;
  int code = 0;                    // of the reply; 0: none came
  bool answered = false;           // the reply is complete
  std::vector<std::string> lines;  // of the reply, with code
  std::size_t reply_event = no_event;
};

// One mail transaction. Indices point into Session::commands; no_event where it did not come so
// far.
struct Transaction {
  std::size_t mail = no_event;
  std::vector<std::size_t> rcpt;
  std::size_t data = no_event;
  std::vector<std::size_t> dots;      // one; in LMTP one for each recipient (RFC 2033 4.2)
  std::size_t content = no_event;     // event
  std::vector<std::size_t> accepted;  // events, likewise
};

struct Session {
  std::string host;
  std::uint32_t connection = 0;
  std::string address;
  std::size_t first = 0;  // events
  std::size_t last = 0;
  std::vector<Command> commands;
  std::vector<Transaction> transactions;
  bool client_hello = false;
  bool tls_into_clear = false;    // a ClientHello where commands are read: its lines mean nothing
  std::size_t tls_up = no_event;  // events
  std::size_t tls_failed = no_event;
  std::size_t alert = no_event;  // received
  std::size_t closed = no_event;
  std::vector<std::size_t> faults;  // FaultFired
  bool shared = false;              // not known whose mail it was for: see scenes.hpp

  bool tls() const { return tls_up != no_event; }
  // The last command of that verb, or nullptr.
  const Command* command(std::string_view verb) const;
};

// In the order of their first events.
std::vector<Session> sessions_of(const model::Scenario& scenario,
                                 const std::vector<fakes::Event>& journal);

// EHLO, HELO or LHLO.
bool is_hello(std::string_view verb);

// AUTH by a mechanism that tells the password, or what is as good as one.
bool tells_password(const Command& command);

// "connection 1 to mx"
std::string place(const Session& session);

// "TO:<a@b> NOTIFY=NEVER" -> "a@b"
std::string_view path_of(std::string_view argument);
// Addresses are equal if their local parts are and their domains in any case.
bool same_address(std::string_view a, std::string_view b);
// The enhanced status code of a reply line with code: "550 5.1.1 no" -> "5.1.1"; else empty.
std::string enhanced_code(std::string_view line);
std::string upper_case(std::string_view text);
// Without the blanks at both ends.
std::string_view trimmed(std::string_view text, std::string_view blanks = " \t");

}  // namespace smtprig::judge
