// The driver of an InboundSession: one accepted connection, from the greeting to its end.
#pragma once

#include "harness/servers/embedded/inbound_session.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <functional>
#include <string>

namespace smtprig::embedded {

// Takes a message over; returns its queue id, empty if there is no room.
using Accept = std::function<std::string(Message)>;

// Never throws for what the client does. Every wait is bounded by `silence`.
boost::asio::awaitable<void> serve_client(boost::asio::ip::tcp::socket socket,
                                          InboundSession session, std::chrono::milliseconds silence,
                                          Accept accept);

// For a client too many: 421 and the end (RFC 5321 3.8).
boost::asio::awaitable<void> turn_away(boost::asio::ip::tcp::socket socket, std::string hostname);

}  // namespace smtprig::embedded
