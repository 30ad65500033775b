// Delivery status notifications (RFC 3464, multipart/report of RFC 6522), pure: what happened to
// some recipients of a message in, a new message to its sender out. Only the header section of the
// original is returned. No notification is made for a message that is one itself (null return
// path).
#pragma once

#include "harness/servers/embedded/message.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtprig::embedded {

enum class DsnAction {
  failed,   // bounced or expired
  relayed,  // passed on to a host that issues no notifications (RFC 3461 5.2.2)
};

struct DsnEntry {
  std::size_t recipient = 0;  // index into message.recipients
  DsnAction action = DsnAction::failed;
  std::string status;      // "5.1.1", "4.4.1", "2.0.0"
  std::string relay;       // host name, empty: none was reached
  std::string diagnostic;  // the reply or the reason
  bool from_peer = false;  // `diagnostic` is an SMTP reply
};

// Whether the sender wants to hear of it (RFC 3461 4.1).
bool wanted(const Notify& notify, DsnAction action);

// `entries` that are not wanted are left out; empty if none is left or the sender is null.
std::optional<Message> make_dsn(const Message& message, const std::vector<DsnEntry>& entries,
                                std::string_view hostname,
                                std::chrono::system_clock::time_point now);

}  // namespace smtprig::embedded
