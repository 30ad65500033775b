// See world.hpp.
#include "world.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "fakes/smtp/grammar.hpp"

namespace smtprig::fakes {

namespace {

std::string_view word(Closed::How how) {
  constexpr std::string_view names[] = {"peer_fin",  "peer_rst",  "local_fin",
                                        "local_rst", "timed_out", "cancelled"};
  return names[static_cast<int>(how)];
}

std::string_view inside(bool tls) {
  return tls ? "+tls" : "";
}

struct Writer {
  std::string operator()(const Connected&) const { return "connected"; }
  std::string operator()(const Closed& closed) const {
    return fmt::format("closed {}{}", word(closed.how), closed.close_notify ? " notify" : "");
  }
  std::string operator()(const LineIn& line) const {
    return fmt::format("in{} {}", inside(line.tls), line.text);
  }
  std::string operator()(const LineOut& line) const {
    return fmt::format("out{} {}", inside(line.tls), line.text);
  }
  std::string operator()(const BytesOut& out) const {
    return fmt::format("bytes{} {}", inside(out.tls), out.bytes);
  }
  std::string operator()(const ClientHelloSeen& hello) const { return "hello " + hello.sni; }
  std::string operator()(const CertificatePresented& shown) const {
    return "certificate " + shown.subject;
  }
  std::string operator()(const TlsEstablished& tls) const { return "tls " + tls.version; }
  std::string operator()(const TlsAlert& alert) const {
    return fmt::format("alert {} {}", alert.sent ? "sent" : "received", alert.name);
  }
  std::string operator()(const TlsFailed& failed) const { return "tls failed " + failed.stage; }
  std::string operator()(const ContentReceived& content) const {
    return fmt::format("content{} {} {} {}", inside(content.tls), content.bytes,
                       content.complete ? "whole" : "part", content.token);
  }
  std::string operator()(const MessageAccepted& message) const {
    return fmt::format("accepted{} {} > {} {}", inside(message.tls), message.mail_from,
                       fmt::join(message.recipients, ","), message.token);
  }
  std::string operator()(const ContentSent& content) const {
    return fmt::format("sent{} {} {}", inside(content.tls), content.bytes, content.token);
  }
  std::string operator()(const CertificateSeen& seen) const {
    return fmt::format("seen {}{}", seen.subject, seen.trusted ? ", trusted" : "");
  }
  std::string operator()(const FaultFired& fault) const { return "fault " + fault.rule; }
  template <class Other>
  std::string operator()(const Other&) const {
    return "other";
  }
};

std::string wire(std::string_view text) {
  std::string bytes;
  for (char c : text) {
    if (c == '/') {
      bytes += "\r\n";
    } else {
      bytes += c;
    }
  }
  return bytes;
}

net::asio::awaitable<std::string> read_reply(net::Stream& stream, net::Duration deadline) {
  smtp::ReplyParser parser;
  for (;;) {
    net::ReadResult read = co_await stream.read_line(8192, deadline);
    if (read.status != net::IoStatus::ok) co_return std::string(text(read.status));
    smtp::ReplyParser::Status status = parser.feed(read.bytes);
    if (status == smtp::ReplyParser::Status::malformed) co_return "malformed " + read.bytes;
    if (status == smtp::ReplyParser::Status::complete) co_return read.bytes;
  }
}

}  // namespace

std::string text(const EventBody& body) {
  return std::visit(Writer(), body);
}

std::string_view text(net::IoStatus status) {
  constexpr std::string_view names[] = {"ok",        "eof",      "reset",    "timed_out",
                                        "cancelled", "too_long", "tls_error"};
  return names[static_cast<int>(status)];
}

World::~World() {
  listener.reset();
  if (receiver) receiver->stop();
  io.restart();
  io.run_for(5s);
  BOOST_CHECK(io.stopped());
  if (receiver) BOOST_CHECK(receiver->open_sessions() == 0u);
}

net::tcp::endpoint World::start(ReceiverSpec spec, smtp::ReceiverLimits limits,
                                const std::string& address) {
  auto identity = authority.issue(spec.certificate, {"mx.peer.test", "peer.test"});
  receiver = std::make_unique<smtp::Receiver>(
      "mx.peer.test", "mx", std::move(spec), [identity](auto) { return identity; }, journal,
      limits);
  net::tcp::endpoint local(net::asio::ip::make_address(address), 0);
  listener = std::make_unique<net::Listener>(
      io, local, [this](net::tcp::socket socket) { return receiver->serve(std::move(socket)); });
  return listener->local();
}

void World::settle() {
  run_until([&] { return receiver->open_sessions() == 0; });
}

std::vector<std::string> World::events(std::uint32_t connection) const {
  std::vector<std::string> all;
  for (const Event& event : journal.events())
    if (connection == 0 || event.connection == connection) all.push_back(text(event.body));
  return all;
}

bool World::has_event(std::string_view wanted) const {
  for (const std::string& event : events())
    if (event == wanted) return true;
  return false;
}

std::shared_ptr<const tls::Context> World::client_context(TlsSpec versions) {
  tls::Settings settings;
  settings.role = tls::Role::client;
  settings.versions = versions;
  settings.server_name = "mx.peer.test";
  settings.trust = tls::trust_store(authority.trusted_pem());
  return std::make_shared<tls::Context>(settings);
}

net::asio::awaitable<std::vector<std::string>> chat(net::tcp::endpoint server,
                                                    std::vector<std::string> script,
                                                    std::shared_ptr<const tls::Context> context,
                                                    net::Duration deadline) {
  std::vector<std::string> seen;
  net::ConnectResult connection = co_await net::connect(server, deadline);
  if (!connection.socket) {
    seen.emplace_back("refused");
    co_return seen;
  }
  net::Stream stream(std::move(*connection.socket), net::Tap{});
  for (const std::string& line : script) {
    if (line.starts_with("C: ")) {
      co_await stream.write(line.substr(3) + "\r\n", deadline);
    } else if (line.starts_with("W: ")) {
      co_await stream.write(wire(line.substr(3)), deadline);
    } else if (line == "S") {
      std::string reply = co_await read_reply(stream, deadline);
      seen.push_back(std::move(reply));
    } else if (line == "TLS") {
      net::IoStatus status = co_await stream.handshake(context, deadline);
      seen.push_back("tls " + std::string(text(status)));
    } else if (line == "END") {
      net::ReadResult read;
      while (read.status == net::IoStatus::ok)
        read = co_await stream.read_some(deadline);
      seen.emplace_back(text(read.status));
    } else {
      CloseHow how = line == "RST"        ? CloseHow::rst
                     : line == "NONOTIFY" ? CloseHow::no_notify
                                          : CloseHow::fin;
      co_await stream.close(how);
    }
  }
  co_await stream.close(CloseHow::fin);
  co_return seen;
}

}  // namespace smtprig::fakes
