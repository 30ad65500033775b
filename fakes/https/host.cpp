// See host.hpp. What is talked on a connection is in connection.hpp; here they are counted, bounded
// and ended.
#include "fakes/https/host.hpp"

#include <set>
#include <stdexcept>
#include <utility>

#include "connection.hpp"

namespace smtprig::fakes::https {

namespace {

constexpr unsigned status_min = 100;
constexpr unsigned status_max = 999;

// A client may be gone before its connection is looked at.
std::string endpoint_text(const net::tcp::endpoint& endpoint,
                          const boost::system::error_code& error) {
  return error ? "unknown" : net::text(endpoint);
}

}  // namespace

void check_status(const std::string& who, unsigned status) {
  if (status < status_min || status > status_max)
    throw std::invalid_argument(who + ": no status of HTTP: " + std::to_string(status));
}

struct Host::Impl {
  Impl(HostShared what, std::string label, Journal& log)
      : shared(std::move(what)), who(std::move(label)), journal(log) {}

  static net::asio::awaitable<void> serve(std::shared_ptr<Impl> self, net::tcp::socket socket);

  HostShared shared;
  std::string who;
  Journal& journal;
  std::uint32_t connections = 0;
  std::set<net::Stream*> open;
  bool stopped = false;
};

net::asio::awaitable<void> Host::Impl::serve(std::shared_ptr<Impl> self, net::tcp::socket socket) {
  net::Tap tap{&self->journal, self->who, ++self->connections};
  boost::system::error_code local_error;
  boost::system::error_code remote_error;
  net::tcp::endpoint local = socket.local_endpoint(local_error);
  net::tcp::endpoint remote = socket.remote_endpoint(remote_error);
  tap.add(Connected{endpoint_text(local, local_error), endpoint_text(remote, remote_error)});

  net::Stream stream(std::move(socket), tap);
  if (self->stopped || self->open.size() >= self->shared.limits.sessions_max) {
    co_await stream.close(CloseHow::fin);
  } else {
    self->open.insert(&stream);
    Connection connection(self->shared, stream, tap);
    co_await connection.run();
    self->open.erase(&stream);
  }
  if (self->shared.progress) self->shared.progress();
}

Host::Host(std::string name, std::string who, HttpsSpec spec, IdentitySource identity,
           Handler handler, Journal& journal, HostLimits limits) {
  if (!identity) throw std::invalid_argument(who + ": TLS needs a certificate");
  HostShared shared;
  shared.name = std::move(name);
  shared.spec = std::move(spec);
  shared.identity = std::move(identity);
  shared.handler = std::move(handler);
  shared.limits = limits;
  shared.progress = [this] {
    if (on_progress) on_progress();
  };
  impl_ = std::make_shared<Impl>(std::move(shared), std::move(who), journal);
}

Host::~Host() {
  stop();
  impl_->shared.progress = nullptr;
}

net::asio::awaitable<void> Host::serve(net::tcp::socket socket) {
  return Impl::serve(impl_, std::move(socket));
}

unsigned Host::open_sessions() const {
  return static_cast<unsigned>(impl_->open.size());
}

void Host::stop() {
  impl_->stopped = true;
  for (net::Stream* stream : impl_->open)
    stream->cancel();
}

}  // namespace smtprig::fakes::https
