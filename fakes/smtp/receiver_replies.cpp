// See receiver_replies.hpp.
#include "fakes/smtp/receiver_replies.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "fakes/smtp/sasl_exchange.hpp"

namespace smtprig::fakes::smtp {

namespace {

using Hello = ReceiverState::Hello;

constexpr std::size_t envid_bytes_max = 100;  // RFC 3461 4.4
constexpr std::size_t orcpt_bytes_max = 500;  // RFC 3461 4.2
constexpr std::size_t size_digits_max = 20;   // RFC 1870 3

// Commands that a peer which demands TLS answers before it (RFC 3207 4).
bool allowed_before_tls(Verb verb) {
  return verb == Verb::ehlo || verb == Verb::lhlo || verb == Verb::noop || verb == Verb::starttls ||
         verb == Verb::quit;
}

// RFC 3461 4.1: NEVER, or a list of the others.
bool valid_notify(std::string_view value) {
  if (upper(value) == "NEVER") return true;
  for (std::size_t at = 0; at <= value.size();) {
    std::size_t end = std::min(value.find(',', at), value.size());
    std::string word = upper(value.substr(at, end - at));
    if (word != "SUCCESS" && word != "FAILURE" && word != "DELAY") return false;
    at = end + 1;
  }
  return true;
}

}  // namespace

Reply ReceiverReplies::coded(int code, std::string_view enhanced, std::string_view text) const {
  return make_reply(code, spec_.extensions.enhanced_status_codes ? enhanced : "", text);
}

Reply ReceiverReplies::greeting() const {
  return make_reply(220, "", name_ + " ESMTP");
}

Reply ReceiverReplies::command(const ReceiverState& state, const Command& command,
                               const boost::system::result<Path, Refusal>* path) const {
  Verb verb = command.verb;
  if (state.turned_away && verb != Verb::quit) return coded(503, "5.5.1", "Not accepting mail");
  if (spec_.require_tls && !state.tls && !allowed_before_tls(verb))
    return coded(530, "5.7.0", "Must issue a STARTTLS command first");
  bool bare = verb == Verb::data || verb == Verb::rset || verb == Verb::quit;
  if (bare && !command.argument.empty()) return coded(501, "5.5.4", "No parameters allowed");
  switch (verb) {
    case Verb::ehlo:
    case Verb::helo:
    case Verb::lhlo:
      return ehlo(state, command);
    case Verb::starttls:
      return starttls(state, command);
    case Verb::auth:
      return refuse_auth(state, command).value_or(coded(504, "5.5.4", "Not understood"));
    case Verb::mail:
      return mail(state, *path);
    case Verb::rcpt:
      return rcpt(state, *path);
    case Verb::data:
      return data(state);
    case Verb::bdat:
      return spec_.extensions.chunking ? coded(501, "5.5.4", "Syntax: BDAT size [LAST]")
                                       : coded(502, "5.5.1", "BDAT is not offered");
    case Verb::rset:
    case Verb::noop:
      return coded(250, "2.0.0", "OK");
    case Verb::vrfy:
      // RFC 5321 3.5.3: 252 promises nothing.
      return command.argument.empty() ? coded(501, "5.5.4", "Syntax: VRFY address")
                                      : coded(252, "2.1.5", "Send some mail, it may arrive");
    case Verb::quit:
      return coded(221, "2.0.0", "Bye");
    case Verb::known:
      return coded(502, "5.5.1", "Command not implemented");
    case Verb::unknown:
      break;
  }
  return coded(500, "5.5.2", "Command not recognized");
}

// Replies to EHLO and HELO carry no enhanced status code (RFC 2034 4).
Reply ReceiverReplies::ehlo(const ReceiverState& state, const Command& command) const {
  // RFC 2033 4.1: neither is answered well by who speaks the other.
  if (spec_.lmtp != (command.verb == Verb::lhlo))
    return make_reply(500, "", spec_.lmtp ? "LHLO is spoken here" : "LHLO is not spoken here");
  bool argument_missing =
      command.argument.empty() || command.argument.find(' ') != std::string::npos;
  if (argument_missing) return make_reply(501, "", "Syntax: " + command.name + " hostname");
  if (command.verb == Verb::helo) return make_reply(250, "", name_);
  const Extensions& offers = spec_.extensions;
  std::vector<std::string> texts{name_};
  if (offers.pipelining) texts.emplace_back("PIPELINING");
  if (offers.size_bytes != 0) texts.push_back(fmt::format("SIZE {}", offers.size_bytes));
  // Never inside TLS: RFC 3207 4.2.
  if (spec_.starttls == StartTls::yes && !state.tls) texts.emplace_back("STARTTLS");
  if (offers.enhanced_status_codes) texts.emplace_back("ENHANCEDSTATUSCODES");
  if (offers.eight_bit_mime) texts.emplace_back("8BITMIME");
  if (offers.dsn) texts.emplace_back("DSN");
  if (offers.smtputf8) texts.emplace_back("SMTPUTF8");
  if (offers.chunking) texts.emplace_back("CHUNKING");
  if (offers.binary_mime) texts.emplace_back("BINARYMIME");
  if (offers_auth(state)) {
    std::string names = "AUTH";
    for (const AuthMechanism mechanism : offers.mechanisms)
      names.append(" ").append(name(mechanism));
    texts.push_back(std::move(names));
  }
  if (offers.requiretls && state.tls) texts.emplace_back("REQUIRETLS");  // RFC 8689 2
  return make_reply(250, "", texts);
}

bool ReceiverReplies::offers_auth(const ReceiverState& state) const {
  const OffersAuth when = spec_.extensions.auth;
  return when == OffersAuth::always || (when == OffersAuth::in_tls && state.tls);
}

// RFC 4954 4.
std::optional<Reply> ReceiverReplies::refuse_auth(const ReceiverState& state,
                                                  const Command& command) const {
  if (state.turned_away) return coded(503, "5.5.1", "Not accepting mail");
  if (spec_.require_tls && !state.tls)
    return coded(530, "5.7.0", "Must issue a STARTTLS command first");
  if (spec_.extensions.auth == OffersAuth::no) return coded(502, "5.5.1", "AUTH is not offered");
  if (!offers_auth(state)) return coded(538, "5.7.11", "Encryption is required");
  if (state.hello != Hello::ehlo) return coded(503, "5.5.1", "Send EHLO first");
  if (state.authenticated) return coded(503, "5.5.1", "Authenticated already");
  if (state.transaction) return coded(503, "5.5.1", "Not within a transaction");
  const std::string_view argument = command.argument;
  const auto wanted = auth_mechanism_named(argument.substr(0, argument.find(' ')));
  const auto& offered = spec_.extensions.mechanisms;
  if (!wanted || std::ranges::find(offered, *wanted) == offered.end())
    return coded(504, "5.5.4", "Unknown mechanism");
  return std::nullopt;
}

Reply ReceiverReplies::starttls(const ReceiverState& state, const Command& command) const {
  if (state.tls) return coded(503, "5.5.1", "TLS is active already");
  if (spec_.starttls == StartTls::no) return coded(502, "5.5.1", "STARTTLS is not offered");
  if (!command.argument.empty()) return coded(501, "5.5.4", "No parameters allowed");
  return coded(220, "2.0.0", "Ready to start TLS");
}

std::optional<Reply> ReceiverReplies::refuse_mail_parameter(const Parameter& parameter) const {
  const Extensions& offers = spec_.extensions;
  const std::string& value = parameter.value;
  bool valid = true;
  if (parameter.keyword == "SIZE" && offers.size_bytes != 0) {
    std::uint64_t bytes = 0;
    auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), bytes);
    valid = !value.empty() && end == value.data() + value.size() && value.size() <= size_digits_max;
    bool too_big = error == std::errc::result_out_of_range || bytes > offers.size_bytes;
    if (valid && too_big) return coded(552, "5.3.4", "Message exceeds the size limit");
  } else if (parameter.keyword == "BODY" && (offers.eight_bit_mime || offers.binary_mime)) {
    valid = upper(value) == "7BIT" || (offers.eight_bit_mime && upper(value) == "8BITMIME") ||
            (offers.binary_mime && upper(value) == "BINARYMIME");
  } else if (parameter.keyword == "REQUIRETLS" && offers.requiretls) {
    valid = value.empty();
  } else if (parameter.keyword == "AUTH" && offers.auth != OffersAuth::no) {
    valid = !value.empty();
  } else if (parameter.keyword == "SMTPUTF8" && offers.smtputf8) {
    valid = value.empty();
  } else if (parameter.keyword == "RET" && offers.dsn) {
    valid = upper(value) == "FULL" || upper(value) == "HDRS";
  } else if (parameter.keyword == "ENVID" && offers.dsn) {
    valid = !value.empty() && value.size() <= envid_bytes_max;
  } else {
    return coded(555, "5.5.4", "Unsupported parameter " + parameter.keyword);
  }
  if (valid) return std::nullopt;
  return coded(501, "5.5.4", "Bad value of " + parameter.keyword);
}

