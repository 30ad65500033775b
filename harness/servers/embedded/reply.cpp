// See reply.hpp.
#include "harness/servers/embedded/reply.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "fakes/smtp/sasl_exchange.hpp"

namespace smtprig::embedded {

std::string one_line(const ServerReply& reply) {
  return fmt::format("{} {}", reply.code, fmt::join(reply.lines, " "));
}

std::string status_of(const ServerReply& reply) {
  return reply.enhanced.empty() ? fmt::format("{}.0.0", reply.first_digit()) : reply.enhanced;
}

PeerExtensions PeerExtensions::operator|(const PeerExtensions& other) const {
  PeerExtensions both = *this;
  both.starttls |= other.starttls;
  both.pipelining |= other.pipelining;
  both.eight_bit_mime |= other.eight_bit_mime;
  both.smtputf8 |= other.smtputf8;
  both.dsn |= other.dsn;
  both.chunking |= other.chunking;
  both.binary_mime |= other.binary_mime;
  both.auth |= other.auth;
  if (both.mechanisms.empty()) both.mechanisms = other.mechanisms;
  both.size |= other.size;
  both.size_bytes_max = std::max(size_bytes_max, other.size_bytes_max);
  return both;
}

namespace {

std::vector<fakes::AuthMechanism> mechanisms_in(const fakes::smtp::Ehlo& ehlo) {
  std::vector<fakes::AuthMechanism> known;
  const auto* const auth = ehlo.find("AUTH");
  if (!auth) return known;
  for (const std::string& word : auth->parameters)
    if (const auto mechanism = fakes::smtp::auth_mechanism_named(word)) known.push_back(*mechanism);
  return known;
}

}  // namespace

PeerExtensions extensions_of(const ServerReply& reply) {
  const fakes::smtp::Ehlo ehlo = fakes::smtp::parse_ehlo(reply);
  return {.starttls = ehlo.has("STARTTLS"),
          .pipelining = ehlo.has("PIPELINING"),
          .eight_bit_mime = ehlo.has("8BITMIME"),
          .smtputf8 = ehlo.has("SMTPUTF8"),
          .dsn = ehlo.has("DSN"),
          .chunking = ehlo.has("CHUNKING"),
          .binary_mime = ehlo.has("BINARYMIME"),
          .auth = ehlo.has("AUTH"),
          .requiretls = ehlo.has("REQUIRETLS"),
          .mechanisms = mechanisms_in(ehlo),
          .size = ehlo.has("SIZE"),
          .size_bytes_max = ehlo.size_bytes_max().value_or(0)};
}

}  // namespace smtprig::embedded
