// A TCP connection that can turn into TLS in mid-flight, for coroutines. Errors are data: no member
// throws for what a peer does. Every wait has a deadline; a stream whose deadline passed is dead.
// A time-out and a cancellation are different results. One thread, one io_context.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "fakes/journal.hpp"
#include "fakes/net/recording.hpp"
#include "fakes/spec.hpp"
#include "fakes/tls/engine.hpp"

namespace smtprig::fakes::net {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using Duration = std::chrono::steady_clock::duration;

enum class IoStatus {
  ok,
  eof,    // FIN; inside TLS also after close_notify
  reset,  // RST, or any other socket error
  timed_out,
  cancelled,
  too_long,   // no line end within the limit
  tls_error,  // a record that does not decrypt, a fatal alert
};

struct ReadResult {
  IoStatus status = IoStatus::ok;
  std::string bytes;     // a line without its line end, or a block
  bool bare_lf = false;  // the line ended in LF without CR
};

// Where a stream reports what it sees (Closed, TLS events). May be empty.
struct Tap {
  Journal* journal = nullptr;
  std::string who;
  std::uint32_t connection = 0;
  Recording* recording = nullptr;  // keeps what is read, decrypted
  const std::function<void(EventBody&)>* lens =
      nullptr;  // what is told in place of it; may be empty

  void add(EventBody body) const {
    if (lens && *lens) (*lens)(body);
    if (journal) journal->add(who, connection, std::move(body));
  }
};

class Stream {
 public:
  Stream(tcp::socket socket, Tap tap);
  Stream(Stream&&) noexcept;
  Stream& operator=(Stream&&) noexcept;
  ~Stream();

  // The next line, without CRLF (or LF). At most `bytes_max` bytes, line end included, are buffered
  // for it. On eof, `bytes` holds what came of a line that was never finished.
  asio::awaitable<ReadResult> read_line(std::size_t bytes_max, Duration deadline);
  // Whatever came, at least one byte.
  asio::awaitable<ReadResult> read_some(Duration deadline);
  // Raw bytes from the socket below TLS; for acting at a TLS stage.
  asio::awaitable<ReadResult> read_raw(Duration deadline);
  // Puts back what a caller of read_some did not need; it is read again first.
  void unread(std::string_view bytes);

  // Writes all; through TLS once that is established.
  asio::awaitable<IoStatus> write(std::string bytes, Duration deadline);
  // Below TLS.
  asio::awaitable<IoStatus> write_raw(std::string bytes, Duration deadline);

  // Inside TLS under its keys, where Engine::send_alert can do it, else in clear.
  asio::awaitable<IoStatus> write_alert(Alert alert, Duration deadline);

  // Waits until read_raw would return at once. Reads nothing.
  asio::awaitable<IoStatus> readable(Duration deadline);
  // Waits for `time`, or less if the peer's end is seen meanwhile. Reads nothing.
  asio::awaitable<void> pause(Duration time);

  // Whole handshake in the role of the context. Bytes buffered before it are given to the engine if
  // `keep_buffer`, else dropped (RFC 3207 4.2: what came before TLS is forgotten).
  // ok: established. tls_error, eof, reset, timed_out: it failed, engine().failure() says why.
  asio::awaitable<IoStatus> handshake(std::shared_ptr<const tls::Context> context,
                                      Duration deadline, bool keep_buffer = false);
  // As handshake, but returns ok at State::client_hello (see Settings::pause_at_client_hello);
  // going on is continue_handshake.
  asio::awaitable<IoStatus> continue_handshake(Duration deadline);
  // From State::client_hello: sends the server's first flight and reads nothing. (After a
  // HelloRetryRequest that is the first flight; RFC 8446 4.1.4.)
  asio::awaitable<IoStatus> answer_client_hello(Duration deadline);

  bool tls() const;                   // an established TLS session
  const tls::Engine& engine() const;  // requires that handshake() was called
  std::size_t buffered() const;       // bytes read and not yet returned

  // Ends the connection; close_notify or the alert and linger under a deadline of their own.
  // Idempotent. Writes Closed to the tap, unless the peer's end, a time-out or cancel() did so
  // before.
  asio::awaitable<void> close(CloseHow how);
  // At once, from outside: pending operations end with `cancelled`.
  void cancel();

  tcp::socket& socket();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The result of connect(); `socket` is set if `status` is ok.
struct ConnectResult {
  IoStatus status = IoStatus::ok;
  boost::system::error_code error;  // connection_refused, host_unreachable, ...
  std::optional<tcp::socket> socket;
};

// Connects from any local address, or from `local`. Never throws.
asio::awaitable<ConnectResult> connect(tcp::endpoint remote, Duration deadline,
                                       std::optional<tcp::endpoint> local = std::nullopt);

// "127.1.0.7:25", "[fd00::7]:25"
std::string text(const tcp::endpoint& endpoint);

}  // namespace smtprig::fakes::net
