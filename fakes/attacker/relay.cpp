// See relay.hpp. Two pumps per connection, one per direction. A direction that ended is closed
// behind its last byte; a reset goes on as a reset.
#include "fakes/attacker/relay.hpp"

#include <array>
#include <cstdint>
#include <exception>
#include <map>
#include <optional>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "fakes/attacker/stripper.hpp"
#include "fakes/net/stream.hpp"

namespace smtprig::fakes::attacker {

namespace asio = boost::asio;
using net::Way;
using tcp = asio::ip::tcp;

namespace {

using boost::system::error_code;

// A client may be gone before its connection is looked at.
std::string text_of(const tcp::endpoint& endpoint, const error_code& error) {
  return error ? "unknown" : net::text(endpoint);
}

Connected seen_by(const tcp::socket& front) {
  error_code no_local, no_remote;
  const tcp::endpoint local = front.local_endpoint(no_local);
  const tcp::endpoint remote = front.remote_endpoint(no_remote);
  return {text_of(local, no_local), text_of(remote, no_remote)};
}

struct Link {
  Link(tcp::socket client, tcp::socket server, std::uint32_t ordinal)
      : front(std::move(client)), back(std::move(server)), connection(ordinal) {}

  void reset() {
    for (tcp::socket* socket : {&front, &back}) {
      error_code ignored;
      socket->set_option(asio::socket_base::linger(true, 0), ignored);
      socket->close(ignored);
    }
  }

  tcp::socket front;
  tcp::socket back;
  std::uint32_t connection;
  std::optional<Stripper> stripper;
};

}  // namespace

struct Relay::Impl {
  Impl(asio::io_context& context, Meddling what, Honest server,
       std::shared_ptr<net::Recording> keeps)
      : io(context), meddling(what), honest(std::move(server)), recording(std::move(keeps)) {}

  std::optional<std::pair<tcp::socket, tcp::socket>> pair();
  std::string handed_on(Link& link, Way way, std::string_view bytes);
  static asio::awaitable<void> pump(std::shared_ptr<Impl> self, std::shared_ptr<Link> link,
                                    Way way);
  static asio::awaitable<void> serve(std::shared_ptr<Impl> self, tcp::socket front);

  asio::io_context& io;
  Meddling meddling;
  Honest honest;
  std::shared_ptr<net::Recording> recording;
  std::uint32_t connections = 0;
  std::map<std::uint32_t, std::weak_ptr<Link>> open;
  bool stopped = false;
};

// Two ends of one connection. All calls return at once: connecting on loopback needs no accept. The
// listening socket is not kept: there may be thousands of relays.
std::optional<std::pair<tcp::socket, tcp::socket>> Relay::Impl::pair() {
  error_code error;
  tcp::acceptor acceptor(io);
  tcp::socket near(io);
  acceptor.open(tcp::v4(), error);
  if (!error) acceptor.bind({asio::ip::address_v4::loopback(), 0}, error);
  if (!error) acceptor.listen(1, error);
  if (!error) near.connect(acceptor.local_endpoint(), error);
  if (error) return std::nullopt;
  tcp::socket far = acceptor.accept(io, error);
  if (error) return std::nullopt;
  for (tcp::socket* socket : {&near, &far})
    socket->set_option(tcp::no_delay(true), error);
  return std::pair(std::move(near), std::move(far));
}

std::string Relay::Impl::handed_on(Link& link, Way way, std::string_view bytes) {
  recording->take(link.connection, way, bytes);
  if (!link.stripper) return std::string(bytes);
  return way == Way::from_client ? link.stripper->from_client(bytes)
                                 : link.stripper->from_server(bytes);
}

asio::awaitable<void> Relay::Impl::pump(std::shared_ptr<Impl> self, std::shared_ptr<Link> link,
                                        Way way) {
  tcp::socket& from = way == Way::from_client ? link->front : link->back;
  tcp::socket& to = way == Way::from_client ? link->back : link->front;
  std::array<char, 16 * 1024> block;
  for (;;) {
    auto [error, size] =
        co_await from.async_read_some(asio::buffer(block), asio::as_tuple(asio::use_awaitable));
    std::string onward =
        error ? std::string() : self->handed_on(*link, way, std::string_view(block.data(), size));
    if (error == asio::error::eof && link->stripper)
      onward = way == Way::from_client ? link->stripper->rest_of_client()
                                       : link->stripper->rest_of_server();
    if (error && error != asio::error::eof) {
      link->reset();
      co_return;
    }
    if (!onward.empty()) {
      auto [failed, written] =
          co_await asio::async_write(to, asio::buffer(onward), asio::as_tuple(asio::use_awaitable));
      // Whoever does not read any more says so in the other direction.
      if (failed) co_return;
    }
    if (error) {
      error_code ignored;
      to.shutdown(tcp::socket::shutdown_send, ignored);
      co_return;
    }
  }
}

asio::awaitable<void> Relay::Impl::serve(std::shared_ptr<Impl> self, tcp::socket front) {
  Connected seen = seen_by(front);
  error_code ignored;
  front.set_option(tcp::no_delay(true), ignored);
  auto ends = self->pair();
  if (!ends || self->stopped) co_return;
  const std::uint32_t ordinal = ++self->connections;
  auto link = std::make_shared<Link>(std::move(front), std::move(ends->first), ordinal);
  if (self->meddling == Meddling::strips) link->stripper.emplace();
  self->open[ordinal] = link;
  const auto rethrow = [](std::exception_ptr failure) noexcept {
    if (failure) std::rethrow_exception(failure);
  };
  asio::co_spawn(self->io, self->honest(std::move(ends->second), std::move(seen)), rethrow);
  asio::co_spawn(self->io, pump(self, link, Way::from_server), rethrow);
  co_await pump(self, link, Way::from_client);
}

Relay::Relay(asio::io_context& io, Meddling meddling, Honest honest,
             std::shared_ptr<net::Recording> recording)
    : impl_(std::make_shared<Impl>(io, meddling, std::move(honest), std::move(recording))) {}

Relay::~Relay() {
  impl_->stopped = true;
  for (auto& [ordinal, each] : impl_->open)
    if (const auto link = each.lock()) link->reset();
}

asio::awaitable<void> Relay::serve(tcp::socket front) {
  return Impl::serve(impl_, std::move(front));
}

}  // namespace smtprig::fakes::attacker
