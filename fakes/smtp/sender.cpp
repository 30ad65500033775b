// See sender.hpp:
//
//   Stream -> read_reply(), shake_hands() -> SenderSession
//   Stream <- write() <------ perform() <------ acts
#include "fakes/smtp/sender.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "fakes/smtp/grammar.hpp"

namespace smtprig::fakes::smtp {

namespace {

using net::IoStatus;
using Status = Submission::Status;

constexpr std::size_t reply_line_bytes_read = 8 * reply_line_bytes_max;
constexpr std::chrono::milliseconds leave_max{2'000};
constexpr std::size_t drained_lines_max = 100;

std::string_view words(IoStatus status) {
  switch (status) {
    case IoStatus::ok:
      return "ok";
    case IoStatus::eof:
      return "connection closed by the server";
    case IoStatus::reset:
      return "connection reset by the server";
    case IoStatus::timed_out:
      return "timed out";
    case IoStatus::cancelled:
      return "cancelled";
    case IoStatus::too_long:
      return "reply line too long";
    case IoStatus::tls_error:
      return "TLS error";
  }
  return "unknown";
}

}  // namespace

struct Sender::Impl {
  Impl(SenderSpec what, SenderSettings how) : spec(std::move(what)), settings(std::move(how)) {}

  static net::asio::awaitable<std::vector<Submission>> run(std::shared_ptr<Impl> self,
                                                           net::tcp::endpoint server,
                                                           std::vector<Envelope> envelopes);
  net::asio::awaitable<void> talk(net::Stream& connection, SenderSession& session);
  net::asio::awaitable<Acts> perform(net::Stream& connection, SenderSession& session, Acts acts);
  net::asio::awaitable<IoStatus> write(net::Stream& connection, Reply bytes) const;
  net::asio::awaitable<Acts> read_reply(net::Stream& connection, SenderSession& session) const;
  net::asio::awaitable<Acts> shake_hands(net::Stream& connection, SenderSession& session,
                                         TlsStage until) const;
  net::asio::awaitable<void> drain(net::Stream& connection) const;
  std::shared_ptr<const tls::Context> context() const;
  void take(net::ReadResult& read, const net::Stream& connection) const;

