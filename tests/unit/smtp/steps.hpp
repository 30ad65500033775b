// Steps of a session written as text, so that a table can hold what is expected, and a session that
// is fed a script.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fakes/smtp/receiver_session.hpp"

namespace smtprig::fakes::smtp {

// One word per step, joined by " | ": the text of sent lines; {raw}; line content
// handshake:finished discard await; end:fin; note:fault(id), note:content(5,whole|part),
// note:accepted(a>b,c).
std::string text(const Steps& steps);

// A session and its spec. Lines of a script: "" is connected(), "C:..." a line, "D:..." content
// with \r\n at each "/", "T:finished" a stage reached, "long" a line too long, "gone" the end.
class Script {
 public:
  explicit Script(ReceiverSpec spec, std::uint32_t connection = 1, bool can_tls = true,
                  SessionLimits limits = {});

  // What the session says to the last input.
  std::string play(const std::vector<std::string>& inputs);
  std::string feed(std::string_view input);

  ReceiverSession& session() { return session_; }

 private:
  ReceiverRules rules_;
  ReceiverSession session_;
};

}  // namespace smtprig::fakes::smtp
