// See server.hpp. One receive loop for UDP, one accept loop and one coroutine per connection for
// TCP. Bounds: self->limits.connections at once (one more is closed at once), `idle` between two
// queries of a connection and for each write, messages of 64 KiB by their length field.
#include "fakes/dns/server.hpp"

#include <array>
#include <chrono>
#include <list>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace smtprig::fakes::dns {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

constexpr std::chrono::milliseconds accept_pause{100};
constexpr int free_port_tries = 32;
constexpr int receive_buffer_bytes = 1 << 20;  // a burst of queries from a server that just started
constexpr std::size_t query_bytes_max =
    4096;  // over UDP; a longer datagram is cut, and so no query

// A TCP connection with one deadline: when it passes, the socket is closed and the connection dead.
struct Connection {
  explicit Connection(tcp::socket accepted)
      : socket(std::move(accepted)), timer(socket.get_executor()), delay(socket.get_executor()) {}

  static void expect(const std::shared_ptr<Connection>& self, std::chrono::milliseconds idle) {
    self->timer.expires_after(idle);
    self->timer.async_wait([self](const boost::system::error_code& error) {
      // A wait that was overtaken by a later deadline may still be told as over.
      if (!error && self->timer.expiry() <= asio::steady_timer::clock_type::now()) self->close();
    });
  }
  void close() {
    boost::system::error_code ignored;
    socket.close(ignored);
    timer.cancel();
    delay.cancel();
  }

  tcp::socket socket;
  asio::steady_timer timer;
  asio::steady_timer delay;  // of an answer
};

struct Reply {
  std::vector<std::uint8_t> bytes;  // empty: nothing is sent
  std::chrono::milliseconds delay{0};
  bool to_query = false;
};

// An exception out of a loop is a programmer's error: it leaves io_context::run().
void rethrow(std::exception_ptr error) {
  if (error) std::rethrow_exception(error);
}

}  // namespace

// The coroutines own it; after ~Server it is `stopped` and nothing of the table or log is touched.
struct Server::Impl {
  Impl(asio::io_context& io, Table& records, Log to, Limits bounds, const Signer* by)
      : udp_socket(io),
        acceptor(io),
        pause(io),
        table(&records),
        log(std::move(to)),
        limits(bounds),
        signer(by) {}

  void bind(const udp::endpoint& local) {
    for (int attempt = 1;; ++attempt) {
      udp_socket.open(local.protocol());
      udp_socket.bind(local);
      const tcp::endpoint same(local.address(), udp_socket.local_endpoint().port());
      acceptor.open(same.protocol());
      acceptor.set_option(asio::socket_base::reuse_address(true));
      boost::system::error_code error;
      acceptor.bind(same, error);
      if (!error) break;
      // A free port of UDP can be taken in TCP: try another pair.
      if (local.port() != 0 || attempt == free_port_tries) throw boost::system::system_error(error);
      udp_socket.close();
      acceptor.close();
    }
    acceptor.listen();
    boost::system::error_code ignored;
    udp_socket.set_option(asio::socket_base::receive_buffer_size(receive_buffer_bytes), ignored);
  }

  Reply answer(const std::vector<std::uint8_t>& message, bool tcp) {
    DnsQuery query;
    Reply reply;
    reply.bytes = respond(*table, message, tcp, query, signer);
    reply.delay = std::chrono::milliseconds(query.delay_ms);
    reply.to_query = !reply.bytes.empty() || !query.fault.empty();
    if (!reply.to_query) {
      ++dropped;
    } else if (log) {
      log(query);
    }
    return reply;
  }

  void stop() {
    stopped = true;
    boost::system::error_code ignored;
    udp_socket.close(ignored);
    acceptor.close(ignored);
    pause.cancel();
    for (asio::steady_timer& timer : late)
      timer.cancel();
    for (const auto& connection : connections)
      connection->close();
  }

  udp::socket udp_socket;
  tcp::acceptor acceptor;
  asio::steady_timer pause;
  Table* table;
  Log log;
  Limits limits;
  const Signer* signer;
  std::list<std::shared_ptr<Connection>> connections;
  std::list<asio::steady_timer> late;  // answers over UDP that are not due yet
  std::size_t dropped = 0;
  bool stopped = false;

  static asio::awaitable<void> serve_udp(std::shared_ptr<Impl> self);
  static asio::awaitable<void> send_late(std::shared_ptr<Impl> self, Reply reply,
                                         udp::endpoint peer);
  static asio::awaitable<void> serve_tcp(std::shared_ptr<Impl> self);
  static asio::awaitable<void> converse(std::shared_ptr<Impl> self,
                                        std::shared_ptr<Connection> connection);
  static asio::awaitable<void> hold(std::shared_ptr<Impl> self,
                                    std::shared_ptr<Connection> connection);
};

