// One inbound SMTP session without I/O: lines and content in, replies and messages out (RFC 5321,
// with PIPELINING, 8BITMIME, SIZE, SMTPUTF8, DSN, ENHANCEDSTATUSCODES). It relays for everybody, as
// only a server on a private network may; no TLS, no AUTH. A message with a bare CR or LF is
// refused, because it would end elsewhere for another server (RFC 5321 2.3.8).
#pragma once

#include "fakes/smtp/grammar.hpp"
#include "harness/servers/embedded/config.hpp"
#include "harness/servers/embedded/message.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace smtprig::embedded {

struct InboundOutput {
  std::string bytes;   // for the client
  bool close = false;  // once they are written
  // A message is complete: the driver queues it and then calls queued() for the reply.
  std::optional<Message> message;
};

class InboundSession {
 public:
  // `client`: its address, for the Received field.
  InboundSession(std::string hostname, std::string client, const Limits& limits);

  InboundOutput greeting() const;
  // A command line without its line end.
  InboundOutput line(std::string_view text, bool bare_lf);
  // While reading_content(): takes bytes up to the end of data; `used` tells how many.
  InboundOutput content(std::string_view bytes, std::size_t& used);
  bool reading_content() const { return reading_content_; }

  // The reply to a message that was handed over: `id` of the queue, empty if there was no room.
  InboundOutput queued(std::string_view id) const;

 private:
  InboundOutput on_hello(const fakes::smtp::Command& command);
  InboundOutput on_mail(std::string_view argument);
  InboundOutput on_rcpt(std::string_view argument);
  InboundOutput on_data();
  InboundOutput end_of_data();
  std::string received_field() const;

  std::string hostname_;
  std::string client_;
  Limits limits_;
  std::string helo_;  // empty: not said yet
  bool extended_ = false;
  bool in_transaction_ = false;
  bool reading_content_ = false;
  bool too_large_ = false;
  unsigned errors_ = 0;
  Message message_;
  fakes::smtp::DotDecoder decoder_;
};

}  // namespace smtprig::embedded
