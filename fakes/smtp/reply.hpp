// The reply side of the SMTP grammar (RFC 5321 4.2), pure: formatting, parsing line by line,
// enhanced status codes (RFC 3463), the keywords of EHLO. A reply of more than `reply_lines_max`
// lines, or one whose lines differ in code, is malformed (RFC 5321 4.2.1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fakes/spec.hpp"

namespace smtprig::fakes::smtp {

inline constexpr std::size_t reply_lines_max = 256;

// A reply as read by a client.
struct ServerReply {
  int code = 0;
  std::vector<std::string> lines;  // the text behind code and separator
  std::string enhanced;            // "5.7.1" of the first line; empty if absent or of another class

  int first_digit() const { return code / 100; }
  std::string text() const;  // lines joined by "\n"
};

class ReplyParser {
 public:
  enum class Status { more, complete, malformed };

  // `line` without CRLF. After `complete` or `malformed` the next feed starts a new reply.
  Status feed(std::string_view line);
  // The reply that was completed; after `malformed`, what was understood of it.
  const ServerReply& reply() const { return reply_; }

 private:
  ServerReply reply_;
  bool begun_ = false;
};

// "5.7.1" if `text` starts with an enhanced status code whose class is `first_digit`, else empty.
std::string enhanced_status_code(std::string_view text, int first_digit);

// What a server announced (RFC 5321 4.1.1.1).
struct Ehlo {
  struct Keyword {
    std::string name;  // upper case
    std::vector<std::string> parameters;
  };
  std::string domain;
  std::vector<Keyword> keywords;

  const Keyword* find(std::string_view name) const;  // upper case; null if absent
  bool has(std::string_view name) const { return find(name) != nullptr; }
  // RFC 1870: the limit that SIZE names; absent if SIZE is, or names none.
  std::optional<std::uint64_t> size_bytes_max() const;
};

// Lines that are no ehlo-line are passed over.
Ehlo parse_ehlo(const ServerReply& reply);

// One reply from its parts: "250-a", "250 b". An empty `enhanced` is left out; else it precedes the
// text of every line (RFC 2034 4).
Reply make_reply(int code, std::string_view enhanced, const std::vector<std::string>& texts);
Reply make_reply(int code, std::string_view enhanced, std::string_view text);

// The bytes of a reply, cut as its segmentation says: each element is a write of its own.
std::vector<std::string> reply_segments(const Reply& reply);
std::string reply_bytes(const Reply& reply);
bool is_empty(const Reply& reply);  // neither lines nor raw bytes
// The digit that the session follows: the first byte of the reply's first line, 0 if that is none.
int reply_digit(const Reply& reply);

}  // namespace smtprig::fakes::smtp
