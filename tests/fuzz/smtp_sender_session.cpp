// A sending peer's machine under a server that says anything. The first eight bytes make the spec,
// its steps and how many messages it brings; the rest is what the server says, line by line. The
// machine must always say last, and only last, what it waits for; it accepts only what was answered
// with 2yz, and what breaks ends it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "fakes/smtp/sender_session.hpp"

namespace {

using namespace smtprig::fakes;
using namespace smtprig::fakes::smtp;

constexpr unsigned turns_max = 500;

void require(bool holds) {
  if (!holds) std::abort();
}

Utterance step_of(std::uint8_t byte) {
  Utterance step;
  step.says.push_back(static_cast<Say>(byte % 13));
  if (byte & 16) step.says.push_back(Say::content);
  if (byte & 32) step.raw = "STARTTLS\r\nNOOP\r\n";
  if (byte & 64) step.replies = byte % 3;
  if (byte & 128) step.until = static_cast<TlsStage>(byte % 4);
  return step;
}

SenderSpec spec_of(const std::uint8_t* bytes) {
  SenderSpec spec;
  spec.service = static_cast<Service>(bytes[0] % 3);
  spec.starttls = static_cast<SenderTls>(bytes[0] / 4 % 4);
  spec.pipelining = bytes[0] & 16;
  spec.second_ehlo = bytes[0] & 32;
  spec.waits_for_greeting = bytes[0] & 64;
  spec.insists = bytes[0] & 128;
  spec.chunks = bytes[1] / 32u;
  if (bytes[1] & 1)
    spec.auth = AuthSpec{static_cast<AuthMechanism>(bytes[1] / 2 % 4), (bytes[1] & 8) != 0,
                         (bytes[1] & 16) != 0};
  for (std::size_t i = 0; i < bytes[2] % 5u; ++i)
    spec.steps.emplace_back(step_of(bytes[3 + i]));
  if (bytes[2] & 64) spec.steps.emplace_back(Hang{});
  if (bytes[2] & 128) spec.steps.emplace_back(Close{});
  return spec;
}

std::vector<Envelope> envelopes_of(std::uint8_t byte) {
  std::vector<Envelope> all(byte % 4);
  for (Envelope& one : all) {
    one.mail_from = "a@b.test";
    one.recipients.assign(byte / 4 % 4, "c@d.test");
    one.content = ".x\r\n";
    one.verbatim = byte & 128;
    one.binary = byte & 64;
  }
  return all;
}

template <class T>
bool is(const Act& act) {
  return std::holds_alternative<T>(act);
}

void check(const Acts& acts) {
  require(!acts.empty());
  for (const Act& act : acts)
    require((is<act::Note>(act) || is<act::Send>(act)) == (&act != &acts.back()));
}

std::size_t accepted(const SenderSession& session) {
  const auto results = session.results();
  return static_cast<std::size_t>(
      std::ranges::count(results, Submission::Status::accepted, &Submission::status));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t header = 8;
  if (size < header) return 0;
  std::string_view input(reinterpret_cast<const char*>(data) + header, size - header);
  const SenderSpec spec = spec_of(data);
  SenderSession session(spec, {"me.test", "user", "password"}, envelopes_of(data[7]));
  Acts acts = session.connected();
  ReplyParser parser;
  for (unsigned turn = 0; turn < turns_max && !input.empty(); ++turn) {
    check(acts);
    if (is<act::Handshake>(acts.back())) {
      if (input.front() == '!') break;
      acts = session.shaken();
      continue;
    }
    if (!is<act::ReadReply>(acts.back())) break;
    const std::size_t end = std::min(input.find('\n'), input.size());
    const auto status = parser.feed(input.substr(0, end));
    input.remove_prefix(std::min(end + 1, input.size()));
    if (status == ReplyParser::Status::malformed) break;
    if (status == ReplyParser::Status::more) continue;
    const std::size_t before = accepted(session);
    acts = session.reply(parser.reply());
    if (accepted(session) != before) require(parser.reply().first_digit() == 2);
  }
  check(acts);
  const std::size_t before = accepted(session);
  const Acts last = session.lost("gone");
  require(last.size() == 1 && is<act::End>(last.front()));
  require(accepted(session) == before);
  require(session.results().size() == data[7] % 4u);
  return 0;
}
