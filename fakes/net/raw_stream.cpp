// See raw_stream.hpp. Limits: blocks of 16 KiB; closing lingers for at most `linger_max`.
#include "fakes/net/raw_stream.hpp"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "fakes/net/deadline.hpp"

namespace smtprig::fakes::net {

namespace {

using boost::system::error_code;

constexpr Duration linger_max = std::chrono::seconds(1);
constexpr Duration deadline_max = std::chrono::hours(24 * 365);  // keeps now + deadline in range

bool would_block(const error_code& error) {
  return error == asio::error::would_block || error == asio::error::try_again;
}

}  // namespace

Clock::time_point after(Duration deadline) {
  return Clock::now() + std::min(deadline, deadline_max);
}

RawStream::RawStream(tcp::socket socket, Tap tap)
    : socket_(std::move(socket)), timer_(socket_.get_executor()), tap_(std::move(tap)) {
  error_code ignored;  // a peer that is gone already shows at the first read
  socket_.non_blocking(true, ignored);
  socket_.set_option(tcp::no_delay(true), ignored);
}

void RawStream::log_end(Closed::How how) {
  if (std::exchange(end_logged_, true)) return;
  tap_.add(Closed{how, notified_});
}

IoStatus RawStream::usable() const {
  if (cancelled_ || closed_) return IoStatus::cancelled;
  return dead_ ? IoStatus::timed_out : IoStatus::ok;
}

void RawStream::note_close_notify() {
  notified_ = true;
  peer_fin_ = true;
  log_end(Closed::How::peer_fin);
}

// EPIPE says that the peer's FIN came first and its RST answered our bytes; all else is a reset.
IoStatus RawStream::lost(const error_code& error) {
  (error == asio::error::broken_pipe ? peer_fin_ : peer_rst_) = true;
  return IoStatus::reset;
}

asio::awaitable<IoStatus> RawStream::wait(tcp::socket::wait_type what, Clock::time_point end) {
  auto operation = socket_.async_wait(what, asio::as_tuple(asio::use_awaitable));
  Duration left = std::max<Duration>(end - Clock::now(), Duration::zero());
  Timed<std::tuple<error_code>> result = co_await with_deadline(std::move(operation), left);
  if (IoStatus status = usable(); status != IoStatus::ok) co_return status;
  error_code error = result.value ? std::get<0>(*result.value) : asio::error::operation_aborted;
  if (!error) co_return IoStatus::ok;
  if (result.how == Waited::timed_out) {
    dead_ = true;
    log_end(Closed::How::timed_out);
    co_return IoStatus::timed_out;
  }
  if (error == asio::error::operation_aborted) {
    cancelled_ = true;
    log_end(Closed::How::cancelled);
    co_return IoStatus::cancelled;
  }
  co_return lost(error);
}

ReadResult RawStream::receive_now(bool& nothing_yet) {
  std::array<char, 16 * 1024> block;
  error_code error;
  std::size_t size = socket_.read_some(asio::buffer(block), error);
  nothing_yet = would_block(error);
  ReadResult result;
  if (!error) {
    result.bytes.assign(block.data(), size);
  } else if (error == asio::error::eof && !peer_rst_) {
    peer_fin_ = true;
    result.status = IoStatus::eof;
  } else if (!nothing_yet) {
    // A write may have taken the socket's error already; then the kernel shows a mere end here.
    if (error != asio::error::eof) lost(error);
    result.status = IoStatus::reset;
  }
  return result;
}

asio::awaitable<ReadResult> RawStream::receive(Clock::time_point end) {
  ReadResult result;
  for (;;) {
    result.status = usable();
    if (result.status != IoStatus::ok) co_return result;
    bool nothing_yet = false;
    result = receive_now(nothing_yet);
    if (!nothing_yet) break;
    result.status = co_await wait(tcp::socket::wait_read, end);
    if (result.status != IoStatus::ok) break;
  }
  if (result.status == IoStatus::eof || result.status == IoStatus::reset)
    log_end(peer_rst_ ? Closed::How::peer_rst : Closed::How::peer_fin);
  co_return result;
}

asio::awaitable<IoStatus> RawStream::send(std::string bytes, Clock::time_point end) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    if (IoStatus status = usable(); status != IoStatus::ok) co_return status;
    error_code error;
    sent += socket_.write_some(asio::buffer(bytes.data() + sent, bytes.size() - sent), error);
    if (would_block(error)) {
      IoStatus status = co_await wait(tcp::socket::wait_write, end);
      if (status != IoStatus::ok) co_return status;
    } else if (error) {
      co_return lost(error);
    }
  }
  co_return usable();
}

