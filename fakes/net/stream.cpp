// See stream.hpp. Reading waits for readiness and then takes what is there, so that an idle
// connection holds no buffer and a wait that is given up loses no byte:
//
//   socket -> receive() -> [ engine ] -> fill() -> in_ -> read_line(), read_some()
//   socket <- send()    <- [ engine ] <- write()
//
// Limits: a block of 16 KiB per read; closing lingers for at most `linger_max`.
#include "fakes/net/stream.hpp"

#include <algorithm>
#include <array>
#include <cassert>
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

using Clock = std::chrono::steady_clock;
using boost::system::error_code;

constexpr Duration linger_max = std::chrono::seconds(1);
constexpr Duration notify_max = std::chrono::seconds(1);
constexpr Duration deadline_max = std::chrono::hours(24 * 365);  // keeps now + deadline in range

Clock::time_point after(Duration deadline) {
  return Clock::now() + std::min(deadline, deadline_max);
}

Duration until(Clock::time_point end) {
  return std::max(end - Clock::now(), Duration::zero());
}

bool would_block(const error_code& error) {
  return error == asio::error::would_block || error == asio::error::try_again;
}

}  // namespace

struct Stream::Impl {
  Impl(tcp::socket accepted, Tap where) : socket(std::move(accepted)), tap(std::move(where)) {
    error_code ignored;  // a peer that is gone already shows at the first read
    socket.non_blocking(true, ignored);
    socket.set_option(tcp::no_delay(true), ignored);
  }

  asio::awaitable<IoStatus> wait(tcp::socket::wait_type what, Clock::time_point end);
  asio::awaitable<ReadResult> receive(Clock::time_point end);
  asio::awaitable<ReadResult> fill(Clock::time_point end);
  asio::awaitable<IoStatus> send(std::string bytes, Clock::time_point end);
  asio::awaitable<IoStatus> flush(Clock::time_point end);
  asio::awaitable<IoStatus> shake_hands(Clock::time_point end);
  asio::awaitable<ReadResult> read_line(std::size_t bytes_max, Clock::time_point end);
  asio::awaitable<ReadResult> read_some(Clock::time_point end);
  asio::awaitable<IoStatus> write(std::string bytes, Clock::time_point end);
  asio::awaitable<IoStatus> handshake(std::shared_ptr<const tls::Context> context, bool keep_buffer,
                                      Clock::time_point end);
  asio::awaitable<IoStatus> answer(Clock::time_point end);
  asio::awaitable<void> close(CloseHow how);

  ReadResult receive_now(bool& nothing_yet);
  IoStatus usable() const;
  IoStatus lost(const error_code& error);
  IoStatus handshake_ended(IoStatus why);
  void forward_events();
  void log_end(Closed::How how);
  std::string take_all();

  tcp::socket socket;
  Tap tap;
  std::string in;         // plaintext, or clear bytes before TLS
  std::size_t begin = 0;  // of what is unread in `in`
  std::optional<tls::Engine> engine;
  bool established = false;
  bool hello_seen = false;
  bool notified = false;  // the peer's close_notify came
  bool peer_fin = false;
  bool peer_rst = false;
  bool dead = false;  // a deadline passed
  bool cancelled = false;
  bool closed = false;
  bool end_logged = false;
};

void Stream::Impl::log_end(Closed::How how) {
  if (std::exchange(end_logged, true)) return;
  tap.add(Closed{how, notified});
}

IoStatus Stream::Impl::usable() const {
  if (cancelled || closed) return IoStatus::cancelled;
  return dead ? IoStatus::timed_out : IoStatus::ok;
}

// EPIPE says that the peer's FIN came first and its RST answered our bytes; all else is a reset.
IoStatus Stream::Impl::lost(const error_code& error) {
  (error == asio::error::broken_pipe ? peer_fin : peer_rst) = true;
  return IoStatus::reset;
}