  SenderSpec spec;
  SenderSettings settings;
  std::function<void()> hanging;
  net::Stream* stream = nullptr;  // while it is open
  tls::Session session;
  bool stopped = false;
};

std::shared_ptr<const tls::Context> Sender::Impl::context() const {
  tls::Settings made;
  made.role = tls::Role::client;
  made.versions = spec.tls;
  made.server_name = spec.server_name.value_or(settings.server_name);
  made.trust = settings.trust;
  made.identity = settings.certificate;
  made.identity_when_asked = settings.certificate_when_asked;
  made.session = settings.session;
  made.sends_alerts = std::ranges::any_of(spec.steps, [](const SenderStep& step) {
    const Close* close = std::get_if<Close>(&step);
    return close && close->how == CloseHow::alert;
  });
  return settings.contexts ? settings.contexts->of(made) : std::make_shared<tls::Context>(made);
}

void Sender::Impl::take(net::ReadResult& read, const net::Stream& connection) const {
  if (read.status == IoStatus::ok || (read.status == IoStatus::eof && !read.bytes.empty()))
    settings.tap.add(LineIn{read.bytes, connection.tls()});
}

// A server that refuses and closes has often said why: its reply is read before its end is told.
net::asio::awaitable<IoStatus> Sender::Impl::write(net::Stream& connection, Reply bytes) const {
  if (bytes.delay.count() > 0) co_await connection.pause(bytes.delay);
  for (std::string& segment : reply_segments(bytes)) {
    const IoStatus status = co_await connection.write(std::move(segment), settings.deadline);
    if (status == IoStatus::reset) break;
    if (status != IoStatus::ok) co_return status;
  }
  co_return IoStatus::ok;
}

net::asio::awaitable<Acts> Sender::Impl::read_reply(net::Stream& connection,
                                                    SenderSession& session) const {
  ReplyParser parser;
  for (;;) {
    net::ReadResult read = co_await connection.read_line(reply_line_bytes_read, settings.deadline);
    take(read, connection);
    if (read.status != IoStatus::ok) co_return session.lost(std::string(words(read.status)));
    const ReplyParser::Status status = parser.feed(read.bytes);
    if (status == ReplyParser::Status::malformed)
      co_return session.lost("malformed reply: " + read.bytes);
    if (status == ReplyParser::Status::complete) break;
  }
  co_return session.reply(parser.reply());
}

// `until` client_hello: the ClientHello is out; server_hello: the server's answer came and is left
// where it is.
net::asio::awaitable<Acts> Sender::Impl::shake_hands(net::Stream& connection,
                                                     SenderSession& session, TlsStage until) const {
  IoStatus status = IoStatus::ok;
  if (until == TlsStage::finished) {
    status = co_await connection.handshake(context(), settings.deadline);
  } else if (until != TlsStage::start) {
    tls::Engine engine(context());
    engine.feed("");
    std::string hello = engine.drain();
    status = co_await connection.write_raw(std::move(hello), settings.deadline);
    if (status == IoStatus::ok && until == TlsStage::server_hello)
      status = co_await connection.readable(settings.deadline);
  }
  if (status == IoStatus::ok) co_return session.shaken();
  const std::string& why = until == TlsStage::finished ? connection.engine().failure() : "";
  co_return session.lost("no TLS: " + (why.empty() ? std::string(words(status)) : why));
}

net::asio::awaitable<void> Sender::Impl::drain(net::Stream& connection) const {
  for (std::size_t lines = 0; lines < drained_lines_max; ++lines) {
    net::ReadResult read = co_await connection.read_line(reply_line_bytes_read,
                                                         std::min(settings.deadline, leave_max));
    take(read, connection);
    if (read.status != IoStatus::ok) co_return;
  }
}

net::asio::awaitable<Acts> Sender::Impl::perform(net::Stream& connection, SenderSession& session,
                                                 Acts acts) {
  for (Act& next : acts) {
    if (auto* note = std::get_if<act::Note>(&next)) {
      settings.tap.add(std::move(note->body));
    } else if (auto* bytes = std::get_if<act::Send>(&next)) {
      const IoStatus status = co_await write(connection, std::move(bytes->bytes));
      if (status != IoStatus::ok) co_return session.lost(std::string(words(status)));
    } else if (std::holds_alternative<act::ReadReply>(next)) {
      co_return co_await read_reply(connection, session);
    } else if (auto* handshake = std::get_if<act::Handshake>(&next)) {
      co_return co_await shake_hands(connection, session, handshake->until);
    } else if (std::holds_alternative<act::Hang>(next)) {
      if (hanging) hanging();
      net::ReadResult read;
      do {
        read = co_await connection.read_raw(settings.deadline);
      } while (read.status == IoStatus::ok);
      co_return session.lost(std::string(words(read.status)));
    } else if (std::holds_alternative<act::Drain>(next)) {
      co_await drain(connection);
      co_return session.lost("the server left");
    } else if (auto* end = std::get_if<act::End>(&next)) {
      co_await connection.close(end->how);
    }
  }
  co_return Acts{};
}

net::asio::awaitable<void> Sender::Impl::talk(net::Stream& connection, SenderSession& session) {
  Acts acts = session.connected();
  while (!acts.empty())
    acts = co_await perform(connection, session, std::move(acts));
}

net::asio::awaitable<std::vector<Submission>> Sender::Impl::run(std::shared_ptr<Impl> self,
                                                                net::tcp::endpoint server,
                                                                std::vector<Envelope> envelopes) {
  SenderSession session(self->spec, self->settings.identity, std::move(envelopes));
  net::ConnectResult connected =
      co_await net::connect(server, self->settings.deadline, self->settings.local);
  if (!connected.socket) {
    const std::string why = connected.status == IoStatus::timed_out ? std::string("timed out")
                                                                    : connected.error.message();
    session.lost("connect: " + why);
    co_return session.results();
  }
  boost::system::error_code unknown;
  const net::tcp::endpoint local = connected.socket->local_endpoint(unknown);
  self->settings.tap.add(Connected{net::text(local), net::text(server)});
  net::Stream stream(std::move(*connected.socket), self->settings.tap);
  self->stream = &stream;
  if (!self->stopped) co_await self->talk(stream, session);
  self->stream = nullptr;
  if (stream.tls()) self->session = stream.engine().session();
  co_return session.results();
}

Sender::Sender(SenderSpec spec, SenderSettings settings)
    : impl_(std::make_shared<Impl>(std::move(spec), std::move(settings))) {
  impl_->hanging = [this] {
    if (on_hang) on_hang();
  };
}

Sender::~Sender() {
  impl_->hanging = nullptr;
  stop();
}

net::asio::awaitable<std::vector<Submission>> Sender::send(net::tcp::endpoint server,
                                                           std::vector<Envelope> envelopes) {
  return Impl::run(impl_, server, std::move(envelopes));
}

const tls::Session& Sender::session() const {
  return impl_->session;
}

void Sender::stop() {
  impl_->stopped = true;
  if (impl_->stream) impl_->stream->cancel();
}

net::asio::awaitable<std::vector<Submission>> send_mail(net::tcp::endpoint server,
                                                        std::vector<Envelope> envelopes,
                                                        SenderSettings settings) {
  if (envelopes.empty()) co_return std::vector<Submission>{};
  SenderSpec spec;
  spec.starttls = SenderTls::never;
  Sender sender(std::move(spec), std::move(settings));
  co_return co_await sender.send(server, std::move(envelopes));
}

}  // namespace smtprig::fakes::smtp
