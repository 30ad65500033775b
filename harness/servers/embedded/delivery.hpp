// One SMTP session that passes a message on, without I/O: it takes replies and facts and returns
// what to do next. Everything that RFC 5321, 3207 and 2920 say about the order of commands is here,
// and what a policy permits; the driver only performs actions.
//
//   driver: reply / tls / lost --> Delivery --> Action: send, start TLS, read on, finish
//
// Choices where the RFCs leave them:
// - `may` falls back to clear text on a new connection, at once, where TLS was offered and failed:
//   STARTTLS refused, handshake failed, or TLS up but no EHLO answered in it (RFC 7435 4, 3207 6).
// - `encrypt` and above never send MAIL outside TLS; what they miss is temporary (4.7.x).
// - A failed check of the certificate is followed by QUIT, not by MAIL (RFC 3207 4.1).
// - HELO follows EHLO only on 500 and 502 (RFC 5321 3.2).
// - Content goes by BDAT, in one chunk, where CHUNKING is offered (RFC 3030 2).
// - Where TLS is required, nothing that is said before it is permanent: who can strip STARTTLS
// could
//   also say 554.
#pragma once

#include "harness/model/policy.hpp"
#include "harness/servers/embedded/auth_client.hpp"
#include "harness/servers/embedded/message.hpp"
#include "harness/servers/embedded/mutants.hpp"
#include "harness/servers/embedded/reply.hpp"
#include "harness/servers/embedded/verification.hpp"

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtprig::embedded {

struct SessionPlan {
  std::string hostname;  // own name, for EHLO
  model::Policy policy = model::Policy::may;
  bool falling_back = false;            // `may`, in clear after TLS failed on this address
  const Message* message = nullptr;     // must outlive the session
  std::vector<std::size_t> recipients;  // indices into message->recipients; at least one
  bool tls_first = false;               // TLS from the first byte (RFC 8314 3.3)
  bool lmtp = false;                    // RFC 2033
  std::optional<Login> login = {};      // used where AUTH is offered
  bool requiretls = false;              // RFC 8689 4.2.1; the policy is verify or above
  bool tls_optional = false;            // RFC 8689 4.2.2; the policy is may
};

struct Action {
  enum class Kind {
    read,       // wait for one (more) reply
    send,       // write `bytes`, then wait for a reply
    start_tls,  // handshake, then call tls_up or tls_failed
    finish,     // result() is complete
  };
  Kind kind = Kind::read;
  std::string bytes;
  bool final_dot = false;  // the reply decides over the message: the longer time-out
};

enum class Fate {
  pending,  // not decided; result() leaves none of these
  delivered,
  deferred,  // this host could not take it now
  refused,   // this host will never take it; another may
  bounced,   // a permanent decision over the recipient
  dropped,   // planted defect: forgotten
};

struct RecipientResult {
  std::size_t recipient = 0;
  Fate fate = Fate::pending;
  Failure failure;              // deferred, refused, bounced
  std::string reply;            // delivered: the reply to the final dot
  bool relayed_notify = false;  // the peer took over the sender's wishes for reports (RFC 3461 5.2)
};

// How TLS went, in the words of reports (RFC 8460 4.3).
struct TlsEnd {
  bool tried = false;       // or missed
  std::string result_type;  // "starttls-not-supported"; empty: it came up, and was good enough
  std::string reason;
};

struct SessionResult {
  TlsEnd tls;
  std::vector<RecipientResult> recipients;
  bool fall_back = false;   // try this address again in clear, on a new connection
  bool quit = false;        // the session is in step: say QUIT
  unsigned unanswered = 0;  // replies that come before the one to QUIT
};

class Delivery {
 public:
  Delivery(SessionPlan plan, const Mutants& mutants);

  // The connection is up: the greeting is awaited.
  Action start();
  Action reply(const ServerReply& reply);
  // `version` "TLSv1.3". The certificate was judged.
  Action tls_up(const CertificateCheck& check);
  Action tls_failed(std::string_view reason);
  // The connection ended, stood still, or said what is no reply: `why` "connection lost".
  Action lost(std::string_view why, std::string_view status = "4.4.2");
  // Instead of start(): there is no connection.
  Action unreachable(std::string why);

  const SessionResult& result() const { return result_; }
  bool falling_back() const { return plan_.falling_back; }
  bool tls_first() const { return plan_.tls_first; }
  bool has_login() const { return plan_.login.has_value(); }

 private:
  enum class Stage { greeting, ehlo, helo, starttls, handshake, auth, mail, rcpt, data, dot };

  Action on_greeting(const ServerReply& reply);
  Action on_hello(const ServerReply& reply);
  Action on_starttls(const ServerReply& reply);
  Action on_auth(const ServerReply& reply);
  Action on_mail(const ServerReply& reply);
  Action on_rcpt(const ServerReply& reply);
  Action on_data(const ServerReply& reply);
  Action on_dot(const ServerReply& reply);
  Action on_dot_of_one(const ServerReply& reply);

  Action after_hello();
  Action say_hello();
  Action log_in();
  Action begin_transaction();
  Action send_chunk();
  Action next();                                 // the next command, or the next reply of the group
  Action decide(const ServerReply& reply);       // over all pending recipients
  Action host_fails(const ServerReply& reply);   // this host, before a transaction
  Action tls_fails(Failure failure, bool quit);  // it was offered
  Action defer(std::string_view status, std::string text, bool quit);
  Action refuse(std::string_view status, std::string text, bool quit);
  // No TLS, or none that will do: deferred, or given up where the message requires it.
  Action lacks_tls(std::string_view status, std::string text, bool quit);
  Action finish(bool quit);

  bool may_go_clear() const;
  bool requires_tls() const;
  bool says_requiretls() const;
  bool may_tell_password() const;
  void deliver(RecipientResult& result, const ServerReply& reply) const;
  Failure failure_of(const ServerReply& reply) const;
  bool refuses_message(Failure& failure) const;
  bool carries_binary() const;
  PeerExtensions may_say() const;
  std::string mail_command() const;
  std::string rcpt_command(const Recipient& recipient) const;
  void settle(Fate fate, const Failure& failure);  // all that are pending
  bool any_pending() const;

  SessionPlan plan_;
  Mutants mutants_;
  Stage stage_ = Stage::greeting;
  PeerExtensions extensions_;
  PeerExtensions before_tls_;
  CertificateCheck check_;
  bool tls_ = false;
  bool hello_in_tls_ = false;
  std::optional<AuthClient> auth_;
  bool logged_in_ = false;
  std::size_t next_recipient_ = 0;    // whose RCPT reply is next
  std::deque<std::string> commands_;  // of the transaction, not sent yet
  unsigned unanswered_ = 0;           // replies of the present group still to come
  SessionResult result_;
};

}  // namespace smtprig::embedded
