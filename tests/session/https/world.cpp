// See world.hpp.
#include "world.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "fakes/https/parsing.hpp"

namespace smtprig::fakes {

namespace {

namespace http = boost::beast::http;
constexpr auto patience = 10s;

std::string_view word(Closed::How how) {
  constexpr std::string_view names[] = {"peer_fin",  "peer_rst",  "local_fin",
                                        "local_rst", "timed_out", "cancelled"};
  return names[static_cast<int>(how)];
}

std::string_view word(net::IoStatus status) {
  constexpr std::string_view names[] = {"ok",        "eof",      "reset",    "timed_out",
                                        "cancelled", "too_long", "tls_error"};
  return names[static_cast<int>(status)];
}

struct Writer {
  std::string operator()(const Closed& closed) const {
    return fmt::format("closed {}{}", word(closed.how), closed.close_notify ? " notify" : "");
  }
  std::string operator()(const ClientHelloSeen& hello) const {
    return fmt::format("hello {} {}", hello.sni, hello.alpn);
  }
  std::string operator()(const TlsEstablished& tls) const {
    return fmt::format("tls {} {}", tls.version, tls.alpn);
  }
  std::string operator()(const TlsFailed& failed) const { return "tls-failed " + failed.stage; }
  std::string operator()(const TlsAlert& alert) const {
    return fmt::format("alert {} {}", alert.sent ? "sent" : "received", alert.name);
  }
  std::string operator()(const FaultFired& fault) const { return "fault " + fault.rule; }
  std::string operator()(const BytesOut& out) const {
    return fmt::format("bytes{} {}", out.tls ? "+tls" : "", out.bytes);
  }
  std::string operator()(const HttpRequest& request) const {
    if (!request.problem.empty()) return "no-request " + std::to_string(request.status);
    return fmt::format("request {} {} {} {} #{} {}", request.method, request.target, request.host,
                       request.status, request.nth, request.body_sent);
  }
  std::string operator()(const ReportReceived& report) const {
    return fmt::format("report {} {} {}", report.media_type, report.json, report.problem);
  }
  std::string operator()(const Connected&) const { return "connected"; }
  template <class Other>
  std::string operator()(const Other&) const {
    return "other";
  }
};

std::string wire(std::string_view text) {
  std::string bytes;
  for (const char c : text) {
    if (c == '|') {
      bytes += "\r\n";
    } else {
      bytes += c;
    }
  }
  return bytes;
}

// What came is put back behind the response's end.
net::asio::awaitable<std::string> read_response(net::Stream& stream, Strings& bodies) {
  http::response_parser<http::string_body> parser;
  parser.eager(true);
  parser.body_limit(10'000'000);
  std::string bytes;
  while (!parser.is_done()) {
    net::ReadResult read = co_await stream.read_some(patience);
    if (read.status != net::IoStatus::ok) {
      bodies.push_back(parser.get().body());
      co_return fmt::format("{} after {}", word(read.status), parser.get().body().size());
    }
    bytes += read.bytes;
    const boost::system::error_code error = https::put_bytes(parser, bytes);
    if (error && error != http::error::need_more) co_return "malformed " + error.message();
    if (parser.is_header_done() && parser.get().result_int() == 100) break;
  }
  stream.unread(bytes);
  const auto type = parser.get()[http::field::content_type];
  bodies.push_back(parser.get().body());
  co_return fmt::format("{} {}", parser.get().result_int(), std::string(type.data(), type.size()));
}

net::asio::awaitable<Talk> play(net::tcp::endpoint server, Strings script,
                                std::shared_ptr<const tls::Context> context) {
  Talk talk;
  net::ConnectResult connection = co_await net::connect(server, patience);
  if (!connection.socket) {
    talk.seen.emplace_back("refused");
    co_return talk;
  }
  net::Stream stream(std::move(*connection.socket), net::Tap{});
  for (const std::string& step : script) {
    if (step == "TLS") {
      net::IoStatus status = co_await stream.handshake(context, patience);
      talk.seen.push_back(fmt::format("tls {}", word(status)));
    } else if (step.starts_with("W: ")) {
      co_await stream.write(wire(step.substr(3)), patience);
    } else if (step.starts_with("R: ")) {
      co_await stream.write_raw(wire(step.substr(3)), patience);
    } else if (step.starts_with("P: ")) {
      co_await stream.pause(std::chrono::milliseconds(std::stoi(step.substr(3))));
    } else if (step == "S") {
      std::string seen = co_await read_response(stream, talk.bodies);
      talk.seen.push_back(std::move(seen));
    } else if (step == "END") {
      net::ReadResult read;
      std::size_t size = 0;
      while (read.status == net::IoStatus::ok) {
        read = co_await stream.read_some(patience);
        size += read.bytes.size();
      }
      talk.seen.push_back(fmt::format("{} after {}", word(read.status), size));
    } else {
      co_await stream.close(step == "RST" ? CloseHow::rst : CloseHow::fin);
    }
  }
  co_await stream.close(CloseHow::fin);
  co_return talk;
}

}  // namespace

std::string text(const EventBody& body) {
  return std::visit(Writer(), body);
}

World::~World() {
  listener.reset();
  if (policy_host || collector) host().stop();
  io.restart();
  io.run_for(5s);
  BOOST_CHECK(io.stopped());
  if (policy_host || collector) BOOST_CHECK(host().open_sessions() == 0u);
}

https::Host& World::host() {
  return policy_host ? policy_host->host() : collector->host();
}

https::IdentitySource World::identities(const std::string& name) {
  return [this, name](CertificateClass what) { return authority.issue(what, {name, "rcpt.test"}); };
}

net::tcp::endpoint World::listen() {
  const net::tcp::endpoint local(net::asio::ip::make_address("127.0.0.1"), 0);
  listener = std::make_unique<net::Listener>(
      io, local, [this](net::tcp::socket socket) { return host().serve(std::move(socket)); });
  server = listener->local();
  return server;
}

net::tcp::endpoint World::start(PolicyHostSpec spec, https::HostLimits limits) {
  policy_host = std::make_unique<https::PolicyHost>(policy_host_name, "sts", std::move(spec),
                                                    identities(policy_host_name), journal, limits);
  return listen();
}

net::tcp::endpoint World::start(CollectorSpec spec, https::HostLimits limits) {
  collector = std::make_unique<https::Collector>("tlsrpt.rcpt.test", "tlsrpt", std::move(spec),
                                                 identities("tlsrpt.rcpt.test"), journal, limits);
  return listen();
}

Talk World::talk(const Strings& script, std::shared_ptr<const tls::Context> context) {
  std::optional<Talk> result;
  std::exception_ptr failure;
  if (!context) context = client_context();
  net::asio::co_spawn(io, play(server, script, context), [&](std::exception_ptr error, Talk talk) {
    failure = error;
    result = std::move(talk);
  });
  run_until([&] { return result.has_value() || failure; });
  if (failure) std::rethrow_exception(failure);
  return std::move(*result);
}

void World::settle() {
  run_until([&] { return host().open_sessions() == 0; });
}

void World::wait_for(std::string_view event) {
  run_until([&] { return std::ranges::count(events(), event) > 0; });
}

Strings World::events(std::uint32_t connection) const {
  Strings all;
  for (const Event& event : journal.events())
    if (connection == 0 || event.connection == connection) all.push_back(text(event.body));
  return all;
}

Strings World::events_of(std::string_view word) const {
  Strings some;
  for (const std::string& event : events())
    if (event.starts_with(word)) some.push_back(event);
  return some;
}

std::shared_ptr<const tls::Context> World::client_context(std::string server_name,
                                                          TlsSpec versions) {
  tls::Settings settings;
  settings.role = tls::Role::client;
  settings.versions = versions;
  settings.server_name = std::move(server_name);
  settings.trust = tls::trust_store(authority.trusted_pem());
  return std::make_shared<tls::Context>(settings);
}

}  // namespace smtprig::fakes