Reply ReceiverReplies::mail(const ReceiverState& state,
                            const boost::system::result<Path, Refusal>& path) const {
  if (state.hello == Hello::none) return coded(503, "5.5.1", "Send EHLO first");
  if (state.transaction) return coded(503, "5.5.1", "Nested MAIL");
  if (spec_.demands_auth && !state.authenticated)
    return coded(530, "5.7.0", "Authentication required");
  if (!path) return coded(path.error().code, path.error().enhanced, path.error().text);
  for (const Parameter& parameter : path->parameters) {
    // Without EHLO nothing was negotiated (RFC 5321 2.2.1).
    if (state.hello == Hello::helo) return coded(555, "5.5.4", "Parameters need EHLO");
    if (auto refusal = refuse_mail_parameter(parameter)) return *refusal;
  }
  if (!is_ascii(path->mailbox) && !path->find("SMTPUTF8"))
    return coded(553, "5.6.7", "Address needs SMTPUTF8");  // RFC 6531 3.5
  return coded(250, "2.1.0", "OK");
}

std::optional<Reply> ReceiverReplies::refuse_rcpt_parameter(const Parameter& parameter) const {
  bool valid = true;
  if (parameter.keyword == "NOTIFY" && spec_.extensions.dsn) {
    valid = valid_notify(parameter.value);
  } else if (parameter.keyword == "ORCPT" && spec_.extensions.dsn) {
    std::size_t type = parameter.value.find(';');  // addr-type ";" xtext
    valid = type != std::string::npos && type > 0 && parameter.value.size() <= orcpt_bytes_max;
  } else {
    return coded(555, "5.5.4", "Unsupported parameter " + parameter.keyword);
  }
  if (valid) return std::nullopt;
  return coded(501, "5.5.4", "Bad value of " + parameter.keyword);
}

