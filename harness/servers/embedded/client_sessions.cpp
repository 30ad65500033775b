// See client_sessions.hpp.
#include "harness/servers/embedded/client_sessions.hpp"

#include <algorithm>

namespace smtprig::embedded {

fakes::tls::Session ClientSessions::take(const std::string& place) {
  const auto found =
      std::ranges::find(sessions_, place, [](const auto& each) { return each.first; });
  if (found == sessions_.end()) return nullptr;
  fakes::tls::Session session = std::move(found->second);
  sessions_.erase(found);
  return session;
}

void ClientSessions::keep(std::string place, fakes::tls::Session session) {
  if (!session) return;
  take(place);
  if (sessions_.size() >= sessions_max_) sessions_.pop_front();
  sessions_.emplace_back(std::move(place), std::move(session));
}

std::string place_of_session(const Demand& demand, const std::string& target) {
  return (demand.policy <= model::Policy::may ? "may " : "must ") + target;
}

}  // namespace smtprig::embedded