asio::awaitable<void> Server::Impl::serve_udp(std::shared_ptr<Impl> self) {
  std::vector<std::uint8_t> message;
  udp::endpoint peer;
  while (!self->stopped) {
    message.resize(query_bytes_max);
    const auto [error, bytes] =
        co_await self->udp_socket.async_receive_from(asio::buffer(message), peer, as_result);
    if (self->stopped) break;
    if (error) continue;  // an ICMP answer to an earlier reply: the client is gone
    message.resize(bytes);
    Reply reply = self->answer(message, false);
    if (reply.bytes.empty()) continue;
    if (reply.delay.count() == 0) {
      co_await self->udp_socket.async_send_to(asio::buffer(reply.bytes), peer, as_result);
    } else if (self->late.size() < self->limits.late) {
      asio::co_spawn(self->udp_socket.get_executor(), send_late(self, std::move(reply), peer),
                     rethrow);
    }
  }
}

// Other questions are answered meanwhile.
asio::awaitable<void> Server::Impl::send_late(std::shared_ptr<Impl> self, Reply reply,
                                              udp::endpoint peer) {
  const auto timer =
      self->late.emplace(self->late.end(), self->udp_socket.get_executor(), reply.delay);
  co_await timer->async_wait(as_result);
  self->late.erase(timer);
  if (self->stopped) co_return;
  co_await self->udp_socket.async_send_to(asio::buffer(reply.bytes), peer, as_result);
}

asio::awaitable<void> Server::Impl::serve_tcp(std::shared_ptr<Impl> self) {
  while (!self->stopped) {
    auto [error, socket] = co_await self->acceptor.async_accept(as_result);
    if (self->stopped) break;
    if (error) {  // out of descriptors: connections must end before one more can begin
      self->pause.expires_after(accept_pause);
      co_await self->pause.async_wait(as_result);
      continue;
    }
    if (self->connections.size() >= self->limits.connections) continue;
    auto connection = std::make_shared<Connection>(std::move(socket));
    asio::co_spawn(self->acceptor.get_executor(), hold(self, connection), rethrow);
  }
}

asio::awaitable<void> Server::Impl::hold(std::shared_ptr<Impl> self,
                                         std::shared_ptr<Connection> connection) {
  const auto place = self->connections.insert(self->connections.end(), connection);
  co_await converse(self, connection);
  connection->close();
  self->connections.erase(place);
}

// RFC 7766 6.2.1: a client may send many queries over one connection; they are answered in order,
// so that one behind a late answer waits too.
asio::awaitable<void> Server::Impl::converse(std::shared_ptr<Impl> self,
                                             std::shared_ptr<Connection> connection) {
  std::array<std::uint8_t, 2> length{};
  std::vector<std::uint8_t> message;
  while (!self->stopped) {
    Connection::expect(connection, self->limits.idle);
    const auto [length_error, length_bytes] =
        co_await asio::async_read(connection->socket, asio::buffer(length), as_result);
    if (length_error) break;
    message.resize(static_cast<std::size_t>(length[0] << 8 | length[1]));
    const auto [error, bytes] =
        co_await asio::async_read(connection->socket, asio::buffer(message), as_result);
    if (error || self->stopped) break;
    const Reply reply = self->answer(message, true);
    if (!reply.to_query) break;  // whoever sends bytes that are no query has lost the framing
    if (reply.bytes.empty()) continue;
    if (reply.delay.count() > 0) {
      Connection::expect(connection, self->limits.idle + reply.delay);
      connection->delay.expires_after(reply.delay);
      co_await connection->delay.async_wait(as_result);
      if (self->stopped || !connection->socket.is_open()) break;
    }
    std::vector<std::uint8_t> framed = {static_cast<std::uint8_t>(reply.bytes.size() >> 8),
                                        static_cast<std::uint8_t>(reply.bytes.size())};
    framed.insert(framed.end(), reply.bytes.begin(), reply.bytes.end());
    Connection::expect(connection, self->limits.idle);
    const auto [write_error, written] =
        co_await asio::async_write(connection->socket, asio::buffer(framed), as_result);
    if (write_error) break;
  }
}

Server::Server(asio::io_context& io, udp::endpoint local, Table& table, Log log, Limits limits,
               const Signer* signer)
    : impl_(std::make_shared<Impl>(io, table, std::move(log), limits, signer)) {
  impl_->bind(local);
  asio::co_spawn(io, Impl::serve_udp(impl_), rethrow);
  asio::co_spawn(io, Impl::serve_tcp(impl_), rethrow);
}

Server::~Server() {
  impl_->stop();
}

udp::endpoint Server::local() const {
  return impl_->udp_socket.local_endpoint();
}

std::size_t Server::dropped() const {
  return impl_->dropped;
}

std::size_t Server::connections() const {
  return impl_->connections.size();
}

}  // namespace smtprig::fakes::dns
