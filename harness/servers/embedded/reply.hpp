// A peer's reply as a delivery sees it: the grammar is fakes/smtp/reply.hpp; here is what the reply
// means for the message, and which of the announced extensions a delivery makes use of. Pure.
#pragma once

#include "fakes/smtp/grammar.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace smtprig::embedded {

using fakes::smtp::ServerReply;

inline bool positive(const ServerReply& reply) {
  return reply.first_digit() == 2;
}
inline bool temporary(const ServerReply& reply) {
  return reply.first_digit() == 4;
}
inline bool permanent(const ServerReply& reply) {
  return reply.first_digit() == 5;
}

// "550 5.1.1 no such user": one line, with the code.
std::string one_line(const ServerReply& reply);
// The reply's enhanced status code, or its class with ".0.0".
std::string status_of(const ServerReply& reply);

struct PeerExtensions {
  bool starttls = false;
  bool pipelining = false;
  bool eight_bit_mime = false;
  bool smtputf8 = false;
  bool dsn = false;
  bool chunking = false;
  bool binary_mime = false;
  bool auth = false;
  bool requiretls = false;
  std::vector<fakes::AuthMechanism> mechanisms;  // of those that are known here
  bool size = false;
  std::uint64_t size_bytes_max = 0;  // 0: no fixed maximum (RFC 1870 4)

  PeerExtensions operator|(const PeerExtensions& other) const;
};
PeerExtensions extensions_of(const ServerReply& ehlo);

}  // namespace smtprig::embedded
