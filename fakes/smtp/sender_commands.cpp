// The bytes of a sending peer's commands; see sender_session.hpp.
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include <fmt/format.h>

#include "fakes/smtp/command.hpp"
#include "fakes/smtp/content.hpp"
#include "fakes/smtp/sender_session.hpp"

namespace smtprig::fakes::smtp {

namespace {

constexpr unsigned auth_turns_max = 4;

std::string base64(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

// Empty for what is not base64.
std::string from_base64(std::string_view text) {
  std::string bytes(text.size() / 4 * 3 + 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  if (size < 0) return {};
  bytes.resize(static_cast<std::size_t>(size));
  for (std::size_t i = 0; i < 2 && text.ends_with('='); ++i, text.remove_suffix(1))
    bytes.pop_back();
  return bytes;
}

std::string hmac_md5(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  HMAC(EVP_md5(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
  std::string hex;
  for (unsigned i = 0; i < size; ++i)
    hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

}  // namespace

std::string SenderSession::commands_of(Say what, std::size_t recipient) const {
  switch (what) {
    case Say::ehlo: {
      const std::string& outside = spec_.helo.empty() ? identity_.helo : spec_.helo;
      return "EHLO " + (tls_ && !spec_.helo_in_tls.empty() ? spec_.helo_in_tls : outside);
    }
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
      return "AUTH PLAIN " + base64(std::string(1, '\0') + identity_.user + '\0' + password);
    case AuthMechanism::login:
      return "AUTH LOGIN";
    case AuthMechanism::cram_md5:
      return "AUTH CRAM-MD5";
    case AuthMechanism::xoauth2:
      return "AUTH XOAUTH2 " + base64(fmt::format("user={}\x01"
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
      answer = base64(auth_turns_ == 1 ? identity_.user : password);
      break;
    case AuthMechanism::cram_md5:
      answer = base64(identity_.user + " " + hmac_md5(password, from_base64(reply.text())));
      break;
    case AuthMechanism::plain:
    case AuthMechanism::xoauth2:  // an error was told in the challenge: nothing is left to say
      break;
  }
  Reply bytes{.lines = {answer}};
  bytes.segment = spec_.segment;
  send(std::move(bytes), false, acts);
  due_.push_front({Due::Of::say, Say::auth, 0});
}

void SenderSession::send(Reply bytes, bool is_content, Acts& acts) {
  std::vector<act::Note> notes;
  if (is_content && has_envelope()) {
    const Envelope& envelope = envelopes_[current_];
    results_[current_].content_sent = true;
    notes.push_back({ContentSent{envelope.content.size(), tls_, envelope.token}});
  } else if (!bytes.raw.empty()) {
    notes.push_back({BytesOut{bytes.raw, tls_}});
  } else {
    for (const std::string& line : bytes.lines)
      notes.push_back({LineOut{line, tls_}});
  }
  acts.emplace_back(act::Send{std::move(bytes)});
  for (act::Note& note : notes)
    acts.emplace_back(std::move(note));
}

}  // namespace smtprig::fakes::smtp
