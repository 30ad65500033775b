// See listener.hpp. The accept loop is made of callbacks: a coroutine would gain nothing here. It
// holds its own state alive, so that a connection that was handed over never depends on the
// Listener.
#include "fakes/net/listener.hpp"

#include <chrono>
#include <exception>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/steady_timer.hpp>

namespace smtprig::fakes::net {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

namespace {

// What accept(2) says when the process or the machine is short of something: worth another try once
// a connection has ended, but not at once.
bool short_of_resources(const boost::system::error_code& error) {
  return error == asio::error::no_descriptors || error == asio::error::no_memory ||
         error == asio::error::no_buffer_space ||
         error == boost::system::errc::too_many_files_open_in_system;
}

}  // namespace

struct Listener::Impl : std::enable_shared_from_this<Listener::Impl> {
  Impl(asio::io_context& context, const tcp::endpoint& endpoint, Handler handle)
      : io(context), acceptor(context), retry(context), handler(std::move(handle)) {
    acceptor.open(endpoint.protocol());
    acceptor.set_option(tcp::acceptor::reuse_address(true));
    if (endpoint.protocol() == tcp::v6()) acceptor.set_option(asio::ip::v6_only(true));
    acceptor.bind(endpoint);
    acceptor.listen();
    local = acceptor.local_endpoint();
  }

  void accept() {
    acceptor.async_accept(
        [self = shared_from_this()](boost::system::error_code error, tcp::socket socket) {
          if (!self->acceptor.is_open()) return;
          if (!error) self->serve(std::move(socket));
          if (short_of_resources(error)) return self->accept_later();
          self->accept();
        });
  }

  void accept_later() {
    retry.expires_after(std::chrono::milliseconds(20));
    retry.async_wait([self = shared_from_this()](boost::system::error_code error) {
      if (!error && self->acceptor.is_open()) self->accept();
    });
  }

  void serve(tcp::socket socket) {
    // `self` keeps the handler alive for as long as its coroutine may refer to what it captured.
    asio::co_spawn(io, handler(std::move(socket)),
                   [self = shared_from_this()](std::exception_ptr failure) noexcept {
                     if (failure) std::rethrow_exception(failure);
                   });
  }

  asio::io_context& io;
  tcp::acceptor acceptor;
  asio::steady_timer retry;
  Handler handler;
  tcp::endpoint local;
};

Listener::Listener(asio::io_context& io, const tcp::endpoint& local, Handler handler)
    : impl_(std::make_shared<Impl>(io, local, std::move(handler))) {
  impl_->accept();
}

Listener::~Listener() {
  boost::system::error_code ignored;
  impl_->acceptor.close(ignored);
  impl_->retry.cancel();
}

tcp::endpoint Listener::local() const {
  return impl_->local;
}

}  // namespace smtprig::fakes::net
