// See steps.hpp.
#include "steps.hpp"

#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace smtprig::fakes::smtp {

namespace {

std::string_view name(TlsStage stage) {
  constexpr std::string_view names[] = {"start", "client-hello", "server-hello", "finished"};
  return names[static_cast<int>(stage)];
}

std::string_view name(CloseHow how) {
  constexpr std::string_view names[] = {"fin", "rst", "no-notify", "alert"};
  return names[static_cast<int>(how)];
}

std::string words(const Reply& reply) {
  std::string text =
      reply.raw.empty() ? fmt::format("{}", fmt::join(reply.lines, " / ")) : "{" + reply.raw + "}";
  if (reply.delay.count() > 0) text += fmt::format(" after {}", reply.delay.count());
  if (reply.segment == Segmentation::per_line) text += " per line";
  if (reply.segment == Segmentation::per_byte) text += " per byte";
  return text;
}

struct Writer {
  std::string operator()(const step::Note& note) const {
    if (const auto* fault = std::get_if<FaultFired>(&note.body))
      return "note:fault(" + fault->rule + ")";
    if (const auto* content = std::get_if<ContentReceived>(&note.body))
      return fmt::format("note:content({},{})", content->bytes,
                         content->complete ? "whole" : "part");
    if (const auto* accepted = std::get_if<MessageAccepted>(&note.body))
      return fmt::format("note:accepted({}>{})", accepted->mail_from,
                         fmt::join(accepted->recipients, ","));
    return "note:?";
  }
  std::string operator()(const step::Send& send) const { return words(send.reply); }
  std::string operator()(const step::SendBelowTls& send) const {
    return "below:" + words(send.reply);
  }
  std::string operator()(const step::AwaitClient&) const { return "await"; }
  std::string operator()(const step::SendAlert& send) const {
    return fmt::format("alert:{}", send.alert.description);
  }
  std::string operator()(const step::ReadLine&) const { return "line"; }
  std::string operator()(const step::ReadContent&) const { return "content"; }
  std::string operator()(const step::Handshake& handshake) const {
    return fmt::format("handshake:{}", name(handshake.until));
  }
  std::string operator()(const step::Discard&) const { return "discard"; }
  std::string operator()(const step::End& end) const {
    return fmt::format("end:{}", name(end.how));
  }
};

TlsStage stage_named(std::string_view word) {
  for (TlsStage stage : {TlsStage::client_hello, TlsStage::server_hello, TlsStage::finished})
    if (name(stage) == word) return stage;
  throw std::invalid_argument("no such stage");
}

std::string wire(std::string_view text) {
  std::string bytes;
  for (char c : text) {
    if (c == '/') {
      bytes += "\r\n";
    } else {
      bytes += c;
    }
  }
  return bytes;
}

}  // namespace

std::string text(const Steps& steps) {
  std::vector<std::string> all;
  for (const Step& step : steps)
    all.push_back(std::visit(Writer(), step));
  return fmt::format("{}", fmt::join(all, " | "));
}

Script::Script(ReceiverSpec spec, std::uint32_t connection, bool can_tls, SessionLimits limits)
    : rules_(std::move(spec)), session_(rules_, "mx.test", connection, can_tls, limits) {}

std::string Script::play(const std::vector<std::string>& inputs) {
  std::string last;
  for (const std::string& input : inputs)
    last = feed(input);
  return last;
}

std::string Script::feed(std::string_view input) {
  if (input.empty()) return text(session_.connected());
  if (input == "long") return text(session_.line_too_long());
  if (input == "gone") return text(session_.gone());
  std::string_view rest = input.substr(2);
  if (input[0] == 'C') return text(session_.line(rest));
  if (input[0] == 'T') return text(session_.reached(stage_named(rest)));
  std::string bytes = wire(rest);
  std::size_t used = 0;
  return text(session_.content(bytes, used));
}

}  // namespace smtprig::fakes::smtp
