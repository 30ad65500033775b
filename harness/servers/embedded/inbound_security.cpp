// What a session may do when, by the listener's policy; STARTTLS (RFC 3207) and AUTH (RFC 4954).
// See inbound_session.hpp.
#include "harness/servers/embedded/inbound_session.hpp"

#include "fakes/smtp/sasl.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace smtprig::embedded {

using fakes::smtp::Verb;

std::optional<InboundOutput> InboundSession::forbid(Verb verb) const {
  const InboundPolicy policy = settings_->policy;
  if (policy < InboundPolicy::encrypt) return std::nullopt;
  if (!tls_) {
    // RFC 3207 4: "to every command other than NOOP, EHLO, STARTTLS, or QUIT". HELO is not there.
    const bool free =
        verb == Verb::noop || verb == Verb::ehlo || verb == Verb::starttls || verb == Verb::quit;
    const Mutants& planted = settings_->mutants;
    if (free || planted.mail_before_tls || (planted.auth_in_clear && verb == Verb::auth))
      return std::nullopt;
    return say(530, "5.7.0", "Must issue a STARTTLS command first");
  }
  // RFC 3207 4.1: "to every SMTP command (other than a QUIT command)".
  if (policy == InboundPolicy::encrypt || tls_->trust == Trust::trusted || verb == Verb::quit)
    return std::nullopt;
  if (tls_->trust == Trust::anonymous && settings_->mutants.forgets_client_certificate)
    return std::nullopt;
  return say(554, "5.7.0", "Command refused: a client certificate that I trust is needed");
}

bool InboundSession::offers_starttls() const {
  const bool first = !tls_ || settings_->mutants.offers_starttls_inside_tls;
  return first && settings_->policy != InboundPolicy::none;
}

bool InboundSession::offers_auth() const {
  return (tls_ || settings_->mutants.auth_in_clear) && settings_->service != Service::smtp;
}

InboundOutput InboundSession::on_starttls(std::string_view argument) {
  const Mutants& planted = settings_->mutants;
  if (tls_ && !planted.second_starttls) return say(503, "5.5.1", "TLS is active already");
  if (!tls_ && !offers_starttls() && !planted.handshakes_unasked)
    return say(502, "5.5.1", "command not implemented");
  if (!argument.empty() && !planted.ignores_starttls_parameter)
    return say(501, "5.5.4", "STARTTLS takes no parameter");
  InboundOutput output = say(220, "2.0.0", "Ready to start TLS");
  output.start_tls = !tls_;
  return output;
}

void InboundSession::tls_up(InboundTls tls) {
  tls_ = std::move(tls);
  if (!settings_->mutants.keeps_first_name) helo_.clear();
  extended_ = false;
  authenticated_ = false;
  if (!settings_->mutants.keeps_transaction_across_tls) forget_transaction();
}

InboundOutput InboundSession::on_auth(std::string_view argument) {
  if (!offers_auth()) {
    const bool inside_tls = settings_->service != Service::smtp && offers_starttls();
    return inside_tls ? say(538, "5.7.11", "Encryption required: STARTTLS first")
                      : say(502, "5.5.1", "command not implemented");
  }
  if (authenticated_) return say(503, "5.5.1", "already authenticated");
  if (in_transaction_) return say(503, "5.5.1", "a transaction is open");
  if (!extended_) return say(503, "5.5.1", "EHLO first");
  const std::size_t space = std::min(argument.find(' '), argument.size());
  const auto mechanism = mechanism_named(argument.substr(0, space));
  if (!mechanism) return say(504, "5.5.4", "authentication mechanism not known");
  std::optional<std::string> initial;
  if (space < argument.size()) {
    const std::string_view text = argument.substr(space + 1);
    initial = text == "=" ? std::string() : fakes::smtp::from_base64(text);
    if (!initial) return say(501, "5.5.2", "not base64");
  }
  exchange_.emplace(*mechanism, settings_->users, settings_->hostname, settings_->mutants);
  return authenticate(exchange_->begin(initial));
}

InboundOutput InboundSession::on_response(std::string_view text) {
  const auto response = fakes::smtp::from_base64(text);
  if (response) return authenticate(exchange_->respond(*response));
  exchange_.reset();
  if (text == "*") return say(501, "5.7.0", "authentication cancelled");
  return say(501, "5.5.2", "not base64");
}

InboundOutput InboundSession::authenticate(const SaslStep& step) {
  // RFC 4954 4: a challenge without text keeps its space.
  if (step.kind == SaslStep::Kind::challenge)
    return {.bytes = fmt::format("334 {}\r\n", fakes::smtp::to_base64(step.challenge))};
  exchange_.reset();
  switch (step.kind) {
    case SaslStep::Kind::challenge:
      break;
    case SaslStep::Kind::accepted:
      authenticated_ = true;
      return say(235, "2.7.0", "Authentication successful");
    case SaslStep::Kind::refused:
      return say(535, "5.7.8", "Authentication credentials invalid");
    case SaslStep::Kind::too_early:
      return say(501, "5.7.0", "this mechanism takes no initial response");
    case SaslStep::Kind::malformed:
      return say(501, "5.5.2", "not a response of this mechanism");
  }
  return say(535, "5.7.8", "Authentication credentials invalid");
}

}  // namespace smtprig::embedded
