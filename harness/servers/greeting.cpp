// The deadline closes the socket, which ends the operation that waits on it.
#include "harness/servers/greeting.hpp"

#include <memory>
#include <string>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace smtprig::servers {
namespace asio = boost::asio;
using asio::ip::tcp;
namespace {

constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t line_bytes_max = 4'096;

struct Probe {
  explicit Probe(asio::io_context& io) : socket(io), timer(io) {}
  tcp::socket socket;
  asio::steady_timer timer;
  bool timed_out = false;
};

void close_after(const std::shared_ptr<Probe>& probe, std::chrono::milliseconds deadline) {
  probe->timer.expires_after(deadline);
  probe->timer.async_wait([probe](boost::system::error_code error) {
    if (error) return;
    probe->timed_out = true;
    boost::system::error_code ignored;
    probe->socket.close(ignored);
  });
}

Greeting failure(const Probe& probe, boost::system::error_code error) {
  if (probe.timed_out) return Greeting::silent;
  return error == asio::error::connection_refused ? Greeting::refused : Greeting::other;
}

}  // namespace

asio::awaitable<bool> takes_connections(asio::io_context& io, tcp::endpoint server,
                                        std::chrono::milliseconds deadline) {
  const auto probe = std::make_shared<Probe>(io);
  close_after(probe, deadline);
  const auto [error] = co_await probe->socket.async_connect(server, use_tuple);
  probe->timer.cancel();
  co_return !error;
}

asio::awaitable<Greeting> ask_greeting(asio::io_context& io, tcp::endpoint server,
                                       std::chrono::milliseconds deadline) {
  const auto probe = std::make_shared<Probe>(io);
  close_after(probe, deadline);
  const auto [connect_error] = co_await probe->socket.async_connect(server, use_tuple);
  if (connect_error) {
    probe->timer.cancel();
    co_return failure(*probe, connect_error);
  }
  std::string line;
  const auto [read_error, bytes] = co_await asio::async_read_until(
      probe->socket, asio::dynamic_buffer(line, line_bytes_max), '\n', use_tuple);
  if (read_error) {
    probe->timer.cancel();
    co_return failure(*probe, read_error);
  }
  const bool ready = line.starts_with("220");
  const std::string quit = "QUIT\r\n";
  co_await asio::async_write(probe->socket, asio::buffer(quit), use_tuple);
  probe->timer.cancel();
  co_return ready ? Greeting::ready : Greeting::other;
}

}  // namespace smtprig::servers