asio::awaitable<IoStatus> Stream::Impl::wait(tcp::socket::wait_type what, Clock::time_point end) {
  auto operation = socket.async_wait(what, asio::as_tuple(asio::use_awaitable));
  Timed<std::tuple<error_code>> result = co_await with_deadline(std::move(operation), until(end));
  if (IoStatus status = usable(); status != IoStatus::ok) co_return status;
  error_code error = result.value ? std::get<0>(*result.value) : asio::error::operation_aborted;
  if (!error) co_return IoStatus::ok;
  if (result.how == Waited::timed_out) {
    dead = true;
    log_end(Closed::How::timed_out);
    co_return IoStatus::timed_out;
  }
  if (error == asio::error::operation_aborted) {
    cancelled = true;
    log_end(Closed::How::cancelled);
    co_return IoStatus::cancelled;
  }
  co_return lost(error);
}

ReadResult Stream::Impl::receive_now(bool& nothing_yet) {
  std::array<char, 16 * 1024> block;
  error_code error;
  std::size_t size = socket.read_some(asio::buffer(block), error);
  nothing_yet = would_block(error);
  ReadResult result;
  if (!error) {
    result.bytes.assign(block.data(), size);
  } else if (error == asio::error::eof && !peer_rst) {
    peer_fin = true;
    result.status = IoStatus::eof;
  } else if (!nothing_yet) {
    // A write may have taken the socket's error already; then the kernel shows a mere end here.
    if (error != asio::error::eof) lost(error);
    result.status = IoStatus::reset;
  }
  return result;
}

asio::awaitable<ReadResult> Stream::Impl::receive(Clock::time_point end) {
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
  if (peer_rst && result.status == IoStatus::reset) log_end(Closed::How::peer_rst);
  if (result.status == IoStatus::eof || (peer_fin && result.status == IoStatus::reset))
    log_end(Closed::How::peer_fin);
  co_return result;
}

asio::awaitable<IoStatus> Stream::Impl::send(std::string bytes, Clock::time_point end) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    if (IoStatus status = usable(); status != IoStatus::ok) co_return status;
    error_code error;
    sent += socket.write_some(asio::buffer(bytes.data() + sent, bytes.size() - sent), error);
    if (would_block(error)) {
      IoStatus status = co_await wait(tcp::socket::wait_write, end);
      if (status != IoStatus::ok) co_return status;
    } else if (error) {
      co_return lost(error);
    }
  }
  co_return usable();
}

asio::awaitable<IoStatus> Stream::Impl::flush(Clock::time_point end) {
  std::string records = engine->drain();
  if (records.empty()) co_return IoStatus::ok;
  co_return co_await send(std::move(records), end);
}

asio::awaitable<ReadResult> Stream::Impl::fill(Clock::time_point end) {
  ReadResult result;
  while (established) {
    result.bytes = engine->read();
    if (!result.bytes.empty()) co_return result;
    if (engine->state() == tls::State::closed) {
      notified = true;
      log_end(Closed::How::peer_fin);
      result.status = IoStatus::eof;
      co_return result;
    }
    if (engine->state() == tls::State::failed) {
      result.status = IoStatus::tls_error;
      co_return result;
    }
    result = co_await receive(end);
    if (result.status == IoStatus::eof) engine->feed_eof();
    if (result.status != IoStatus::ok) co_return result;
    engine->feed(result.bytes);
    forward_events();
    // An alert, or the answer to a KeyUpdate. If it cannot be sent, the next read says why.
    co_await flush(end);
  }
  co_return co_await receive(end);
}

std::string Stream::Impl::take_all() {
  std::string bytes = begin == 0 ? std::move(in) : in.substr(begin);
  in.clear();
  begin = 0;
  return bytes;
}

