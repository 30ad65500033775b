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

// RFC 3461 4: what is not printable, "+" and "=" as "+" and two digits.
std::string xtext(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool plain = c > 32 && c < 127 && c != '+' && c != '=';
    if (plain)
      encoded += c;
    else
      encoded += fmt::format("+{:02X}", static_cast<unsigned char>(c));
  }
  return encoded;
}

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
  const bool ends = says_that(utterance, Say::data) || says_that(utterance, Say::chunks);
  if (gave_in && ends && !says_that(utterance, Say::mail)) return;
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
  std::size_t count = 1;
  if (what == Say::rcpt && has_envelope()) count = envelopes_[current_].recipients.size();
  if (what == Say::chunks) count = chunk_count();
  for (std::size_t i = 0; i < count; ++i)
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
  const bool chunks = says_that(utterance, Say::chunks);
  const bool content = says_that(utterance, Say::content) || chunks;
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
    const bool command = what != Say::content && what != Say::chunks;
    for (std::size_t i = 0; command && i < commands; ++i) {
      write.bytes.lines.push_back(command_of(what, i));
      raw += write.bytes.lines.back() + "\r\n";
      if (content) write.notes.emplace_back(LineOut{write.bytes.lines.back(), tls_});
    }
    if (what == Say::chunks) {
      write.bytes.raw = std::move(raw);
      for (std::size_t i = 0; i < chunk_count(); ++i)
        add_chunk(i, write);
      raw = std::move(write.bytes.raw);
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
      return has_envelope() ? rcpt_command(recipient) : "RCPT TO:<>";
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
    case Say::chunks:
      break;
  }
  return {};
}

std::string SenderSession::mail_command() const {
  if (!has_envelope()) return "MAIL FROM:<>";
  const Envelope& envelope = envelopes_[current_];
  std::string line = "MAIL FROM:<" + envelope.mail_from + ">";
  if (ehlo_.has("SIZE")) line += fmt::format(" SIZE={}", envelope.content.size());
  if (envelope.binary && may_say("BINARYMIME")) {
    line += " BODY=BINARYMIME";
  } else if (ehlo_.has("8BITMIME") && !is_ascii(envelope.content)) {
    line += " BODY=8BITMIME";
  }
  bool ascii = is_ascii(envelope.mail_from) && !envelope.utf8_header;
  for (const std::string& recipient : envelope.recipients)
    ascii = ascii && is_ascii(recipient);
  if (may_say("SMTPUTF8") && !ascii) line += " SMTPUTF8";
  if (may_say("REQUIRETLS") && envelope.requiretls) line += " REQUIRETLS";
  if (may_say("DSN") && !envelope.returned.empty()) line += " RET=" + envelope.returned;
  if (may_say("DSN") && !envelope.envelope_id.empty()) line += " ENVID=" + envelope.envelope_id;
  return line;
}

std::string SenderSession::rcpt_command(std::size_t recipient) const {
  const Envelope& envelope = envelopes_[current_];
  const std::string& address = envelope.recipients[recipient];
  std::string line = "RCPT TO:<" + address + ">";
  if (may_say("DSN") && !envelope.notify.empty()) line += " NOTIFY=" + envelope.notify;
  if (may_say("DSN") && envelope.original) line += " ORCPT=rfc822;" + xtext(address);
  return line;
}

bool SenderSession::may_say(std::string_view keyword) const {
  return spec_.insists || ehlo_.has(keyword);
}

bool SenderSession::goes_by_chunks() const {
  return spec_.chunks > 0 && may_say("CHUNKING");
}

// RFC 3030 3: binary content goes by BDAT to who offers BINARYMIME, and nowhere else.
bool SenderSession::cannot_be_carried() const {
  return has_envelope() && envelopes_[current_].binary && !spec_.insists &&
         !(goes_by_chunks() && ehlo_.has("BINARYMIME"));
}

// A content may be shorter than its chunks are many.
std::size_t SenderSession::chunk_count() const {
  const std::size_t bytes = has_envelope() ? envelopes_[current_].content.size() : 0;
  return std::clamp<std::size_t>(spec_.chunks, 1, std::max<std::size_t>(bytes, 1));
}

// All of one size, the last one with what is over: chunks end wherever they end, in the midst of a
// line as well.
std::string_view SenderSession::chunk_content(std::size_t chunk) const {
  if (!has_envelope()) return {};
  const std::string_view content = envelopes_[current_].content;
  const std::size_t size = content.size() / chunk_count();
  const bool last = chunk + 1 == chunk_count();
  return content.substr(chunk * size, last ? std::string_view::npos : size);
}

std::string SenderSession::chunk_command(std::size_t chunk) const {
  const bool last = chunk + 1 == chunk_count();
  return fmt::format("BDAT {}{}", chunk_content(chunk).size(), last ? " LAST" : "");
}

void SenderSession::add_chunk(std::size_t chunk, Write& write) {
  write.bytes.raw += chunk_command(chunk) + "\r\n";
  write.bytes.raw += chunk_content(chunk);
  write.notes.emplace_back(LineOut{chunk_command(chunk), tls_});
  if (has_envelope() && chunk + 1 == chunk_count()) add_content_note(write);
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
