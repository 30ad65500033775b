// See stream.hpp. The way of the bytes:
//
//   RawStream::receive() -> [ engine ] -> fill() -> in -> read_line(), read_some()
//   RawStream::send()    <- [ engine ] <- write()
#include "fakes/net/stream.hpp"

#include <cassert>
#include <utility>

#include <boost/asio/use_awaitable.hpp>

#include "fakes/net/raw_stream.hpp"

namespace smtprig::fakes::net {

namespace {

constexpr Duration notify_max = std::chrono::seconds(1);

}  // namespace

struct Stream::Impl {
  Impl(tcp::socket socket, Tap tap) : raw(std::move(socket), std::move(tap)) {}

  asio::awaitable<ReadResult> fill(Clock::time_point end);
  asio::awaitable<ReadResult> receive(Clock::time_point end);
  asio::awaitable<IoStatus> flush(Clock::time_point end);
  asio::awaitable<ReadResult> read_line(std::size_t bytes_max, Clock::time_point end);
  asio::awaitable<ReadResult> read_some(Clock::time_point end);
  asio::awaitable<IoStatus> write(std::string bytes, Clock::time_point end);
  asio::awaitable<IoStatus> write_alert(Alert alert, Clock::time_point end);
  asio::awaitable<IoStatus> handshake(std::shared_ptr<const tls::Context> context, bool keep_buffer,
                                      Clock::time_point end);
  asio::awaitable<IoStatus> shake_hands(Clock::time_point end);
  asio::awaitable<IoStatus> answer(Clock::time_point end);
  asio::awaitable<void> close(CloseHow how);

  IoStatus handshake_ended(IoStatus why);
  void forward_events();
  std::string take_all();

  RawStream raw;
  std::string in;         // plaintext, or clear bytes before TLS
  std::size_t begin = 0;  // of what is unread in `in`
  std::optional<tls::Engine> engine;
  bool established = false;
};

asio::awaitable<IoStatus> Stream::Impl::flush(Clock::time_point end) {
  std::string records = engine->drain();
  if (records.empty()) co_return IoStatus::ok;
  co_return co_await raw.send(std::move(records), end);
}

asio::awaitable<ReadResult> Stream::Impl::fill(Clock::time_point end) {
  ReadResult result = co_await receive(end);
  const Tap& tap = raw.tap();
  if (tap.recording) tap.recording->take(tap.connection, Way::from_client, result.bytes);
  co_return result;
}

asio::awaitable<ReadResult> Stream::Impl::receive(Clock::time_point end) {
  ReadResult result;
  while (established) {
    result.bytes = engine->read();
    if (!result.bytes.empty()) co_return result;
    if (engine->state() == tls::State::closed) {
      raw.note_close_notify();
      result.status = IoStatus::eof;
      co_return result;
    }
    if (engine->state() == tls::State::failed) {
      result.status = IoStatus::tls_error;
      co_return result;
    }
    result = co_await raw.receive(end);
    if (result.status == IoStatus::eof) engine->feed_eof();
    if (result.status != IoStatus::ok) co_return result;
    engine->feed(result.bytes);
    forward_events();
    // An alert, or the answer to a KeyUpdate. If it cannot be sent, the next read says why.
    co_await flush(end);
  }
  co_return co_await raw.receive(end);
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
    bool found = feed != std::string::npos;
    std::size_t size = (found ? feed + 1 : in.size()) - begin;
    if (size > bytes_max || (size == bytes_max && !found)) {
      result.status = IoStatus::too_long;
      co_return result;
    }
    if (found) {
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
  if (!established) co_return co_await raw.send(std::move(bytes), end);
  if (!engine->write(bytes)) co_return IoStatus::tls_error;
  co_return co_await flush(end);
}

asio::awaitable<IoStatus> Stream::Impl::write_alert(Alert alert, Clock::time_point end) {
  if (established && engine->send_alert(alert)) co_return co_await flush(end);
  co_return co_await raw.send(tls::alert_record(alert), end);
}

void Stream::Impl::forward_events() {
  for (EventBody& body : engine->take_events())
    raw.tap().add(std::move(body));
}

// The engine knows of the peer's end, but not of time: a deadline that passed is told here.
IoStatus Stream::Impl::handshake_ended(IoStatus why) {
  if (why == IoStatus::eof || why == IoStatus::reset) engine->feed_eof();
  forward_events();
  if (why == IoStatus::timed_out) {
    constexpr const char* stages[] = {"start", "client-hello", "server-hello", "finished"};
    raw.tap().add(TlsFailed{stages[static_cast<int>(engine->stage())], "timed out"});
  }
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
      case tls::State::closed:  // at once after its Finished: the next read tells
      case tls::State::established:
        established = true;
        co_return IoStatus::ok;
      case tls::State::failed:
        co_return IoStatus::tls_error;
    }
    if (sent == IoStatus::timed_out || sent == IoStatus::cancelled) co_return handshake_ended(sent);
    ReadResult more = co_await raw.receive(end);
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

asio::awaitable<void> Stream::Impl::close(CloseHow how) {
  if (raw.closed()) co_return;
  if (how == CloseHow::rst) {
    raw.close_with_reset();
    co_return;
  }
  bool can_notify = established && raw.usable() == IoStatus::ok && !raw.peer_reset();
  if (how == CloseHow::fin && can_notify) {
    engine->shut_down();
    forward_events();
    co_await flush(after(notify_max));
  }
  constexpr Alert internal_error{.level = 2, .description = 80};
  if (how == CloseHow::alert && can_notify && engine->send_alert(internal_error)) {
    const int description = internal_error.description;
    raw.tap().add(TlsAlert{true, internal_error.level, description,
                           std::string(tls::alert_name(description))});
    co_await flush(after(notify_max));
  }
  co_await raw.close_gently();
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
  return impl_->raw.receive(after(deadline));
}
void Stream::unread(std::string_view bytes) {
  impl_->in.replace(0, std::exchange(impl_->begin, 0), bytes);
}
asio::awaitable<IoStatus> Stream::write(std::string bytes, Duration deadline) {
  return impl_->write(std::move(bytes), after(deadline));
}
asio::awaitable<IoStatus> Stream::write_raw(std::string bytes, Duration deadline) {
  return impl_->raw.send(std::move(bytes), after(deadline));
}
asio::awaitable<IoStatus> Stream::write_alert(Alert alert, Duration deadline) {
  return impl_->write_alert(alert, after(deadline));
}
asio::awaitable<IoStatus> Stream::readable(Duration deadline) {
  return impl_->raw.readable(after(deadline));
}
asio::awaitable<void> Stream::pause(Duration time) {
  return impl_->raw.pause(after(time));
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
  return impl_->raw.socket();
}
void Stream::cancel() {
  impl_->raw.cancel();
}

}  // namespace smtprig::fakes::net