asio::awaitable<ReadResult> Stream::Impl::read_line(std::size_t bytes_max, Clock::time_point end) {
  ReadResult result;
  std::size_t scanned = begin;
  for (;;) {
    std::size_t feed = in.find('\n', scanned);
    std::size_t size = (feed == std::string::npos ? in.size() : feed + 1) - begin;
    if (size > bytes_max || (size == bytes_max && feed == std::string::npos)) {
      result.status = IoStatus::too_long;
      co_return result;
    }
    if (feed != std::string::npos) {
      result.bare_lf = size < 2 || in[feed - 1] != '\r';
      result.bytes = in.substr(begin, size - (result.bare_lf ? 1 : 2));
      begin = feed + 1;
      if (begin == in.size()) take_all();
      co_return result;
    }
    in.erase(0, std::exchange(begin, 0));
    scanned = in.size();
    ReadResult more = co_await fill(end);
    if (more.status != IoStatus::ok) {
      result.status = more.status;
      if (more.status == IoStatus::eof) result.bytes = take_all();
      co_return result;
    }
    in += more.bytes;
  }
}

asio::awaitable<ReadResult> Stream::Impl::read_some(Clock::time_point end) {
  ReadResult result;
  if (begin < in.size()) {
    result.bytes = take_all();
    co_return result;
  }
  co_return co_await fill(end);
}

asio::awaitable<IoStatus> Stream::Impl::write(std::string bytes, Clock::time_point end) {
  if (!established) co_return co_await send(std::move(bytes), end);
  if (engine->state() == tls::State::failed) co_return IoStatus::tls_error;
  engine->write(bytes);
  co_return co_await flush(end);
}

void Stream::Impl::forward_events() {
  for (EventBody& body : engine->take_events()) {
    if (std::holds_alternative<ClientHelloSeen>(body)) hello_seen = true;
    tap.add(std::move(body));
  }
}

// The engine knows of the peer's end, but not of time: a deadline that passed is told here.
IoStatus Stream::Impl::handshake_ended(IoStatus why) {
  if (why == IoStatus::eof || why == IoStatus::reset) engine->feed_eof();
  forward_events();
  if (why == IoStatus::timed_out)
    tap.add(TlsFailed{hello_seen ? "server-hello" : "client-hello", "timed out"});
  return why;
}

asio::awaitable<IoStatus> Stream::Impl::shake_hands(Clock::time_point end) {
  for (;;) {
    IoStatus sent = co_await flush(end);
    forward_events();
    switch (engine->state()) {
      case tls::State::handshaking:
        break;
      case tls::State::client_hello:
        co_return IoStatus::ok;
      case tls::State::closed:
      case tls::State::established:
        established = true;
        co_return IoStatus::ok;
      case tls::State::failed:
        co_return IoStatus::tls_error;
    }
    if (sent == IoStatus::timed_out || sent == IoStatus::cancelled) co_return handshake_ended(sent);
    ReadResult more = co_await receive(end);
    if (more.status != IoStatus::ok) co_return handshake_ended(more.status);
    engine->feed(more.bytes);
  }
}

asio::awaitable<IoStatus> Stream::Impl::handshake(std::shared_ptr<const tls::Context> context,
                                                  bool keep_buffer, Clock::time_point end) {
  engine.emplace(std::move(context));
  std::string early = take_all();
  engine->feed(keep_buffer ? std::string_view(early) : std::string_view());
  co_return co_await shake_hands(end);
}

asio::awaitable<IoStatus> Stream::Impl::answer(Clock::time_point end) {
  if (engine->state() == tls::State::client_hello) engine->resume();
  IoStatus sent = co_await flush(end);
  forward_events();
  if (engine->state() == tls::State::failed) co_return IoStatus::tls_error;
  co_return sent;
}

