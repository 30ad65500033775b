// See inbound_session.hpp.
#include "harness/servers/embedded/inbound_session.hpp"

#include "harness/servers/embedded/envelope.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace smtprig::embedded {
namespace {

using fakes::smtp::Command;
using fakes::smtp::Verb;

constexpr unsigned errors_max = 20;
constexpr std::size_t received_fields_max = 100;  // RFC 5321 6.3: at least 100

InboundOutput say(int code, std::string_view enhanced, std::string_view text, bool close = false) {
  return {.bytes = fakes::smtp::reply_bytes(fakes::smtp::make_reply(code, enhanced, text)),
          .close = close};
}

InboundOutput say(const fakes::smtp::Refusal& refusal) {
  return say(refusal.code, refusal.enhanced, refusal.text);
}

bool has_bare_line_end(std::string_view content) {
  for (std::size_t i = 0; i < content.size(); ++i) {
    if (content[i] == '\n' && (i == 0 || content[i - 1] != '\r')) return true;
    if (content[i] == '\r' && (i + 1 == content.size() || content[i + 1] != '\n')) return true;
  }
  return false;
}

std::size_t received_fields(std::string_view headers) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < headers.size();) {
    const std::string_view line = headers.substr(at, headers.find('\n', at) - at);
    if (fakes::smtp::upper(line.substr(0, 9)) == "RECEIVED:") ++count;
    at += line.size() + 1;
  }
  return count;
}

}  // namespace

InboundSession::InboundSession(std::string hostname, std::string client, const Limits& limits)
    : hostname_(std::move(hostname)), client_(std::move(client)), limits_(limits) {}

InboundOutput InboundSession::greeting() const {
  return say(220, "", fmt::format("{} ESMTP", hostname_));
}

InboundOutput InboundSession::line(std::string_view text, bool bare_lf) {
  const Command command = fakes::smtp::parse_command(text);
  InboundOutput output;
  if (bare_lf) {
    output = say(500, "5.5.2", "line without CRLF");
  } else {
    switch (command.verb) {
      case Verb::ehlo:
      case Verb::helo:
        output = on_hello(command);
        break;
      case Verb::mail:
        output = on_mail(command.argument);
        break;
      case Verb::rcpt:
        output = on_rcpt(command.argument);
        break;
      case Verb::data:
        output = on_data();
        break;
      case Verb::rset:
        in_transaction_ = false;
        output = say(250, "2.0.0", "ok");
        break;
      case Verb::noop:
        output = say(250, "2.0.0", "ok");
        break;
      case Verb::vrfy:
        output = say(252, "2.5.0", "send some mail, I'll try my best");
        break;
      case Verb::quit:
        output = say(221, "2.0.0", "bye", true);
        break;
      case Verb::starttls:
      case Verb::auth:
      case Verb::known:
        output = say(502, "5.5.1", "command not implemented");
        break;
      case Verb::unknown:
        output = say(500, "5.5.2", "command not recognized");
        break;
    }
  }
  if (output.bytes.starts_with('5') && ++errors_ > errors_max) {
    return say(421, "4.7.0", "too many errors", true);
  }
  return output;
}

InboundOutput InboundSession::on_hello(const Command& command) {
  if (command.argument.empty()) return say(501, "5.5.4", "a host name is missing");
  in_transaction_ = false;
  helo_ = fakes::smtp::is_domain(command.argument) ? command.argument : "unknown";
  extended_ = command.verb == Verb::ehlo;
  if (!extended_) return say(250, "", hostname_);
  const std::vector<std::string> keywords = {hostname_,
                                             "PIPELINING",
                                             "8BITMIME",
                                             fmt::format("SIZE {}", limits_.message_bytes_max),
                                             "SMTPUTF8",
                                             "DSN",
                                             "ENHANCEDSTATUSCODES"};
  return {.bytes = fakes::smtp::reply_bytes(fakes::smtp::make_reply(250, "", keywords))};
}

InboundOutput InboundSession::on_mail(std::string_view argument) {
  if (helo_.empty()) return say(503, "5.5.1", "EHLO first");
  if (in_transaction_) return say(503, "5.5.1", "a transaction is open");
  const auto path = fakes::smtp::parse_mail(argument);
  if (!path) return say(path.error());
  Message message;
  if (const auto refusal = read_mail_parameters(*path, limits_, message)) return say(*refusal);
  message_ = std::move(message);
  in_transaction_ = true;
  return say(250, "2.1.0", "sender ok");
}

InboundOutput InboundSession::on_rcpt(std::string_view argument) {
  if (!in_transaction_) return say(503, "5.5.1", "MAIL first");
  const auto path = fakes::smtp::parse_rcpt(argument);
  if (!path) return say(path.error());
  if (message_.recipients.size() == limits_.recipients_max) {
    return say(452, "4.5.3", "too many recipients");  // RFC 5321 4.5.3.1.10
  }
  Recipient recipient;
  if (const auto refusal = read_rcpt_parameters(*path, message_, recipient)) return say(*refusal);
  message_.recipients.push_back(std::move(recipient));
  return say(250, "2.1.5", "recipient ok");
}

InboundOutput InboundSession::on_data() {
  if (!in_transaction_) return say(503, "5.5.1", "MAIL first");
  if (message_.recipients.empty()) return say(554, "5.5.1", "no valid recipients");
  reading_content_ = true;
  too_large_ = false;
  decoder_ = {};
  return say(354, "", "end with a dot on a line of its own");
}

InboundOutput InboundSession::content(std::string_view bytes, std::size_t& used) {
  used = decoder_.feed(bytes, message_.content);
  if (message_.content.size() > limits_.message_bytes_max) {
    too_large_ = true;
    message_.content.clear();
  }
  if (!decoder_.complete()) return {};
  reading_content_ = false;
  in_transaction_ = false;
  return end_of_data();
}

InboundOutput InboundSession::end_of_data() {
  if (too_large_) return say(552, "5.3.4", "message too large");
  if (has_bare_line_end(message_.content)) return say(554, "5.6.0", "bare CR or LF in the message");
  if (received_fields(header_section(message_.content)) >= received_fields_max) {
    return say(554, "5.4.6", "too many hops");
  }
  message_.arrived = std::chrono::system_clock::now();
  message_.content.insert(0, received_field());
  return {.message = std::move(message_)};
}

std::string InboundSession::received_field() const {
  // RFC 5321 4.4; the protocol names are those of RFC 3848 and RFC 6531 4.3.
  const std::string_view protocol = message_.smtputf8 ? "UTF8SMTP" : extended_ ? "ESMTP" : "SMTP";
  return fmt::format("Received: from {} ([{}])\r\n\tby {} with {};\r\n\t{}\r\n", helo_, client_,
                     hostname_, protocol, date_text(message_.arrived));
}

InboundOutput InboundSession::queued(std::string_view id) const {
  if (id.empty()) return say(452, "4.3.1", "the queue is full");
  return say(250, "2.0.0", fmt::format("Ok: queued as {}", id));
}

}  // namespace smtprig::embedded
