// What a sending peer is, as plain data; the counterpart of ReceiverSpec. The zero value is an
// honest, modern client: EHLO, STARTTLS where it is offered, EHLO again, its messages in PIPELINING
// groups, QUIT. Nothing here does I/O, and nothing here knows of scenarios.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "fakes/spec.hpp"

namespace smtprig::fakes {

enum class SenderTls {
  never,
  if_offered,
  required,  // gives up where STARTTLS is not offered or refused
  unasked,   // STARTTLS is sent whatever EHLO said
};

struct AuthSpec {
  AuthMechanism mechanism = AuthMechanism::plain;
  bool good_password = true;
  bool in_clear = false;  // also outside TLS, and whether it is offered or not
};

// What a client says, as far as it means something to the session.
enum class Say {
  open,  // all that comes before a transaction: EHLO, STARTTLS and AUTH as the peer's kind is
  ehlo,
  starttls,  // behind a 2yz reply the handshake follows
  auth,
  mail,
  rcpt,  // one command per recipient
  data,
  content,  // and the final dot; only behind a 354, unless DATA stands in the same step
  chunks,   // the content, each part behind its BDAT (RFC 3030 2)
  rset,
  noop,
  vrfy,
  quit,
};

// One write, and the replies that are due for it. `says` is what it means; `lines` (each gets CRLF)
// or `raw`, where not empty, are the bytes instead. Without `says` the session learns nothing from
// the replies.
struct Utterance {
  std::vector<Say> says;
  std::vector<std::string> lines;
  std::string raw;
  std::optional<Segmentation> segment;  // none: as the peer does always
  std::chrono::milliseconds delay{0};   // before it
  std::optional<unsigned> replies;      // none: one per command
  TlsStage until = TlsStage::finished;  // how far a handshake goes
};

// A step that goes on talking where the server has closed the connection ends the session.
using SenderStep = std::variant<Utterance, Close, Hang>;

struct SenderSpec {
  Service service = Service::smtp;
  SenderTls starttls = SenderTls::if_offered;
  std::optional<CertificateClass> certificate;  // shown where the server asks for one
  TlsSpec tls;
  std::optional<std::string> server_name;  // SNI; none: the server's host name; empty: none is sent
  std::optional<AuthSpec> auth;
  std::string helo;                // empty: the peer's own name
  std::string helo_in_tls;         // empty: the same
  bool second_ehlo = true;         // behind the handshake (RFC 3207 4.2)
  bool pipelining = true;          // where it is offered
  unsigned chunks = 0;             // by BDAT in so many, where CHUNKING is offered; 0: by DATA
  bool insists = false;            // BDAT and parameters also where they are not offered
  bool waits_for_greeting = true;  // RFC 5321 4.3.1
  Segmentation segment = Segmentation::whole;
  std::chrono::milliseconds pace{0};  // before each write
  // Instead of the honest dialogue with every message. MAIL, RCPT, DATA and content are those of
  // the first message until its content was answered, then those of the next.
  std::vector<SenderStep> steps;
};

}  // namespace smtprig::fakes