// A peer that still sends when we close gets a RST, which may destroy our last reply before it was
// read (RFC 1122 4.2.2.13). So the end is announced, and what comes is thrown away until the peer
// ends too.
asio::awaitable<void> Stream::Impl::close(CloseHow how) {
  if (closed) co_return;
  error_code ignored;
  bool over = peer_rst || dead || cancelled;
  if (how == CloseHow::rst) {
    log_end(over && peer_rst ? Closed::How::peer_rst : Closed::How::local_rst);
    socket.set_option(asio::socket_base::linger(true, 0), ignored);
  } else {
    bool can_notify = established && engine->state() != tls::State::failed;
    if (how == CloseHow::fin && can_notify && !over) {
      engine->shut_down();
      co_await flush(after(notify_max));
    }
    log_end(peer_rst   ? Closed::How::peer_rst
            : peer_fin ? Closed::How::peer_fin
                       : Closed::How::local_fin);
    socket.shutdown(tcp::socket::shutdown_send, ignored);
    Clock::time_point end = after(linger_max);
    while (!over && !peer_fin) {
      ReadResult rest = co_await receive(end);
      over = rest.status != IoStatus::ok;
    }
  }
  closed = true;
  socket.close(ignored);
}

Stream::Stream(tcp::socket socket, Tap tap)
    : impl_(std::make_unique<Impl>(std::move(socket), std::move(tap))) {}
Stream::Stream(Stream&&) noexcept = default;
Stream& Stream::operator=(Stream&&) noexcept = default;
Stream::~Stream() = default;

asio::awaitable<ReadResult> Stream::read_line(std::size_t bytes_max, Duration deadline) {
  return impl_->read_line(bytes_max, after(deadline));
}
asio::awaitable<ReadResult> Stream::read_some(Duration deadline) {
  return impl_->read_some(after(deadline));
}
asio::awaitable<ReadResult> Stream::read_raw(Duration deadline) {
  return impl_->receive(after(deadline));
}
void Stream::unread(std::string_view bytes) {
  impl_->in.replace(0, std::exchange(impl_->begin, 0), bytes);
}
asio::awaitable<IoStatus> Stream::write(std::string bytes, Duration deadline) {
  return impl_->write(std::move(bytes), after(deadline));
}
asio::awaitable<IoStatus> Stream::write_raw(std::string bytes, Duration deadline) {
  return impl_->send(std::move(bytes), after(deadline));
}
asio::awaitable<IoStatus> Stream::handshake(std::shared_ptr<const tls::Context> context,
                                            Duration deadline, bool keep_buffer) {
  return impl_->handshake(std::move(context), keep_buffer, after(deadline));
}
asio::awaitable<IoStatus> Stream::continue_handshake(Duration deadline) {
  if (impl_->engine->state() == tls::State::client_hello) impl_->engine->resume();
  return impl_->shake_hands(after(deadline));
}
asio::awaitable<IoStatus> Stream::answer_client_hello(Duration deadline) {
  return impl_->answer(after(deadline));
}
asio::awaitable<void> Stream::close(CloseHow how) {
  return impl_->close(how);
}

bool Stream::tls() const {
  return impl_->established;
}
const tls::Engine& Stream::engine() const {
  assert(impl_->engine);
  return *impl_->engine;
}
std::size_t Stream::buffered() const {
  return impl_->in.size() - impl_->begin;
}
tcp::socket& Stream::socket() {
  return impl_->socket;
}

void Stream::cancel() {
  impl_->cancelled = true;
  impl_->log_end(Closed::How::cancelled);
  error_code ignored;
  impl_->socket.cancel(ignored);
}

asio::awaitable<ConnectResult> connect(tcp::endpoint remote, Duration deadline,
                                       std::optional<tcp::endpoint> local) {
  ConnectResult result;
  auto executor = co_await asio::this_coro::executor;
  tcp::socket socket(executor);
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
  if (!result.error)
    result.socket.emplace(std::move(socket));
  else if (result.status == IoStatus::ok)
    result.status = IoStatus::reset;
  co_return result;
}

std::string text(const tcp::endpoint& endpoint) {
  std::string address = endpoint.address().to_string();
  return endpoint.address().is_v6() ? fmt::format("[{}]:{}", address, endpoint.port())
                                    : fmt::format("{}:{}", address, endpoint.port());
}

}  // namespace smtprig::fakes::net
