// See inbound.hpp.
#include "harness/servers/embedded/inbound.hpp"

#include "fakes/net/stream.hpp"

#include <optional>
#include <utility>
#include <variant>

namespace smtprig::embedded {
namespace {

namespace asio = boost::asio;
using fakes::net::IoStatus;
using fakes::net::ReadResult;
using fakes::net::Stream;

constexpr std::chrono::seconds turned_away_deadline{5};
constexpr char handshake_record = 0x16;  // RFC 8446 5.1: content type of a ClientHello

class InboundConnection {
 public:
  InboundConnection(asio::ip::tcp::socket socket, InboundSession session, InboundHost host)
      : stream_(std::move(socket), session.settings().mutants.needs_known_name
                                       ? fakes::net::Tap{&journal_, "", 0}
                                       : fakes::net::Tap{}),
        session_(std::move(session)),
        host_(std::move(host)) {}

  asio::awaitable<void> serve();

 private:
  // What the client said next, and what comes of it. False: the connection is over.
  asio::awaitable<bool> step();
  asio::awaitable<bool> read_line();
  asio::awaitable<bool> read_content();
  // False: it failed, and the connection is closed.
  asio::awaitable<bool> shake_hands();
  asio::awaitable<IoStatus> handshake();
  asio::awaitable<bool> flush();
  const Mutants& planted() const { return session_.settings().mutants; }

  // The planted defects that live here.
  asio::awaitable<bool> comes_no_record();  // parses_garbage
  asio::awaitable<bool> refuses_name();     // needs_known_name
  void queue_unfinished();
  void queue_forgotten();

