// What a sending peer says, and its bytes; see sender_session.hpp.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "fakes/smtp/command.hpp"
#include "fakes/smtp/content.hpp"
#include "fakes/smtp/sasl.hpp"
#include "fakes/smtp/sender_session.hpp"

namespace smtprig::fakes::smtp {

namespace {

constexpr unsigned auth_turns_max = 4;

bool says_that(const Utterance& utterance, Say what) {
  return std::ranges::find(utterance.says, what) != utterance.says.end();
}

}  // namespace

void SenderSession::perform(const Utterance& utterance, Acts& acts) {
  if (says_that(utterance, Say::open)) {
    opening_ = true;
    return;
  }
  const bool content = says_that(utterance, Say::content);
  const bool gave_in = honest() && refused_;  // an honest transaction ends with its first refusal
  if (content && !says_that(utterance, Say::data) && (!may_send_ || gave_in)) {
    if (!honest() && has_envelope()) ++current_;
    return;
  }
  if (gave_in && says_that(utterance, Say::data) && !says_that(utterance, Say::mail)) return;
  wanted_stage_ = utterance.until;
  const auto lines = std::ranges::count(utterance.raw, '\n');
  lines_behind_ = lines > 1 && !utterance.replies ? static_cast<std::size_t>(lines - 1) : 0;
  const std::size_t before = due_.size();
  for (const Say what : utterance.says)
    expect(what);
  if (utterance.says.empty()) due_.push_back({});
  if (utterance.replies) due_.resize(before + *utterance.replies);
  quitting_ = quitting_ || says_that(utterance, Say::quit);
  send(write_of(utterance), acts);
}

void SenderSession::expect(Say what) {
  if (what != Say::rcpt || !has_envelope()) {
    due_.push_back({Due::Of::say, what, 0});
    return;
  }
  for (std::size_t i = 0; i < envelopes_[current_].recipients.size(); ++i)
    due_.push_back({Due::Of::say, what, i});
}

void SenderSession::say(Say what, Acts& acts) {
  Utterance utterance;
  utterance.says = {what};
  perform(utterance, acts);
}

SenderSession::Write SenderSession::write_of(const Utterance& utterance) {
  Write write;
  write.bytes.segment = utterance.segment.value_or(spec_.segment);
  write.bytes.delay = std::max(utterance.delay, spec_.pace);
  const bool content = says_that(utterance, Say::content);
  if (!utterance.lines.empty() || !utterance.raw.empty()) {
    write.bytes.lines = utterance.lines;
    write.bytes.raw = utterance.raw;
    if (content && has_envelope()) add_content_note(write);
    return write;
  }
  std::string raw;
  for (const Say what : utterance.says) {
    const std::size_t commands =
        what == Say::rcpt && has_envelope() ? envelopes_[current_].recipients.size() : 1;
    for (std::size_t i = 0; what != Say::content && i < commands; ++i) {
      write.bytes.lines.push_back(command_of(what, i));
      raw += write.bytes.lines.back() + "\r\n";
      if (content) write.notes.emplace_back(LineOut{write.bytes.lines.back(), tls_});
    }
    if (what != Say::content) continue;
    raw += content_bytes();
    if (has_envelope())
      add_content_note(write);
    else
      write.notes.emplace_back(BytesOut{content_bytes(), tls_});
  }
  if (content) {
    write.bytes.raw = std::move(raw);
    write.bytes.lines.clear();
  }
  return write;
}

void SenderSession::add_content_note(Write& write) {
  const Envelope& envelope = envelopes_[current_];
  results_[current_].content_sent = true;
  write.notes.emplace_back(ContentSent{envelope.content.size(), tls_, envelope.token});
}

SenderSession::Write SenderSession::line(std::string text) const {
  Write write;
  write.bytes.lines.push_back(std::move(text));
  write.bytes.segment = spec_.segment;
  write.bytes.delay = spec_.pace;
  return write;
}

const std::string& SenderSession::own_name() const {
  if (tls_ && !spec_.helo_in_tls.empty()) return spec_.helo_in_tls;
  return spec_.helo.empty() ? identity_.helo : spec_.helo;
}

std::string SenderSession::command_of(Say what, std::size_t recipient) const {
  switch (what) {
    case Say::ehlo:
      return "EHLO " + own_name();
    case Say::starttls:
      return "STARTTLS";
    case Say::auth:
      return auth_command();
    case Say::mail:
      return mail_command();
    case Say::rcpt:
      return has_envelope() ? "RCPT TO:<" + envelopes_[current_].recipients[recipient] + ">"
                            : "RCPT TO:<>";
    case Say::data:
      return "DATA";
    case Say::rset:
      return "RSET";
    case Say::noop:
      return "NOOP";
    case Say::vrfy:
      return "VRFY postmaster";
    case Say::quit:
      return "QUIT";
    case Say::open:
    case Say::content:
      break;
  }
  return {};
}

std::string SenderSession::mail_command() const {
  if (!has_envelope()) return "MAIL FROM:<>";
  const Envelope& envelope = envelopes_[current_];
  std::string line = "MAIL FROM:<" + envelope.mail_from + ">";
  if (ehlo_.has("SIZE")) line += fmt::format(" SIZE={}", envelope.content.size());
  if (ehlo_.has("8BITMIME") && !is_ascii(envelope.content)) line += " BODY=8BITMIME";
  bool ascii = is_ascii(envelope.mail_from);
  for (const std::string& recipient : envelope.recipients)
    ascii = ascii && is_ascii(recipient);
  if (ehlo_.has("SMTPUTF8") && !ascii) line += " SMTPUTF8";
  return line;
}

std::string SenderSession::content_bytes() const {
  if (!has_envelope()) return ".\r\n";
  const Envelope& envelope = envelopes_[current_];
  if (!envelope.verbatim) return dot_stuff(envelope.content);
  return envelope.content + (envelope.content.ends_with("\r\n") ? ".\r\n" : "\r\n.\r\n");
}

// RFC 4616, 2195; LOGIN and XOAUTH2 as their vendors describe them.
std::string SenderSession::auth_command() const {
  const auto mechanism = spec_.auth ? spec_.auth->mechanism : AuthMechanism::plain;
  const bool good = !spec_.auth || spec_.auth->good_password;
  const std::string password = good ? identity_.password : identity_.password + "-wrong";
  switch (mechanism) {
    case AuthMechanism::plain:
      return "AUTH PLAIN " + to_base64(std::string(1, '\0') + identity_.user + '\0' + password);
    case AuthMechanism::login:
      return "AUTH LOGIN";
    case AuthMechanism::cram_md5:
      return "AUTH CRAM-MD5";
    case AuthMechanism::xoauth2:
      return "AUTH XOAUTH2 " + to_base64(fmt::format("user={}\x01"
                                                     "auth=Bearer {}\x01\x01",
                                                     identity_.user, password));
  }
  return {};
}

void SenderSession::take_auth(const ServerReply& reply, Acts& acts) {
  const bool challenge = reply.first_digit() == 3 && ++auth_turns_ <= auth_turns_max;
  if (!challenge) {
    if (reply.first_digit() != 2) give_up(Submission::Status::refused, reply.code, reply.text());
    return;
  }
  const bool good = !spec_.auth || spec_.auth->good_password;
  const std::string password = good ? identity_.password : identity_.password + "-wrong";
  std::string answer;
  switch (spec_.auth ? spec_.auth->mechanism : AuthMechanism::plain) {
    case AuthMechanism::login:
      answer = to_base64(auth_turns_ == 1 ? identity_.user : password);
      break;
    case AuthMechanism::cram_md5:
      answer = to_base64(identity_.user + " " +
                         keyed_md5(password, from_base64(reply.text()).value_or("")));
      break;
    case AuthMechanism::plain:
    case AuthMechanism::xoauth2:  // an error was told in the challenge: nothing is left to say
      break;
  }
  send(line(std::move(answer)), acts);
  due_.push_front({Due::Of::say, Say::auth, 0});
}

void SenderSession::send(Write write, Acts& acts) {
  const Reply& bytes = write.bytes;
  if (write.notes.empty() && !bytes.raw.empty())
    write.notes.emplace_back(BytesOut{bytes.raw, tls_});
  if (write.notes.empty())
    for (const std::string& each : bytes.lines)
      write.notes.emplace_back(LineOut{each, tls_});
  acts.emplace_back(act::Send{std::move(write.bytes)});
  for (EventBody& note : write.notes)
    acts.emplace_back(act::Note{std::move(note)});
}

}  // namespace smtprig::fakes::smtp
