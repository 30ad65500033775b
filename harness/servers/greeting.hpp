// Asks a server for its SMTP greeting: the one sign that it takes mail.
#pragma once

#include <chrono>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace smtprig::servers {

enum class Greeting {
  ready,    // "220"
  refused,  // nothing listens
  silent,   // no complete line within the deadline
  other,    // closed, or another line
};

// Connects, reads one line, says QUIT (RFC 5321 4.1.1.10) and closes. Never throws for what the
// server does.
boost::asio::awaitable<Greeting> ask_greeting(boost::asio::io_context& io,
                                              boost::asio::ip::tcp::endpoint server,
                                              std::chrono::milliseconds deadline);

// Whether it takes a connection within the deadline.
boost::asio::awaitable<bool> takes_connections(boost::asio::io_context& io,
                                               boost::asio::ip::tcp::endpoint server,
                                               std::chrono::milliseconds deadline);

}  // namespace smtprig::servers
