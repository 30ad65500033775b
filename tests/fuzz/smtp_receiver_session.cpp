// A receiving peer's machine under a client that says anything. The first eight bytes make the spec
// and one rule, the rest is what the client sends. The machine must always say what it waits for,
// accept only what it answered with 2yz, and end with the input.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "fakes/smtp/receiver_session.hpp"

namespace {

using namespace smtprig::fakes;
using namespace smtprig::fakes::smtp;

void require(bool holds) {
  if (!holds) std::abort();
}

Action action_of(std::uint8_t byte) {
  switch (byte % 8) {
    case 0:
      return Close{};
    case 1:
      return Hang{};
    case 2:
      return Alert{};
    case 3:
      return Reply{};
    case 4:
      return Reply{.raw = "\n"};
    case 5:
      return Reply{.lines = {"354 go"}};
    case 6:
      return Reply{.lines = {"550 no"}};
    default:
      return Reply{.lines = {"250-a", "250 b"}};
  }
}

ReceiverSpec spec_of(const std::uint8_t* bytes) {
  ReceiverSpec spec;
  spec.starttls = (bytes[0] & 1) ? StartTls::no : StartTls::yes;
  spec.require_tls = bytes[0] & 2;
  spec.implicit_tls = bytes[0] & 4;
  bool on = bytes[0] & 8;
  spec.extensions = {on, on, on, on, on, (bytes[0] & 16) ? 100u : 0u};
  spec.extensions.chunking = bytes[0] & 64;
  spec.extensions.binary_mime = bytes[0] & 128;
  spec.lmtp = bytes[2] & 64;
  spec.extensions.auth = (bytes[2] & 128) ? OffersAuth::always : OffersAuth::in_tls;
  spec.extensions.mechanisms = {AuthMechanism::plain, AuthMechanism::login, AuthMechanism::cram_md5,
                                AuthMechanism::xoauth2};
  spec.demands_auth = bytes[3] & 128;
  spec.user = (bytes[3] & 64) ? "tim" : "";
  spec.password = "x";
  Rule rule;
  rule.id = "r";
  if (bytes[1] < 64) {
    rule.when.position = static_cast<TlsStage>(bytes[1] % 4);
  } else {
    rule.when.position = static_cast<SmtpPosition>(bytes[1] % smtp_positions);
  }
  rule.when.phase = static_cast<Phase>(bytes[2] % 3);
  rule.when.nth.first = 1 + bytes[3] % 3;
  for (std::size_t i = 0; i < bytes[4] % 4u; ++i)
    rule.actions.push_back(action_of(bytes[5 + i]));
  spec.rules.push_back(rule);
  return spec;
}

template <class T>
bool is(const Step& step) {
  return std::holds_alternative<T>(step);
}

bool waits_or_ends(const Step& step) {
  return is<step::ReadLine>(step) || is<step::ReadContent>(step) || is<step::Handshake>(step) ||
         is<step::Discard>(step) || is<step::End>(step);
}

// Exactly the last step waits or ends, and a message is accepted only behind a 2yz.
void check(const Steps& steps) {
  require(!steps.empty());
  int digit = 0;
  for (const Step& step : steps) {
    require(waits_or_ends(step) == (&step == &steps.back()));
    if (const auto* send = std::get_if<step::Send>(&step)) digit = reply_digit(send->reply);
    const auto* note = std::get_if<step::Note>(&step);
    if (note && std::holds_alternative<MessageAccepted>(note->body)) require(digit == 2);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t header = 8;
  if (size < header) return 0;
  std::string_view input(reinterpret_cast<const char*>(data) + header, size - header);
  ReceiverRules rules(spec_of(data));
  SessionLimits limits{.content_bytes_max = 200, .content_kept_bytes = 10, .commands_max = 50};
  ReceiverSession session(rules, "mx.test", 1, !(data[0] & 32), limits);
  Steps steps = session.connected();
  for (;;) {
    check(steps);
    const Step& last = steps.back();
    if (is<step::End>(last) || is<step::Discard>(last)) break;
    if (const auto* handshake = std::get_if<step::Handshake>(&last)) {
      require(!session.tls());
      steps = session.reached(handshake->until);
      continue;
    }
    if (input.empty()) break;
    if (is<step::ReadContent>(last)) {
      std::size_t used = 0;
      std::string_view piece = input.substr(0, 1 + data[1] % 64);
      steps = session.content(piece, used);
      require(used <= piece.size() &&
              (used == piece.size() || !is<step::ReadContent>(steps.back())));
      input.remove_prefix(used);
      continue;
    }
    std::size_t end = std::min(input.find('\n'), input.size());
    steps = end > 150 ? session.line_too_long() : session.line(input.substr(0, end));
    input.remove_prefix(std::min(end + 1, input.size()));
  }
  for (const Step& step : session.gone())
    require(is<step::Note>(step));
  require(session.gone().empty());
  return 0;
}
