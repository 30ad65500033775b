// A message with its envelope, as the queue holds it. Content has CRLF line ends (unless it is
// binary) and is not dot-stuffed. Plain data.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace smtprig::embedded {

// What the sender wants to be told of a recipient (RFC 3461 4.1). `given` is false where the sender
// said nothing, which means failures only.
struct Notify {
  bool given = false;
  bool success = false;
  bool failure = true;
  bool delay = false;  // kept and passed on; this server issues no reports of delay
};

struct Recipient {
  std::string address;
  Notify notify;
  std::string original;  // ORCPT as given ("rfc822;a+2Bb@c"), RFC 3461 4.2
};

struct Message {
  std::string id;      // of the queue
  std::string sender;  // empty: the null return path
  std::vector<Recipient> recipients;
  std::string content;
  bool eight_bit = false;   // BODY=8BITMIME (RFC 6152) or BINARYMIME
  bool binary = false;      // BODY=BINARYMIME (RFC 3030 3): content need not consist of lines
  bool smtputf8 = false;    // RFC 6531 3.4
  bool requiretls = false;  // RFC 8689 4.1, by the parameter of MAIL
  std::string returned;     // RET: "FULL", "HDRS" or empty (RFC 3461 4.3)
  std::string envelope_id;  // ENVID as given (RFC 3461 4.4)
  std::chrono::system_clock::time_point arrived;
};

// A failure to pass a message on, in the words of RFC 3463.
struct Failure {
  bool permanent = false;
  std::string status;      // "4.7.5"
  std::string text;        // the peer's reply or our reason; bytes from a peer are as they came
  bool from_peer = false;  // `text` is a reply
};

// The part behind the last @, lower case; empty if there is none.
std::string domain_of(std::string_view address);

// Whether its header has the field "TLS-Required: No" (RFC 8689 3), once.
bool says_tls_optional(const Message& message);

// The header section without the empty line behind it.
std::string_view header_section(std::string_view content);

// All CR and LF stand together, and the last line ends: what DATA can carry as it is.
bool consists_of_lines(std::string_view content);

// "Thu, 02 Jan 2031 03:04:05 +0000" (RFC 5322 3.3)
std::string date_text(std::chrono::system_clock::time_point time);

}  // namespace smtprig::embedded