Reply ReceiverReplies::rcpt(const ReceiverState& state,
                            const boost::system::result<Path, Refusal>& path) const {
  if (!state.transaction) return coded(503, "5.5.1", "Need MAIL first");
  if (state.transaction->chunked) return coded(503, "5.5.1", "The content has begun");
  if (!path) return coded(path.error().code, path.error().enhanced, path.error().text);
  if (state.transaction->recipients.size() >= recipients_max)
    return coded(452, "4.5.3", "Too many recipients");  // RFC 5321 4.5.3.1.10
  for (const Parameter& parameter : path->parameters) {
    if (state.hello == Hello::helo) return coded(555, "5.5.4", "Parameters need EHLO");
    if (auto refusal = refuse_rcpt_parameter(parameter)) return *refusal;
  }
  if (!is_ascii(path->mailbox) && !state.transaction->smtputf8)
    return coded(553, "5.6.7", "Address needs SMTPUTF8");
  return coded(250, "2.1.5", "OK");
}

// RFC 5321 3.3: 503 or 554 where no recipient was accepted.
Reply ReceiverReplies::data(const ReceiverState& state) const {
  if (!state.transaction) return coded(503, "5.5.1", "Need MAIL first");
  if (state.transaction->recipients.empty())  // RFC 2033 4.2
    return coded(spec_.lmtp ? 503 : 554, "5.5.1", "No valid recipients");
  if (state.transaction->chunked) return coded(503, "5.5.1", "BDAT and DATA do not mix");
  if (state.transaction->binary) return coded(503, "5.5.1", "BINARYMIME needs BDAT");
  return make_reply(354, "", "End data with <CR><LF>.<CR><LF>");
}

std::optional<Reply> ReceiverReplies::refuse_chunk(const ReceiverState& state) const {
  if (spec_.require_tls && !state.tls)
    return coded(530, "5.7.0", "Must issue a STARTTLS command first");
  if (!state.transaction) return coded(503, "5.5.1", "Need MAIL first");
  if (state.transaction->recipients.empty()) return coded(554, "5.5.1", "No valid recipients");
  return std::nullopt;
}

Reply ReceiverReplies::chunk(const ReceiverState& state, std::uint64_t bytes) const {
  if (auto refusal = refuse_chunk(state)) return *refusal;
  return coded(250, "2.0.0", fmt::format("{} octets received", bytes));
}

Reply ReceiverReplies::end_of_data(std::uint64_t bytes) const {
  std::uint64_t bytes_max = spec_.extensions.size_bytes;
  if (bytes_max != 0 && bytes > bytes_max)
    return coded(552, "5.3.4", "Message exceeds the size limit");
  return coded(250, "2.0.0", "Accepted");
}

}  // namespace smtprig::fakes::smtp
