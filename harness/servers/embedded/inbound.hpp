// The driver of an InboundSession: one accepted connection, from the greeting, or from the TLS
// handshake before it, to its end.
#pragma once

#include "fakes/tls/engine.hpp"
#include "harness/servers/embedded/inbound_session.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace smtprig::embedded {

// What a connection needs of the server that it came to.
struct InboundHost {
  std::chrono::milliseconds silence{0};    // bounds every wait but
  std::chrono::milliseconds handshake{0};  // a whole handshake
  // Takes a message over; returns its queue id, empty if there is no room.
  std::function<std::string(Message)> accept;
  // What a handshake is made with; nullptr: there is no certificate.
  std::function<std::shared_ptr<const fakes::tls::Context>()> context;
  std::function<void(const InboundTls&)> established;
  // `broke_off`: the client left or said nothing; otherwise no agreement was found.
  std::function<void(const std::string& reason, bool broke_off)> handshake_failed;
};

// Never throws for what the client does.
boost::asio::awaitable<void> serve_client(boost::asio::ip::tcp::socket socket,
                                          InboundSession session, InboundHost host);

// `reply` instead of a greeting, and the end.
boost::asio::awaitable<void> turn_away(boost::asio::ip::tcp::socket socket, std::string reply);

}  // namespace smtprig::embedded
