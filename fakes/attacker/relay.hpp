// Somebody on the path between a client and an honest server: it takes the client's connection,
// opens one to the server in its place, hands bytes on in both directions and keeps what it saw.
// It decrypts nothing, has no certificate, and ends each side as the other side ended.
//
//   client <--- front --- [ Stripper ] [ Recording ] --- back ---> honest server
#pragma once

#include <functional>
#include <memory>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "fakes/journal.hpp"
#include "fakes/net/recording.hpp"

namespace smtprig::fakes::attacker {

enum class Meddling {
  none,    // it only listens
  strips,  // it removes STARTTLS
};

class Relay {
 public:
  // Serves a connection to its end; `seen` is what the client knows of it.
  using Honest = std::function<boost::asio::awaitable<void>(boost::asio::ip::tcp::socket back,
                                                            Connected seen)>;

  // `honest` gets the far end of a connection over the loopback interface.
  Relay(boost::asio::io_context& io, Meddling meddling, Honest honest,
        std::shared_ptr<net::Recording> recording);
  ~Relay();  // ends all connections soon
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  // One accepted connection, to its end. Never throws for what either side does.
  boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket front);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace smtprig::fakes::attacker
