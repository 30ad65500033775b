// A condition for coroutines of one io_context: wait() ends when raise() was called or the deadline
// passed. There is no lost wake-up as long as the waiter checks its condition before it waits.
// Several may wait at once if none of them gives a deadline.
#pragma once

#include <chrono>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace smtprig::run {

class Signal {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Signal(boost::asio::io_context& io) : timer_(io, Clock::time_point::max()) {}

  void raise() { timer_.cancel(); }
  void raise_one() { timer_.cancel_one(); }  // the coroutine that waited longest

  boost::asio::awaitable<void> wait(Clock::time_point deadline = Clock::time_point::max()) {
    // Setting the expiry, even to the same, wakes all who wait.
    if (timer_.expiry() != deadline) timer_.expires_at(deadline);
    co_await timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  }

 private:
  boost::asio::steady_timer timer_;
};

// Lets at most `places` coroutines through at once.
class Semaphore {
 public:
  Semaphore(boost::asio::io_context& io, unsigned places) : signal_(io), free_(places) {}

  boost::asio::awaitable<void> acquire() {
    while (free_ == 0)
      co_await signal_.wait();
    --free_;
  }
  void release() {
    ++free_;
    signal_.raise_one();
  }

 private:
  Signal signal_;
  unsigned free_;
};

}  // namespace smtprig::run
