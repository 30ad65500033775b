// The honest receiver to which every envelope sender's domain leads: it takes the non-delivery
// reports of the server under test (RFC 3464), without TLS, whose cost would say nothing.
#pragma once

#include <functional>
#include <span>

#include "harness/run/stage.hpp"

namespace smtprig::run {

class Sink {
 public:
  // Binds and publishes its domain in the table.
  Sink(const Common& common, std::function<void()> on_progress);

  // Events since the last call; valid until the next one.
  std::span<const fakes::Event> news();

 private:
  fakes::Journal journal_;
  std::size_t read_ = 0;
  fakes::smtp::Receiver receiver_;
  fakes::net::Listener listener_;
};

}  // namespace smtprig::run
