// The command side of the SMTP grammar (RFC 5321 4.1, with the parameters of ESMTP), pure: text in,
// values or the reply to give out. Sizes are those of RFC 5321 4.5.3.1. Two liberties are taken, as
// servers in the field take them: spaces behind "FROM:" and "TO:", and between parameters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/system/result.hpp>

namespace smtprig::fakes::smtp {

inline constexpr std::size_t local_part_bytes_max = 64;  // RFC 5321 4.5.3.1.1
inline constexpr std::size_t domain_bytes_max = 255;     // 4.5.3.1.2
inline constexpr std::size_t path_bytes_max = 256;       // 4.5.3.1.3, with the brackets
inline constexpr std::size_t command_bytes_max =
    512;  // 4.5.3.1.4, with CRLF and without parameters
inline constexpr std::size_t reply_line_bytes_max = 512;  // 4.5.3.1.5, with CRLF
inline constexpr std::size_t text_line_bytes_max = 1000;  // 4.5.3.1.6, with CRLF and no stuffed dot
inline constexpr std::size_t recipients_max = 1000;       // 4.5.3.1.8 demands at least 100

enum class Verb {
  ehlo,
  helo,
  lhlo,
  starttls,
  auth,
  mail,
  rcpt,
  data,
  bdat,
  rset,
  noop,
  vrfy,
  quit,
  known,  // named by an RFC, not spoken here: EXPN, HELP, ETRN, TURN, BURL, SEND, SOML, SAML
  unknown,
};

// A command line split at its first space. `argument` has no spaces at either end.
struct Command {
  Verb verb = Verb::unknown;
  std::string name;      // as sent
  std::string argument;  // the text behind the verb
};

// Never fails: what is no command has Verb::unknown.
Command parse_command(std::string_view line);

// The reply that refuses a command.
struct Refusal {
  int code = 500;
  std::string enhanced;  // "5.5.4"
  std::string text;
};

struct Parameter {
  std::string keyword;  // upper case
  std::string value;    // empty also where "=" is absent: no parameter has an empty value
  bool operator==(const Parameter&) const = default;
};

// What MAIL FROM and RCPT TO say. A source route is dropped (RFC 5321 4.1.1.3 and appendix C).
struct Path {
  std::string mailbox;  // "a@b", a quoted local part as sent; empty for <>
  std::vector<Parameter> parameters;

  const Parameter* find(std::string_view keyword) const;  // upper case; null if absent
};

// `argument`: "FROM:<a@b> SIZE=5". The null path is allowed.
boost::system::result<Path, Refusal> parse_mail(std::string_view argument);
// `argument`: "TO:<a@b> NOTIFY=NEVER". <Postmaster> is allowed without a domain (RFC 5321 4.1.1.3).
boost::system::result<Path, Refusal> parse_rcpt(std::string_view argument);

// A Mailbox of RFC 5321 4.1.2, with UTF-8 where RFC 6531 3.3 permits it.
bool is_mailbox(std::string_view text);
// A Domain or an address literal of RFC 5321 4.1.2.
bool is_domain(std::string_view text);
// All bytes below 0x80.
bool is_ascii(std::string_view text);

// What BDAT says of its chunk (RFC 3030 2).
struct ChunkSize {
  std::uint64_t bytes = 0;
  bool last = false;
};
// `argument`: "86 LAST"; none if it is no size.
std::optional<ChunkSize> parse_chunk_size(std::string_view argument);

std::string upper(std::string_view text);

}  // namespace smtprig::fakes::smtp
