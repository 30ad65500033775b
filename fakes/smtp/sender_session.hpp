// The sending peer as a machine without I/O: it takes what the server did and returns what to do
// next. It applies a SenderSpec: its steps, or the honest dialogue that delivers every message. One
// object is one connection.
//
//   input    connected -> (shaken) -> reply* ... lost
//   output   notes and sends, then one act that says what to wait for, or that all ends
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "fakes/journal.hpp"
#include "fakes/sender_spec.hpp"
#include "fakes/smtp/reply.hpp"

namespace smtprig::fakes::smtp {

struct Envelope {
  std::string mail_from;  // "a@b", empty: <>
  std::vector<std::string> recipients;
  std::string content;  // with CRLF line ends, not dot-stuffed
  bool verbatim =
      false;          // `content` is as on the wire: no dot is stuffed, only the final one added
  std::string token;  // for the journal

  // Parameters beyond those that addresses and content ask for; what is empty is not said.
  bool utf8_header = false;  // needs SMTPUTF8
  bool binary = false;       // BODY=BINARYMIME; `content` need not consist of lines
  bool requiretls = false;
  std::string returned;     // RET
  std::string envelope_id;  // ENVID
  std::string notify;       // NOTIFY, of every recipient
  bool original = false;    // ORCPT, of every recipient
};

// What became of one envelope.
struct Submission {
  enum class Status {
    accepted,      // for at least one recipient: see recipient_codes
    refused,       // a 4yz or 5yz reply; `reply` holds it
    disconnected,  // the connection broke or timed out, or no handshake came about
    not_tried,     // an earlier message of the connection ended it, or no step sent it
    given_up,      // the peer found no TLS, or left by itself
  };
  Status status = Status::not_tried;
  int code = 0;
  std::string reply;                 // all lines joined by "\n", without codes of earlier stages
  std::vector<int> recipient_codes;  // of the replies to RCPT; 0: none came
  bool content_sent = false;         // to the end: without a reply nobody knows who holds it
};

namespace act {

struct Note {  // for the journal
  EventBody body;
};
struct Send {
  Reply bytes;  // lines get CRLF
};
struct ReadReply {};
struct Handshake {
  TlsStage until = TlsStage::finished;
};
struct Hang {};   // until the server leaves, or the peer is stopped
struct Drain {};  // what still comes is read, until the server leaves
struct End {
  CloseHow how = CloseHow::fin;
};

}  // namespace act

using Act = std::variant<act::Note, act::Send, act::ReadReply, act::Handshake, act::Hang,
                         act::Drain, act::End>;
using Acts = std::vector<Act>;

// What a peer is called and knows.
struct SenderIdentity {
  std::string helo = "injector.test";
  std::string user;
  std::string password;
};

class SenderSession {
 public:
  // `spec` must outlive the session.
  SenderSession(const SenderSpec& spec, SenderIdentity identity, std::vector<Envelope> envelopes);

  Acts connected();
  // Answers act::ReadReply.
  Acts reply(const ServerReply& reply);
  // Answers act::Handshake: its stage was reached. A handshake that fails is lost().
  Acts shaken();
  // The connection broke, a time-out passed, a reply was malformed: `why`. What is left to do.
  Acts lost(std::string why);

  bool tls() const { return tls_; }
  // One per envelope.
  std::vector<Submission> results() const { return results_; }

 private:
  struct Transaction {};  // of the honest dialogue: the current envelope, from MAIL to its reply
  struct Finish {};       // behind a transaction: RSET where it is due
  struct Recipient {      // RCPT alone, where there is no PIPELINING
    std::size_t index;
  };
  struct Chunk {  // BDAT alone, where there is no PIPELINING
    std::size_t index;
  };
  using Task = std::variant<Utterance, Close, Hang, Transaction, Finish, Recipient, Chunk>;
  struct Due {  // a reply that must come
    enum class Of { greeting, say, other };
    Of of = Of::other;
    Say say = Say::noop;
    std::size_t recipient = 0;  // or chunk
  };
  struct Write {
    Reply bytes;
    std::vector<EventBody> notes;  // empty: each line, or the bytes
  };

  bool honest() const { return spec_.steps.empty(); }
  bool has_envelope() const { return current_ < envelopes_.size(); }
  Acts go_on();
  bool next(Acts& acts);
  bool open(Acts& acts);
  void perform(const Utterance& utterance, Acts& acts);
  void begin_transaction();
  void finish_transaction();
  void leave_the_rest();
  void say(Say what, Acts& acts);
  void send(Write write, Acts& acts);
  Write write_of(const Utterance& utterance);
  void add_content_note(Write& write);
  Write line(std::string text) const;
  const std::string& own_name() const;
  std::string command_of(Say say, std::size_t recipient) const;
  std::string mail_command() const;
  std::string rcpt_command(std::size_t recipient) const;
  bool may_say(std::string_view keyword) const;
  bool goes_by_chunks() const;
  bool cannot_be_carried() const;
  std::size_t chunk_count() const;
  std::string chunk_command(std::size_t chunk) const;
  std::string_view chunk_content(std::size_t chunk) const;
  void add_chunk(std::size_t chunk, Write& write);
  std::string auth_command() const;
  std::string content_bytes() const;
  void expect(Say say);
  void take(const Due& due, const ServerReply& reply, Acts& acts);
  void take_hello(const ServerReply& reply, Acts& acts);
  void take_starttls(const ServerReply& reply, Acts& acts);
  void take_auth(const ServerReply& reply, Acts& acts);
  void take_transaction(const Due& due, const ServerReply& reply);
  void settle(Submission::Status status, int code, const std::string& reply);
  void give_up(Submission::Status status, int code, const std::string& reply);

  const SenderSpec& spec_;
  SenderIdentity identity_;
  std::vector<Envelope> envelopes_;
  std::vector<Submission> results_;
  std::deque<Task> tasks_;
  std::deque<Due> due_;

  bool opening_ = false;
  bool said_hello_ = false;  // in this state of TLS
  bool tried_helo_ = false;
  bool tried_tls_ = false;
  bool tried_auth_ = false;
  unsigned auth_turns_ = 0;
  bool tls_ = false;
  std::optional<TlsStage> shaking_;  // until which stage
  TlsStage wanted_stage_ = TlsStage::finished;
  std::size_t lines_behind_ = 0;  // STARTTLS in one write: answered if no TLS begins
  Ehlo ehlo_;
  std::size_t current_ = 0;   // envelope
  bool refused_ = false;      // MAIL, or DATA, or every recipient
  bool may_send_ = false;     // DATA was answered with 3yz
  bool needs_reset_ = false;  // a refused transaction may still be open
  bool quitting_ = false;
  bool over_ = false;
};

}  // namespace smtprig::fakes::smtp
