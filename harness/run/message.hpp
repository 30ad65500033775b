// The messages of a cell: their random token, envelope and content. Pure; the same seed gives the
// same message.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "fakes/smtp/sender.hpp"
#include "harness/model/cell.hpp"

namespace smtprig::run {

// The mail domain of every envelope sender: where non-delivery reports go (RFC 3464).
inline constexpr std::string_view sink_domain = "sink.test";
inline constexpr std::string_view sink_domain_with_tls = "tls.sink.test";  // with REQUIRETLS

struct Composed {
  std::string id;      // Message::id
  std::string token;   // 16 hex digits; also the local part of the envelope sender
  std::string secret;  // a line of the content that nothing else has
  std::string sha256_body;
  std::string sha256_letters;
  fakes::smtp::Envelope envelope;
};

// `round` tells several runs of one cell within one lab apart.
Composed compose(const model::Cell& cell, const model::Message& message, std::uint64_t root_seed,
                 unsigned round);

}  // namespace smtprig::run
