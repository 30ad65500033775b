// See dsn.hpp.
#include "harness/servers/embedded/dsn.hpp"

#include "fakes/smtp/grammar.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace smtprig::embedded {
namespace {

using fakes::smtp::is_ascii;

// Text from a peer as one line of a header field: what is not printable becomes "?", and the whole
// is cut, because RFC 5322 2.1.1 bounds lines.
std::string printable(std::string_view text) {
  constexpr std::size_t bytes_max = 700;
  std::string line(text.substr(0, bytes_max));
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c < 0x20 || c == 0x7f; }, '?');
  return line;
}

int hex_value(char c) {
  if ('0' <= c && c <= '9') return c - '0';
  return 'A' <= c && c <= 'F' ? c - 'A' + 10 : -1;
}

// ENVID and ORCPT travel as xtext, but are reported decoded (RFC 3461 4, RFC 3464 2.2.1). What
// would not be printable ASCII stays as it is.
std::string from_xtext(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '+' && i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_value(text[i + 2]) : -1;
    const int value = low >= 0 ? high * 16 + low : -1;
    const bool decodes = 0x20 <= value && value < 0x7f;
    decoded += decodes ? static_cast<char>(value) : text[i];
    if (decodes) i += 2;
  }
  return decoded;
}

// RFC 6533 3: an address that needs SMTPUTF8 has a type of its own.
std::string typed(const std::string& address) {
  return (is_ascii(address) ? "rfc822;" : "utf-8;") + address;
}

std::string status_part(const Message& message, const std::vector<DsnEntry>& entries,
                        std::string_view hostname, std::string_view now) {
  std::string part = fmt::format("Reporting-MTA: dns; {}\r\n", hostname);
  if (!message.envelope_id.empty()) {
    part += fmt::format("Original-Envelope-Id: {}\r\n", from_xtext(message.envelope_id));
  }
  part += fmt::format("Arrival-Date: {}\r\n", date_text(message.arrived));
  for (const DsnEntry& entry : entries) {
    const Recipient& recipient = message.recipients[entry.recipient];
    part += "\r\n";
    if (!recipient.original.empty()) {
      part += fmt::format("Original-Recipient: {}\r\n", from_xtext(recipient.original));
    }
    part +=
        fmt::format("Final-Recipient: {}\r\nAction: {}\r\nStatus: {}\r\n", typed(recipient.address),
                    entry.action == DsnAction::failed ? "failed" : "relayed", entry.status);
    if (!entry.relay.empty()) part += fmt::format("Remote-MTA: dns; {}\r\n", entry.relay);
    part += fmt::format("Diagnostic-Code: {}; {}\r\nLast-Attempt-Date: {}\r\n",
                        entry.from_peer ? "smtp" : "x-smtprig", printable(entry.diagnostic), now);
  }
  return part;
}

std::string explanation(const Message& message, const std::vector<DsnEntry>& entries,
                        std::string_view hostname) {
  std::string text = fmt::format("This is the mail system at {}.\r\n", hostname);
  for (const DsnEntry& entry : entries) {
    text +=
        fmt::format("\r\n<{}>: {}\r\n    {} {}\r\n", message.recipients[entry.recipient].address,
                    entry.action == DsnAction::failed ? "could not be delivered" : "was passed on",
                    entry.status, printable(entry.diagnostic));
  }
  return text;
}

std::string_view returned_type(bool whole, bool utf8) {
  if (whole) return utf8 ? "message/global" : "message/rfc822";
  return utf8 ? "message/global-headers" : "text/rfc822-headers";
}

}  // namespace

bool wanted(const Notify& notify, DsnAction action) {
  if (action == DsnAction::failed) return !notify.given || notify.failure;
  return notify.given && notify.success;
}

std::optional<Message> make_dsn(const Message& message, const std::vector<DsnEntry>& entries,
                                std::string_view hostname,
                                std::chrono::system_clock::time_point now) {
  // RFC 5321 4.5.5, RFC 3464 2: nothing is ever sent in answer to the null return path.
  if (message.sender.empty()) return std::nullopt;
  std::vector<DsnEntry> told;
  for (const DsnEntry& entry : entries) {
    if (wanted(message.recipients[entry.recipient].notify, entry.action)) told.push_back(entry);
  }
  if (told.empty()) return std::nullopt;

  const bool failure = std::any_of(told.begin(), told.end(), [](const DsnEntry& entry) {
    return entry.action == DsnAction::failed;
  });
  const std::string date = date_text(now);
  std::string_view headers = header_section(message.content);
  // A binary message may have line ends there that a notification must not.
  if (!consists_of_lines(headers)) headers = {};
  // RFC 3461 4.3; what does not consist of lines cannot stand in a report that does.
  // RFC 8689 5: of a message that required TLS the header alone.
  const bool whole = failure && message.returned == "FULL" && !message.requiretls &&
                     consists_of_lines(message.content);
  const std::string status = status_part(message, told, hostname, date);
  // RFC 6533 4 and 5: the internationalised forms where plain ones would not hold.
  const bool utf8 = !is_ascii(headers) || !is_ascii(status);
  const std::string_view returned = whole ? std::string_view(message.content) : headers;
  const std::string boundary = fmt::format("=_{}_report", message.id);

  Message dsn;
  dsn.arrived = now;
  dsn.smtputf8 = utf8;
  dsn.requiretls = message.requiretls;  // RFC 8689 5
  dsn.eight_bit = utf8 || !is_ascii(returned);
  // RFC 3461 5.2.1 (b): no notification is wanted for a notification.
  dsn.recipients.push_back(
      {.address = message.sender, .notify = {.given = true, .failure = false}});
  dsn.content = fmt::format(
      "From: MAILER-DAEMON@{0}\r\nTo: {1}\r\nSubject: {2}\r\nDate: {3}\r\n"
      "Message-ID: <{4}.report@{0}>\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
      "Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary=\"{6}\"\r\n\r\n"
      "--{6}\r\nContent-Type: text/plain; charset={7}\r\n\r\n{8}\r\n"
      "--{6}\r\nContent-Type: message/{5}delivery-status\r\n\r\n{9}\r\n"
      "--{6}\r\nContent-Type: {10}\r\n\r\n{11}\r\n--{6}--\r\n",
      hostname, message.sender,
      failure ? "Undelivered mail returned to sender" : "Mail was passed on", date, message.id,
      utf8 ? "global-" : "", boundary, utf8 ? "utf-8" : "us-ascii",
      explanation(message, told, hostname), status, returned_type(whole, utf8), returned);
  return dsn;
}

}  // namespace smtprig::embedded
