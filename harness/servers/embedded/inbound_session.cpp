// Commands and envelope of an inbound session; see inbound_session.hpp.
#include "harness/servers/embedded/inbound_session.hpp"

#include "harness/servers/embedded/envelope.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace smtprig::embedded {
namespace {

using fakes::smtp::Command;
using fakes::smtp::Verb;

constexpr unsigned errors_max = 20;

InboundOutput refusal_of(const fakes::smtp::Refusal& refusal) {
  return say(refusal.code, refusal.enhanced, refusal.text);
}

// A web client that was led here (cross-protocol attacks send mail in the body of a request): to go
// on would read that body as commands.
bool speaks_http(const Command& command) {
  constexpr std::array<std::string_view, 9> verbs = {
      "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"};
  return std::ranges::find(verbs, fakes::smtp::upper(command.name)) != verbs.end();
}

}  // namespace

InboundOutput say(int code, std::string_view enhanced, std::string_view text, bool close) {
  return {.bytes = fakes::smtp::reply_bytes(fakes::smtp::make_reply(code, enhanced, text)),
          .close = close};
}

InboundSession::InboundSession(std::shared_ptr<const InboundSettings> settings, std::string client)
    : settings_(std::move(settings)), client_(std::move(client)) {}

InboundOutput InboundSession::greeting() const {
  return say(220, "", fmt::format("{} ESMTP", settings_->hostname));
}

InboundOutput InboundSession::refuse_record() {
  return say(554, "5.5.2", "TLS does not begin here", true);
}

InboundOutput InboundSession::line(std::string_view text, bool bare_lf) {
  InboundOutput output;
  if (bare_lf) {
    exchange_.reset();
    output = say(500, "5.5.2", "line without CRLF");
  } else {
    output = exchange_ ? on_response(text) : command(text);
  }
  if (output.bytes.starts_with('5') && !output.close && ++errors_ > errors_max) {
    return say(421, "4.7.0", "too many errors", true);
  }
  return output;
}

InboundOutput InboundSession::command(std::string_view text) {
  const Command command = fakes::smtp::parse_command(text);
  if (speaks_http(command) && settings_->mutants.crashes_on_http) std::abort();
  if (speaks_http(command)) return say(554, "5.5.2", "this is a mail server", true);
  // Whatever becomes of it, the octets behind BDAT are read before it is answered (RFC 3030 2).
  if (fakes::smtp::upper(command.name) == "BDAT") return on_bdat(command.argument);
  if (auto forbidden = forbid(command.verb)) return std::move(*forbidden);
  return obey(command);
}

InboundOutput InboundSession::obey(const Command& command) {
  switch (command.verb) {
    case Verb::ehlo:
    case Verb::helo:
      return on_hello(command);
    case Verb::mail:
      return on_mail(command.argument);
    case Verb::rcpt:
      return on_rcpt(command.argument);
    case Verb::data:
      return on_data();
    case Verb::rset:
      forget_transaction();
      return say(250, "2.0.0", "ok");
    case Verb::noop:
      return say(250, "2.0.0", "ok");
    case Verb::vrfy:
      return say(252, "2.5.0", "send some mail, I'll try my best");
    case Verb::quit:
      return say(221, "2.0.0", "bye", true);
    case Verb::starttls:
      return on_starttls(command.argument);
    case Verb::auth:
      return on_auth(command.argument);
    case Verb::bdat:  // command() has seen to it
    case Verb::known:
      return say(502, "5.5.1", "command not implemented");
    case Verb::lhlo:
    case Verb::unknown:
      break;
  }
  return say(500, "5.5.2", "command not recognized");
}

InboundOutput InboundSession::on_hello(const Command& command) {
  if (command.argument.empty()) return say(501, "5.5.4", "a host name is missing");
  forget_transaction();
  if (helo_.empty() || !settings_->mutants.keeps_first_name)
    helo_ = fakes::smtp::is_domain(command.argument) ? command.argument : "unknown";
  extended_ = command.verb == Verb::ehlo;
  if (!extended_) return say(250, "", settings_->hostname);
  std::vector<std::string> keywords = {
      settings_->hostname, "PIPELINING",
      "8BITMIME",          fmt::format("SIZE {}", settings_->limits.message_bytes_max),
      "SMTPUTF8",          "DSN"};
  if (offers_starttls()) keywords.emplace_back("STARTTLS");
  if (offers_auth()) keywords.push_back(fmt::format("AUTH {}", mechanism_names));
  if (tls_) keywords.emplace_back("REQUIRETLS");
  for (const char* keyword : {"CHUNKING", "BINARYMIME", "ENHANCEDSTATUSCODES"})
    keywords.emplace_back(keyword);
  return {.bytes = fakes::smtp::reply_bytes(fakes::smtp::make_reply(250, "", keywords))};
}

InboundOutput InboundSession::on_mail(std::string_view argument) {
  if (helo_.empty()) return say(503, "5.5.1", "EHLO first");
  if (in_transaction_) return say(503, "5.5.1", "a transaction is open");
  const auto path = fakes::smtp::parse_mail(argument);
  if (!path) return refusal_of(path.error());
  Message message;
  // RFC 8689 2: offered, and said, inside TLS alone.
  const MailOffers offers{.auth = offers_auth(), .requiretls = tls_.has_value()};
  const auto refusal = read_mail_parameters(*path, settings_->limits, offers, message);
  const bool passes = settings_->mutants.ignores_parameters && refusal && refusal->code == 555;
  if (refusal && !passes) return refusal_of(*refusal);
  if (passes) message.sender = path->mailbox;
  forget_transaction();
  message_ = std::move(message);
  in_transaction_ = true;
  return say(250, "2.1.0", "sender ok");
}

InboundOutput InboundSession::on_rcpt(std::string_view argument) {
  if (!in_transaction_) return say(503, "5.5.1", "MAIL first");
  if (chunked_) return say(503, "5.5.1", "the content has begun");
  const auto path = fakes::smtp::parse_rcpt(argument);
  if (!path) return refusal_of(path.error());
  if (message_.recipients.size() == settings_->limits.recipients_max) {
    return say(452, "4.5.3", "too many recipients");  // RFC 5321 4.5.3.1.10
  }
  Recipient recipient;
  if (const auto refusal = read_rcpt_parameters(*path, message_, recipient))
    return refusal_of(*refusal);
  message_.recipients.push_back(std::move(recipient));
  return say(250, "2.1.5", "recipient ok");
}

void InboundSession::forget_transaction() {
  in_transaction_ = false;
  chunked_ = false;
  chunks_failed_ = false;
}

InboundOutput InboundSession::queued(std::string_view id) const {
  if (id.empty()) return say(452, "4.3.1", "the queue is full");
  return say(250, "2.0.0", fmt::format("Ok: queued as {}", id));
}

}  // namespace smtprig::embedded
