// One inbound SMTP session without I/O: lines and content in, replies and messages out (RFC 5321,
// with PIPELINING, 8BITMIME, SIZE, SMTPUTF8, DSN, ENHANCEDSTATUSCODES, CHUNKING, BINARYMIME,
// REQUIRETLS; STARTTLS and AUTH as the listener's policy and service say). It relays for everybody,
// as only a server on a private network may. A text message with a bare CR or LF is refused,
// because it would end elsewhere for another server (RFC 5321 2.3.8); any other octet is content,
// NUL too (RFC 5321 4.1.1.4: "any of the 128 ASCII character codes"), and no line of it is too
// long.
//
//   inbound_session.cpp   commands, envelope
//   inbound_content.cpp   DATA, BDAT, what becomes of a content
//   inbound_security.cpp  what may be said when, STARTTLS, AUTH
#pragma once

#include "fakes/smtp/grammar.hpp"
#include "harness/servers/embedded/config.hpp"
#include "harness/servers/embedded/content_reader.hpp"
#include "harness/servers/embedded/inbound_tls.hpp"
#include "harness/servers/embedded/message.hpp"
#include "harness/servers/embedded/sasl.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace smtprig::embedded {

// What all sessions of a listener have in common.
struct InboundSettings {
  std::string hostname;
  InboundPolicy policy = InboundPolicy::none;
  Service service = Service::smtp;
  Users users;
  Limits limits;
  Mutants mutants;
};

struct InboundOutput {
  std::string bytes;       // for the client
  bool close = false;      // once they are written
  bool start_tls = false;  // once they are written: the driver shakes hands, then calls tls_up()
  // A message is complete: the driver queues it and then calls queued() for the reply.
  std::optional<Message> message;
};

class InboundSession {
 public:
  // `client`: its address literal, for the Received field ("127.0.0.1", "IPv6:::1").
  InboundSession(std::shared_ptr<const InboundSettings> settings, std::string client);

  const InboundSettings& settings() const { return *settings_; }
  // Whether TLS comes before the greeting.
  bool begins_with_tls() const { return settings_->service == Service::submissions; }
  InboundOutput greeting() const;
  // A command line without its line end, or a response in an AUTH exchange.
  InboundOutput line(std::string_view text, bool bare_lf);
  // With line end: RFC 5321 4.5.3.1.4 and all extensions, RFC 4954 4 for responses.
  std::size_t line_bytes_max() const { return exchange_ ? 12'290 : 4'096; }
  // While reading_content(): takes bytes up to the end of data or chunk; `used` tells how many.
  InboundOutput content(std::string_view bytes, std::size_t& used);
  bool reading_content() const { return reading_data_ || chunk_left_ > 0; }

  // RFC 3207 4.2: what was known of the client before is forgotten.
  void tls_up(InboundTls tls);
  // Octets came that begin no command but a TLS record: 554 and the end.
  static InboundOutput refuse_record();

  // With the planted defect: what came of a content that never ended.
  std::optional<Message> unfinished();

  // The reply to a message that was handed over: `id` of the queue, empty if there was no room.
  InboundOutput queued(std::string_view id) const;

 private:
  InboundOutput command(std::string_view text);
  InboundOutput obey(const fakes::smtp::Command& command);
  InboundOutput on_hello(const fakes::smtp::Command& command);
  InboundOutput on_mail(std::string_view argument);
  InboundOutput on_rcpt(std::string_view argument);
  void forget_transaction();

  InboundOutput on_data();
  InboundOutput on_bdat(std::string_view argument);
  InboundOutput data(std::string_view bytes, std::size_t& used);
  InboundOutput chunk(std::string_view bytes, std::size_t& used);
  InboundOutput end_of_chunk();
  InboundOutput end_of_data();
  void bound_content();
  std::string received_field() const;

  // The reply that the policy has for a command now, if it may not be obeyed.
  std::optional<InboundOutput> forbid(fakes::smtp::Verb verb) const;
  bool offers_starttls() const;
  bool offers_auth() const;
  InboundOutput on_starttls(std::string_view argument);
  InboundOutput on_auth(std::string_view argument);
  InboundOutput on_response(std::string_view text);
  InboundOutput authenticate(const SaslStep& step);

  std::shared_ptr<const InboundSettings> settings_;
  std::string client_;
  std::optional<InboundTls> tls_;
  std::string helo_;  // empty: not said yet
  bool extended_ = false;
  bool authenticated_ = false;
  std::optional<SaslExchange> exchange_;  // AUTH is under way
  unsigned errors_ = 0;

  // The transaction.
  bool in_transaction_ = false;
  bool reading_data_ = false;
  bool chunked_ = false;          // BDAT was said
  bool last_chunk_ = false;       // the present chunk is the last
  bool chunks_failed_ = false;    // RFC 3030 2: until RSET
  std::uint64_t chunk_left_ = 0;  // octets of the present chunk
  bool too_large_ = false;
  Message message_;
  ContentReader reader_;
};

// A reply of one line. For the files that make up the session.
InboundOutput say(int code, std::string_view enhanced, std::string_view text, bool close = false);

}  // namespace smtprig::embedded
