// The server: accepts mail, holds the queue, runs the attempts on schedule, makes notifications. It
// lives in one io_context and one thread. Nothing in it knows of a rig: peers and DNS are what its
// configuration says they are.
//
//   client -> InboundSession -> Queue -> Job (message, domain) -> Attempt -> delivered, bounced
//                                 ^                                  |
//                                 +---- notification to the sender --+--> deferred: wait, again
#pragma once

#include "harness/servers/embedded/config.hpp"
#include "harness/servers/embedded/log.hpp"
#include "harness/servers/embedded/mutants.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <memory>
#include <vector>

namespace smtprig::embedded {

class Server {
 public:
  // Binds and listens at once; throws boost::system::system_error, or std::runtime_error for a CA
  // file or a certificate file that is none.
  Server(boost::asio::io_context& io, Config config, Mutants mutants, Log::Sink sink);
  ~Server();  // after stop(), or after the io_context stopped running
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  boost::asio::ip::tcp::endpoint local() const;  // of the listener in clear
  // Of all listeners: that one, then those of the listeners file.
  const std::vector<boost::asio::ip::tcp::endpoint>& locals() const;

  // Accepts nothing more, ends sessions and waits; what is queued is lost. The io_context runs out
  // of the server's work soon after.
  void stop();

  std::size_t queued() const;    // messages
  std::size_t sessions() const;  // inbound sessions and attempts under way

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace smtprig::embedded
