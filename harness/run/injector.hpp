// Brings the messages of all cells to the server under test over a few connections at once, several
// messages each, so that a run costs the server few sessions.
#pragma once

#include <deque>
#include <exception>
#include <memory>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "fakes/smtp/sender.hpp"
#include "harness/run/signal.hpp"

namespace smtprig::run {

class Injector {
 public:
  Injector(boost::asio::io_context& io, boost::asio::ip::tcp::endpoint server)
      : io_(io), server_(server) {}

  // One with REQUIRETLS has a connection of its own, with TLS (RFC 8689 2); all others share some.
  // Ends when the server answered the final dot, refused, or broke the connection. A message that a
  // broken connection left untried goes into the next one; twice broken, it is `disconnected`.
  boost::asio::awaitable<fakes::smtp::Submission> submit(fakes::smtp::Envelope envelope);

 private:
  struct Waiting {
    explicit Waiting(boost::asio::io_context& io) : signal(io) {}
    fakes::smtp::Envelope envelope;
    fakes::smtp::Submission result;
    unsigned tries = 0;
    bool done = false;
    Signal signal;
  };

  boost::asio::awaitable<fakes::smtp::Submission> submit_in_tls(fakes::smtp::Envelope envelope);
  boost::asio::awaitable<void> work();
  void settle(const std::vector<std::shared_ptr<Waiting>>& batch,
              const std::vector<fakes::smtp::Submission>& results);

  boost::asio::io_context& io_;
  boost::asio::ip::tcp::endpoint server_;
  std::deque<std::shared_ptr<Waiting>> queue_;
  unsigned workers_ = 0;
};

}  // namespace smtprig::run