  fakes::Journal journal_;  // for the name that a client asks for
  Stream stream_;
  InboundSession session_;
  InboundHost host_;
  std::optional<Message> forgotten_;  // forgets_after_dot: acknowledged and not queued
  InboundOutput output_;
  std::string unsent_;  // replies
};

asio::awaitable<void> InboundConnection::serve() {
  if (session_.begins_with_tls() && !co_await shake_hands()) co_return;
  unsent_ = session_.greeting().bytes;
  do {
    // Replies to a pipelined group are written together (RFC 2920 3.2).
    if (stream_.buffered() == 0 && !co_await flush()) co_return;
    if (!co_await step()) co_return;
    if (output_.message && planted().forgets_after_dot) {
      forgotten_ = std::move(*output_.message);
      output_ = session_.queued("later");
    } else if (output_.message) {
      const std::string id = host_.accept(std::move(*output_.message));
      output_ = session_.queued(id);
    }
    unsent_ += output_.bytes;
    if (output_.start_tls && (!co_await flush() || !co_await shake_hands())) co_return;
  } while (!output_.close);
  co_await flush();
  co_await stream_.close(fakes::CloseHow::fin);
}

asio::awaitable<bool> InboundConnection::flush() {
  if (unsent_.empty()) co_return true;
  co_return co_await stream_.write(std::exchange(unsent_, {}), host_.silence) == IoStatus::ok;
}

asio::awaitable<bool> InboundConnection::step() {
  output_ = {};
  if (session_.reading_content()) co_return co_await read_content();
  co_return co_await read_line();
}

asio::awaitable<bool> InboundConnection::read_line() {
  // A ClientHello is no line and may have no line end in it: it is known by its first byte.
  const ReadResult first = co_await stream_.read_some(host_.silence);
  if (first.status == IoStatus::ok && first.bytes.front() == handshake_record) {
    output_ = InboundSession::refuse_record();
    co_return true;
  }
  stream_.unread(first.bytes);
  ReadResult line;
  line.status = first.status;
  if (first.status == IoStatus::ok)
    line = co_await stream_.read_line(session_.line_bytes_max(), host_.silence);
  switch (line.status) {
    case IoStatus::ok:
      queue_forgotten();
      output_ = session_.line(line.bytes, line.bare_lf);
      co_return true;
    case IoStatus::too_long:
      output_ = say(500, "5.5.6", "line too long", true);
      co_return true;
    case IoStatus::timed_out:
      output_ = say(421, "4.4.2", "time-out", true);
      co_return true;
    default:
      co_return false;
  }
}

asio::awaitable<bool> InboundConnection::read_content() {
  const ReadResult block = co_await stream_.read_some(host_.silence);
  if (block.status != IoStatus::ok) {
    queue_unfinished();
    co_return false;
  }
  std::size_t used = 0;
  output_ = session_.content(block.bytes, used);
  stream_.unread(std::string_view(block.bytes).substr(used));
  co_return true;
}

asio::awaitable<bool> InboundConnection::shake_hands() {
  if (!host_.context()) {  // only with a planted defect is TLS begun without a certificate
    co_await stream_.close(fakes::CloseHow::fin);
    co_return false;
  }
  std::string injected;
  if (planted().keeps_injected_commands && stream_.buffered() > 0) {
    const ReadResult kept = co_await stream_.read_some(host_.silence);
    injected = kept.bytes;
  }
  if (planted().parses_garbage && co_await comes_no_record()) co_return true;
  const IoStatus status = co_await handshake();
  if (status == IoStatus::ok) {
    InboundTls tls = inbound_tls(stream_.engine(), planted());
    host_.established(tls);
    session_.tls_up(std::move(tls));
    stream_.unread(injected);
    co_return true;
  }
  if (status != IoStatus::cancelled) {
    const std::string& failure = stream_.engine().failure();
    host_.handshake_failed(failure.empty() ? "timed out" : failure, status != IoStatus::tls_error);
    co_await stream_.close(fakes::CloseHow::fin);
  }
  co_return false;
}

asio::awaitable<IoStatus> InboundConnection::handshake() {
  // RFC 3207 4.2: what lies in the buffer came before TLS and is dropped. What the planted defect
  // looked at is the ClientHello.
  const bool keep_buffer = planted().parses_garbage;
  IoStatus status = co_await stream_.handshake(host_.context(), host_.handshake, keep_buffer);
  if (status == IoStatus::ok && planted().needs_known_name) {
    if (co_await refuses_name()) co_return IoStatus::tls_error;
    status = co_await stream_.continue_handshake(host_.handshake);
  }
  co_return status;
}

asio::awaitable<bool> InboundConnection::comes_no_record() {
  const ReadResult first = co_await stream_.read_some(host_.handshake);
  stream_.unread(first.bytes);
  co_return first.status == IoStatus::ok&& first.bytes.front() != handshake_record;
}

asio::awaitable<bool> InboundConnection::refuses_name() {
  for (const fakes::Event& event : journal_.events()) {
    const auto* hello = std::get_if<fakes::ClientHelloSeen>(&event.body);
    if (!hello || hello->sni.empty() || hello->sni == session_.settings().hostname) continue;
    const fakes::Alert unrecognized_name{.level = 2, .description = 112};
    co_await stream_.write_raw(fakes::tls::alert_record(unrecognized_name), host_.silence);
    co_return true;
  }
  co_return false;
}

void InboundConnection::queue_unfinished() {
  if (auto message = session_.unfinished()) host_.accept(std::move(*message));
}

void InboundConnection::queue_forgotten() {
  if (!forgotten_) return;
  host_.accept(std::move(*forgotten_));
  forgotten_.reset();
}

}  // namespace

asio::awaitable<void> serve_client(asio::ip::tcp::socket socket, InboundSession session,
                                   InboundHost host) {
  InboundConnection connection(std::move(socket), std::move(session), std::move(host));
  co_await connection.serve();
}

asio::awaitable<void> turn_away(asio::ip::tcp::socket socket, std::string reply) {
  Stream stream(std::move(socket), fakes::net::Tap{});
  co_await stream.write(std::move(reply), turned_away_deadline);
  co_await stream.close(fakes::CloseHow::fin);
}

}  // namespace smtprig::embedded
