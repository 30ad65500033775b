// See message.hpp.
#include "harness/run/message.hpp"

#include <fmt/format.h>

#include "fakes/smtp/content.hpp"
#include "harness/plan/plan.hpp"

namespace smtprig::run {
namespace {

constexpr std::size_t ordinary_line_bytes = 72;
constexpr std::size_t long_line_bytes = 1'200;
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

std::string mime_header() {
  return fmt::format(
      "MIME-Version: 1.0\r\n"
      "Content-Type: multipart/mixed; boundary=\"{}\"\r\n",
      boundary);
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

std::string body_of(const model::Content& content, const std::string& token) {
  std::string body =
      fmt::format("Whoever can read this line could read the message: {}\r\n", token);
  if (content.mime) body += mime_parts();
  if (content.eight_bit)
    body +=
        "Gr\xc3\xbc\xc3\x9f"
        "e, \xff\xfe\x80\r\n";
  if (content.dots) body += ".\r\n..\r\n.a\r\n...\r\nend.\r\n";
  if (content.long_line) body += filling(long_line_bytes) + "\r\n";
  if (content.bare_lf) body += "before a bare line feed\nbehind it\r\n";
  if (content.bare_cr) body += "before a bare carriage return\rbehind it\r\n";
  if (content.nul) body += std::string("before a NUL") + '\0' + "behind it\r\n";
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
  auto& envelope = composed.envelope;
  envelope.mail_from = fmt::format("{}@{}", composed.token, sink_domain);
  for (const auto& recipient : message.recipients)
    envelope.recipients.push_back(cell.address(recipient));
  envelope.token = composed.token;
  const model::Content& content = message.content;
  std::string body = body_of(content, composed.token);
  while (body.size() < content.bytes_min)
    body += filling(std::min(ordinary_line_bytes, content.bytes_min - body.size())) + "\r\n";
  envelope.content = fmt::format(
      "From: <{from}>\r\n"
      "To: <{to}>\r\n"
      "Subject: {cell}\r\n"
      "Date: Thu, 01 Jan 2026 00:00:00 +0000\r\n"
      "Message-ID: <{token}@{sink}>\r\n"
      "X-Smtprig-Token: {token}\r\n"
      "{mime}"
      "\r\n"
      "{body}",
      fmt::arg("from", envelope.mail_from), fmt::arg("to", envelope.recipients.front()),
      fmt::arg("cell", cell.id()), fmt::arg("token", composed.token), fmt::arg("sink", sink_domain),
      fmt::arg("mime", content.mime ? mime_header() : ""), fmt::arg("body", body));
  if (!content.false_end.empty()) {
    envelope.content += smuggled(content, envelope.mail_from, cell.domain());
    envelope.verbatim = true;
  }
  composed.sha256_body = fakes::smtp::body_digest(envelope.content);
  composed.sha256_letters = fakes::smtp::letters_digest(envelope.content);
  return composed;
}

}  // namespace smtprig::run
