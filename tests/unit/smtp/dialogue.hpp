// Dialogues of a sending peer's machine, written as text: what the server did, and what the peer
// does then. A dialogue that holds is also broken off at each of its turns.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "fakes/smtp/sender_session.hpp"

namespace smtprig::fakes::smtp {

// One word per act, joined by " | ", notes left out: the text of sent lines joined by " / "; {raw}
// with "/" for CRLF; reply, handshake:finished, hang, drain, end:fin.
std::string text(const Acts& acts);
// The notes alone: "out MAIL FROM:<>", "bytes x", "content 5 t1", each with "+tls" inside TLS.
std::string notes(const Acts& acts);
// "accepted 250 [250,550], not_tried"; codes of recipients only where a reply came.
std::string text(const std::vector<Submission>& results);

// `count` messages a1@b.test > c1@d.test, ... with token t1 and content "1\r\n".
std::vector<Envelope> envelopes(std::size_t count);

// A session, its spec, and what the server does: "" is connected(), "TLS" is shaken(), "LOST" is
// lost("gone"), all else a reply, its lines joined by "/".
class Client {
 public:
  explicit Client(SenderSpec spec, std::vector<Envelope> mail = envelopes(1));

  std::string feed(std::string_view server) { return text(acts(server)); }
  Acts acts(std::string_view server);
  std::string results() const { return text(session_.results()); }
  SenderSession& session() { return session_; }

 private:
  SenderSpec spec_;
  SenderSession session_;
};

struct Turn {
  std::string server;
  std::string client;
};

// Plays all turns and compares each answer and the results, then breaks off behind each turn.
void check(const SenderSpec& spec, const std::vector<Envelope>& mail,
           const std::vector<Turn>& turns, std::string_view results);

}  // namespace smtprig::fakes::smtp
