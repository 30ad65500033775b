// Content of an inbound session, by DATA and by BDAT (RFC 3030); see inbound_session.hpp.
#include "harness/servers/embedded/inbound_session.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace smtprig::embedded {
namespace {

constexpr std::size_t received_fields_max = 100;  // RFC 5321 6.3: at least 100

std::size_t received_fields(std::string_view headers) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < headers.size();) {
    const std::string_view line = headers.substr(at, headers.find('\n', at) - at);
    if (fakes::smtp::upper(line.substr(0, 9)) == "RECEIVED:") ++count;
    at += line.size() + 1;
  }
  return count;
}

// A copy of which every line has at most 998 octets before its CRLF (RFC 5322 2.1.1).
std::string with_short_lines(std::string_view content) {
  constexpr std::size_t octets_max = 998;
  std::string cut;
  for (std::size_t at = 0; at < content.size();) {
    const std::size_t end = std::min(content.find("\r\n", at), content.size());
    cut += content.substr(at, std::min(end - at, octets_max));
    cut += content.substr(end, 2);
    at = end + 2;
  }
  return cut;
}

// The planted defects that change what was accepted.
void distort(std::string& content, const Mutants& mutants) {
  if (mutants.splits_at_nul) content.resize(std::min(content.find('\0'), content.size()));
  if (mutants.drops_eighth_bit) {
    for (char& c : content)
      c = static_cast<char>(c & 0x7f);
  }
  if (mutants.cuts_long_lines) content = with_short_lines(content);
  if (mutants.changes_body) content += "-- \r\nThis message was looked at.\r\n";
}

}  // namespace

InboundOutput InboundSession::on_data() {
  if (!in_transaction_) return say(503, "5.5.1", "MAIL first");
  if (chunked_) return say(503, "5.5.1", "BDAT and DATA do not mix");  // RFC 3030 2
  if (message_.binary && !settings_->mutants.binary_by_data)
    return say(503, "5.5.1", "a binary message needs BDAT");  // RFC 3030 3
  if (message_.recipients.empty()) return say(554, "5.5.1", "no valid recipients");
  reading_data_ = true;
  too_large_ = false;
  reader_ = ContentReader(settings_->mutants);
  return say(354, "", "end with a dot on a line of its own");
}

InboundOutput InboundSession::on_bdat(std::string_view argument) {
  const auto size = fakes::smtp::parse_chunk_size(argument);
  // What follows cannot be told from commands: a message could speak them.
  if (!size) return say(501, "5.5.4", "bad chunk size", true);
  chunk_left_ = size->bytes;
  last_chunk_ = size->last;
  if (!in_transaction_ || message_.recipients.empty()) chunks_failed_ = true;
  if (!chunked_) too_large_ = false;
  chunked_ = true;
  return chunk_left_ == 0 ? end_of_chunk() : InboundOutput{};
}

InboundOutput InboundSession::content(std::string_view bytes, std::size_t& used) {
  return reading_data_ ? data(bytes, used) : chunk(bytes, used);
}

InboundOutput InboundSession::data(std::string_view bytes, std::size_t& used) {
  used = reader_.feed(bytes, message_.content);
  bound_content();
  if (!reader_.complete()) return {};
  reading_data_ = false;
  return end_of_data();
}

InboundOutput InboundSession::chunk(std::string_view bytes, std::size_t& used) {
  used = static_cast<std::size_t>(std::min<std::uint64_t>(chunk_left_, bytes.size()));
  chunk_left_ -= used;
  if (!chunks_failed_) {
    message_.content += bytes.substr(0, used);
    bound_content();
  }
  return chunk_left_ == 0 ? end_of_chunk() : InboundOutput{};
}

// RFC 3030 2: a chunk that fails is read all the same before it is refused, and so are those that
// were pipelined behind it, until RSET.
InboundOutput InboundSession::end_of_chunk() {
  if (chunks_failed_) {
    if (auto forbidden = forbid(fakes::smtp::Verb::known)) return std::move(*forbidden);
    return in_transaction_ && message_.recipients.empty()
               ? say(554, "5.5.1", "no valid recipients")
               : say(503, "5.5.1", "no transaction takes this chunk");
  }
  if (too_large_) {
    chunks_failed_ = true;
    return say(552, "5.3.4", "message too large");
  }
  if (!last_chunk_) return say(250, "2.0.0", "chunk ok");
  if (settings_->mutants.unstuffs_chunks) {
    for (std::size_t at = 0; (at = message_.content.find("\r\n.", at)) != std::string::npos; ++at)
      message_.content.erase(at + 2, 1);
  }
  // Text consists of lines (RFC 3030 2): the last one is ended for a sender that did not.
  if (!message_.binary && !message_.content.ends_with('\n')) message_.content += "\r\n";
  return end_of_data();
}

// What is too large is thrown away as it comes.
void InboundSession::bound_content() {
  if (message_.content.size() <= settings_->limits.message_bytes_max) return;
  too_large_ = true;
  message_.content.clear();
}

InboundOutput InboundSession::end_of_data() {
  forget_transaction();
  if (too_large_) return say(552, "5.3.4", "message too large");
  if (!message_.binary && !consists_of_lines(message_.content))
    return say(554, "5.6.0", "bare CR or LF in the message");
  if (received_fields(header_section(message_.content)) >= received_fields_max) {
    return say(554, "5.4.6", "too many hops");
  }
  message_.arrived = std::chrono::system_clock::now();
  distort(message_.content, settings_->mutants);
  message_.content.insert(0, received_field());
  return {.message = std::move(message_)};
}

std::optional<Message> InboundSession::unfinished() {
  if (!settings_->mutants.queues_unfinished || !reading_content()) return std::nullopt;
  if (message_.recipients.empty()) return std::nullopt;
  if (!message_.content.ends_with("\r\n")) message_.content += "\r\n";
  return end_of_data().message;
}

std::string InboundSession::received_field() const {
  // RFC 5321 4.4; the protocol names are those of RFC 3848 and RFC 6531 4.3. There is none for HELO
  // inside TLS.
  std::string protocol = message_.smtputf8 ? "UTF8SMTP" : extended_ ? "ESMTP" : "SMTP";
  if (tls_ && protocol != "SMTP") protocol += 'S';
  if (authenticated_) protocol += 'A';
  return fmt::format("Received: from {} ([{}]){}\r\n\tby {} with {};\r\n\t{}\r\n", helo_, client_,
                     tls_ ? "\r\n\t(" + tls_->text() + ")" : "", settings_->hostname, protocol,
                     date_text(message_.arrived));
}

}  // namespace smtprig::embedded
