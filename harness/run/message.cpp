// See message.hpp.
#include "harness/run/message.hpp"

#include <algorithm>
#include <random>

#include <fmt/format.h>

#include "fakes/smtp/content.hpp"
#include "harness/plan/plan.hpp"

namespace smtprig::run {
namespace {

constexpr std::size_t ordinary_line_bytes = 72;
constexpr std::size_t full_line_bytes = 998;  // RFC 5321 4.5.3.1.6, without CRLF
constexpr std::size_t long_line_bytes = 1'200;
constexpr std::size_t base64_line_bytes = 76;  // RFC 2045 6.8
constexpr std::string_view boundary = "=_rig";

// Printable text of that many bytes, the same for every message.
std::string filling(std::size_t bytes) {
  constexpr std::string_view words =
      "All that is sent must arrive, and only where it was sent to. ";
  std::string text;
  while (text.size() < bytes)
    text += words.substr(0, bytes - text.size());
  return text;
}

std::string mime_header(const model::Content& content) {
  if (content.mime || content.attachment)
    return fmt::format(
        "MIME-Version: 1.0\r\n"
        "Content-Type: multipart/mixed; boundary=\"{}\"\r\n",
        boundary);
  if (!content.binary) return {};
  return "MIME-Version: 1.0\r\n"
         "Content-Type: application/octet-stream\r\n"
         "Content-Transfer-Encoding: binary\r\n";
}

std::string mime_parts() {
  return fmt::format(
      "--{0}\r\n"
      "Content-Type: text/plain; charset=utf-8\r\n"
      "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
      "Gr=C3=BC=C3=9Fe, soft=\r\n line, trailing=20\r\n"
      "--{0}\r\n"
      "Content-Type: application/octet-stream\r\n"
      "Content-Transfer-Encoding: base64\r\n\r\n"
      "AAECAwQFBgcICQoLDA0ODw==\r\n"
      "--{0}--\r\n",
      boundary);
}

// All bytes but NUL, and line ends of every kind, at the end none.
std::string binary_part() {
  std::string bytes = "binary: \r bare \n bare \n\r turned \r\n.\r\n..\r\r\n";
  for (int byte = 1; byte < 256; ++byte)
    bytes += static_cast<char>(byte);
  return bytes;
}

// A further part: noise of the seed in base64, so that nothing can compress it, until `bytes` are
// reached.
std::string attachment(std::size_t bytes, std::uint64_t seed) {
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string part = fmt::format(
      "--{0}\r\n"
      "Content-Type: application/octet-stream; name=\"noise.bin\"\r\n"
      "Content-Transfer-Encoding: base64\r\n"
      "Content-Disposition: attachment; filename=\"noise.bin\"\r\n\r\n",
      boundary);
  std::mt19937_64 noise(seed);
  const std::string end = fmt::format("--{}--\r\n", boundary);
  do {
    for (std::size_t i = 0; i < base64_line_bytes; ++i)
      part += alphabet[noise() % alphabet.size()];
    part += "\r\n";
  } while (part.size() + end.size() < bytes);
  return part + end;
}

std::string text_part() {
  return fmt::format(
      "--{}\r\n"
      "Content-Type: text/plain; charset=us-ascii\r\n\r\n"
      "What is attached is noise.\r\n",
      boundary);
}

std::string body_of(const model::Content& content, const std::string& secret) {
  std::string body = secret + "\r\n";
  if (content.mime) body += mime_parts();
  if (content.eight_bit)
    body +=
        "Gr\xc3\xbc\xc3\x9f"
        "e, \xff\xfe\x80\r\n";
  if (content.dots) body += ".\r\n..\r\n.a\r\n...\r\nend.\r\n";
  if (content.long_line) body += filling(long_line_bytes) + "\r\n";
  if (content.bare_lf) body += "before a bare line feed\nbehind it\r\n";
  if (content.bare_cr) body += "before a bare carriage return\rbehind it\r\n";
  if (content.full_line) body += filling(full_line_bytes) + "\r\n";
  if (content.nul) body += std::string("before a NUL") + '\0' + "behind it\r\n";
  if (content.binary) body += binary_part();
  return body;
}

// What a server that takes `false_end` for the end of data reads as a transaction of its own.
std::string smuggled(const model::Content& content, const std::string& mail_from,
                     const std::string& domain) {
  return fmt::format(
      "before the false end{}"
      "MAIL FROM:<{}>\r\nRCPT TO:<{}@{}>\r\nDATA\r\n"
      "Subject: smuggled\r\n\r\nThis was never sent as a message.\r\n",
      content.false_end, mail_from, model::smuggled_recipient, domain);
}

}  // namespace

Composed compose(const model::Cell& cell, const model::Message& message, std::uint64_t root_seed,
                 unsigned round) {
  const auto seed = plan::seed_of(root_seed, fmt::format("{}#{}#{}", cell.id(), message.id, round));

  Composed composed;
  composed.id = message.id;
  composed.token = fmt::format("{:016x}", seed);
  composed.secret =
      fmt::format("Whoever can read this line could read the message: {}", composed.token);
  auto& envelope = composed.envelope;
  envelope.mail_from =
      fmt::format("{}@{}", composed.token, message.requiretls ? sink_domain_with_tls : sink_domain);
  for (const auto& recipient : message.recipients)
    envelope.recipients.push_back(cell.address(recipient));
  envelope.token = composed.token;
  envelope.utf8_header = message.content.utf8_header;
  envelope.binary = message.content.binary;
  envelope.requiretls = message.requiretls;
  envelope.returned = message.dsn.returned;
  envelope.envelope_id = message.dsn.envelope_id;
  envelope.notify = message.dsn.notify;
  envelope.original = message.dsn.original;
  const model::Content& content = message.content;
  std::string body = body_of(content, composed.secret);
  const std::size_t missing = content.bytes_min - std::min(content.bytes_min, body.size());
  if (content.attachment) {
    const std::string text = text_part();
    body += text + attachment(missing - std::min(missing, text.size()), seed);
  }
  // Where dots are asked for, every line that fills up begins with one.
  while (body.size() < content.bytes_min)
    body += (content.dots ? "." : "") +
            filling(std::min(ordinary_line_bytes, content.bytes_min - body.size())) + "\r\n";
  envelope.content = fmt::format(
      "From: <{from}>\r\n"
      "To: <{to}>\r\n"
      "Subject: {greeting}{cell}\r\n"
      "Date: Thu, 01 Jan 2026 00:00:00 +0000\r\n"
      "Message-ID: <{token}@{sink}>\r\n"
      "X-Smtprig-Token: {token}\r\n"
      "{tls}"
      "{mime}"
      "\r\n"
      "{body}",
      fmt::arg("from", envelope.mail_from), fmt::arg("to", envelope.recipients.front()),
      fmt::arg("cell", cell.id()), fmt::arg("token", composed.token), fmt::arg("sink", sink_domain),
      fmt::arg("greeting", content.utf8_header ? "Gr\xc3\xbc\xc3\x9f"
                                                 "e "
                                               : ""),
      fmt::arg("tls", message.tls_optional ? "TLS-Required: No\r\n" : ""),
      fmt::arg("mime", mime_header(content)), fmt::arg("body", body));
  if (!content.false_end.empty()) {
    envelope.content += smuggled(content, envelope.mail_from, cell.domain());
    envelope.verbatim = true;
  }
  fakes::smtp::Digest digest(0);
  digest.feed(envelope.content);
  composed.sha256_body = digest.sha256_body();
  composed.sha256_letters = digest.sha256_letters();
  return composed;
}

}  // namespace smtprig::run
