// The bytes of a TCP connection below TLS, with deadlines; for Stream only. It knows how the
// connection ended and writes that to the tap once. Reading waits for readiness and then takes what
// is there, so that an idle connection holds no buffer and a wait that is given up loses no byte.
#pragma once

#include <chrono>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "fakes/net/stream.hpp"

namespace smtprig::fakes::net {

using Clock = std::chrono::steady_clock;

// Now and `deadline`, which may be as long as one likes.
Clock::time_point after(Duration deadline);

class RawStream {
 public:
  RawStream(tcp::socket socket, Tap tap);

  // At least one byte, or why none will come.
  asio::awaitable<ReadResult> receive(Clock::time_point end);
  asio::awaitable<IoStatus> send(std::string bytes, Clock::time_point end);
  asio::awaitable<void> pause(Clock::time_point end);
  // Waits until a read would show something, if only the peer's end. Reads nothing.
  asio::awaitable<IoStatus> readable(Clock::time_point end);

  // Everything that a peer can still want was sent: announces the end, and throws away what comes
  // until the peer ends too, for at most `linger_max`.
  asio::awaitable<void> close_gently();
  void close_with_reset();
  void cancel();

  // ok, or why nothing more can be done: timed_out, cancelled.
  IoStatus usable() const;
  bool closed() const { return closed_; }
  bool peer_reset() const { return peer_rst_; }
  // The peer's close_notify came: that is its end, whatever TCP says later.
  void note_close_notify();

  tcp::socket& socket() { return socket_; }
  const Tap& tap() const { return tap_; }

 private:
  asio::awaitable<IoStatus> wait(tcp::socket::wait_type what, Clock::time_point end);
  ReadResult receive_now(bool& nothing_yet);
  // What a read would show now: 1 data, 0 the peer's end, -1 nothing yet.
  int peek();
  IoStatus lost(const boost::system::error_code& error);
  void log_end(Closed::How how);

  tcp::socket socket_;
  asio::steady_timer timer_;
  Tap tap_;
  bool notified_ = false;
  bool peer_fin_ = false;
  bool peer_rst_ = false;
  bool dead_ = false;  // a deadline passed
  bool cancelled_ = false;
  bool closed_ = false;
  bool end_logged_ = false;
};

}  // namespace smtprig::fakes::net
