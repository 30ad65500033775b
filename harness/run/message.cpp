// See message.hpp.
#include "harness/run/message.hpp"

#include <fmt/format.h>

#include "harness/plan/plan.hpp"

namespace smtprig::run {

Composed compose(const model::Cell& cell, const model::Message& message, std::uint64_t root_seed,
                 unsigned round) {
  const auto domain = cell.domain();
  const auto seed = plan::seed_of(root_seed, fmt::format("{}#{}#{}", cell.id(), message.id, round));

  Composed composed;
  composed.id = message.id;
  composed.token = fmt::format("{:016x}", seed);
  auto& envelope = composed.envelope;
  envelope.mail_from = fmt::format("{}@{}", composed.token, sink_domain);
  for (const auto& recipient : message.recipients)
    envelope.recipients.push_back(fmt::format("{}@{}", recipient, domain));
  envelope.content = fmt::format(
      "From: <{from}>\r\n"
      "To: <{to}>\r\n"
      "Subject: {cell}\r\n"
      "Date: Thu, 01 Jan 2026 00:00:00 +0000\r\n"
      "Message-ID: <{token}@{sink}>\r\n"
      "X-Smtprig-Token: {token}\r\n"
      "\r\n"
      "Whoever can read this line could read the message: {token}\r\n",
      fmt::arg("from", envelope.mail_from), fmt::arg("to", envelope.recipients.front()),
      fmt::arg("cell", cell.id()), fmt::arg("token", composed.token),
      fmt::arg("sink", sink_domain));
  return composed;
}

}  // namespace smtprig::run
