// A listening TCP socket on one address whose accepted connections go to one handler. Closing it
// makes the address refuse again.
#pragma once

#include <functional>
#include <memory>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace smtprig::fakes::net {

class Listener {
 public:
  using Handler = std::function<boost::asio::awaitable<void>(boost::asio::ip::tcp::socket)>;

  // Binds and listens at once (throws boost::system::system_error: address in use, no such address)
  // and accepts from then on. Port 0 picks a free one. Exceptions that escape a handler are a
  // programmer's error and end the process.
  Listener(boost::asio::io_context& io, const boost::asio::ip::tcp::endpoint& local,
           Handler handler);
  ~Listener();  // stops accepting; connections that were handed over live on
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  boost::asio::ip::tcp::endpoint local() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace smtprig::fakes::net
