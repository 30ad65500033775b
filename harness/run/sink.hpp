// The honest receivers to which the domains of all envelope senders lead: they take the
// non-delivery reports of the server under test (RFC 3464). One is without TLS, whose cost would
// say nothing; one, for reports of messages that required TLS, has all that RFC 8689 asks for.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "harness/run/stage.hpp"

namespace smtprig::run {

class Sink {
 public:
  // Binds and publishes its domains in the table.
  Sink(const Common& common, std::function<void()> on_progress);

  // Events since the last call; valid until the next one.
  std::span<const fakes::Event> news();
  // The MAIL command of the session in which `accepted`, one of news(), was taken, if that said
  // REQUIRETLS; else nullptr.
  const fakes::Event* with_requiretls(const fakes::Event& accepted) const;

 private:
  fakes::Journal journal_;
  std::size_t read_ = 0;
  fakes::smtp::Receiver receiver_;
  fakes::smtp::Receiver with_tls_;
  fakes::net::Listener listener_;
  fakes::net::Listener listener_with_tls_;
};

}  // namespace smtprig::run
