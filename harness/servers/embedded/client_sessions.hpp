// TLS sessions of earlier deliveries, to be resumed (RFC 5077, RFC 8446 2.2). A session holds the
// certificates of its first handshake, so whoever resumes it judges these again by the policy of
// the day: that it can be resumed proves nothing about the peer.
#pragma once

#include "fakes/tls/engine.hpp"
#include "harness/servers/embedded/verification.hpp"

#include <cstddef>
#include <deque>
#include <string>
#include <utility>

namespace smtprig::embedded {

class ClientSessions {
 public:
  explicit ClientSessions(std::size_t sessions_max = 1'000) : sessions_max_(sessions_max) {}

  // The session of that place, which is forgotten: a ticket is used once (RFC 8446 C.4). nullptr if
  // there is none.
  fakes::tls::Session take(const std::string& place);
  // In place of an older one. Past the bound the oldest is forgotten.
  void keep(std::string place, fakes::tls::Session session);

 private:
  std::size_t sessions_max_;
  std::deque<std::pair<std::string, fakes::tls::Session>> sessions_;  // the oldest first
};

// Where a session belongs: host, address and port, since who asks for another name is another peer
// (RFC 8446 4.6.1), and whether TLS is required, since weaker sessions are good enough where not.
std::string place_of_session(const Demand& demand, const std::string& target);

}  // namespace smtprig::embedded