int RawStream::peek() {
  char byte = 0;
  error_code error;
  std::size_t size = socket_.receive(asio::buffer(&byte, 1), tcp::socket::message_peek, error);
  return size == 1 ? 1 : would_block(error) ? -1 : 0;
}

asio::awaitable<IoStatus> RawStream::readable(Clock::time_point end) {
  // Asio may end a wait for an event of a descriptor that was closed before.
  while (usable() == IoStatus::ok && peek() < 0) {
    const IoStatus status = co_await wait(tcp::socket::wait_read, end);
    if (status != IoStatus::ok) co_return status;
  }
  co_return usable();
}

// A client that waits for an answer and loses patience shows by its end where nothing was to read;
// one that has sent more commands already is waited for in vain.
asio::awaitable<void> RawStream::pause(Clock::time_point end) {
  while (usable() == IoStatus::ok && peek() == -1 && Clock::now() < end) {
    auto operation =
        socket_.async_wait(tcp::socket::wait_read, asio::as_tuple(asio::use_awaitable));
    co_await with_deadline(std::move(operation), end - Clock::now());
  }
  if (usable() != IoStatus::ok || peek() == 0) co_return;
  timer_.expires_at(end);
  co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
}

// A peer that still sends when we close gets a RST, which may destroy our last reply before it was
// read (RFC 1122 4.2.2.13).
asio::awaitable<void> RawStream::close_gently() {
  if (closed_) co_return;
  log_end(peer_rst_   ? Closed::How::peer_rst
          : peer_fin_ ? Closed::How::peer_fin
                      : Closed::How::local_fin);
  error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
  Clock::time_point end = after(linger_max);
  while (usable() == IoStatus::ok && !peer_fin_ && !peer_rst_) {
    ReadResult thrown_away = co_await receive(end);
    if (thrown_away.status != IoStatus::ok) break;
    if (Clock::now() >= end) break;
  }
  closed_ = true;
  socket_.close(ignored);
}

void RawStream::close_with_reset() {
  if (closed_) return;
  log_end(peer_rst_ ? Closed::How::peer_rst : Closed::How::local_rst);
  closed_ = true;
  error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
}

void RawStream::cancel() {
  cancelled_ = true;
  log_end(Closed::How::cancelled);
  error_code ignored;
  socket_.cancel(ignored);
  timer_.cancel();
}

asio::awaitable<ConnectResult> connect(tcp::endpoint remote, Duration deadline,
                                       std::optional<tcp::endpoint> local) {
  ConnectResult result;
  tcp::socket socket(co_await asio::this_coro::executor);
  socket.open(remote.protocol(), result.error);
  if (!result.error && local) socket.bind(*local, result.error);
  if (!result.error) {
    auto operation = socket.async_connect(remote, asio::as_tuple(asio::use_awaitable));
    Timed<std::tuple<error_code>> done =
        co_await with_deadline(std::move(operation), std::min(deadline, deadline_max));
    result.error = done.value ? std::get<0>(*done.value) : asio::error::operation_aborted;
    if (result.error && done.how == Waited::timed_out) result.status = IoStatus::timed_out;
    if (result.error && done.how == Waited::cancelled) result.status = IoStatus::cancelled;
  }
  if (!result.error) {
    result.socket.emplace(std::move(socket));
  } else if (result.status == IoStatus::ok) {
    result.status = IoStatus::reset;
  }
  co_return result;
}

std::string text(const tcp::endpoint& endpoint) {
  std::string address = endpoint.address().to_string();
  return endpoint.address().is_v6() ? fmt::format("[{}]:{}", address, endpoint.port())
                                    : fmt::format("{}:{}", address, endpoint.port());
}

}  // namespace smtprig::fakes::net
